"""Aliyun SMS (Dysmsapi 2017-05-25), signed with ACS3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlparse

from django.conf import settings

from townhall.kernel import clock
from townhall.kernel.secrets import make_nonce
from townhall.outreach.providers.base import Answer, Item, Letter, NoAnswer, Receipt, answered, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
# What QuerySendDetails says of a message that arrived and of one that failed; any other is on its way.
_FINAL = {"3": True, "2": False}


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Parameters sorted and percent-encoded (RFC 3986)."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parameters.items())
    )


def sign(secret: str, method: str, query: str, headers: Mapping[str, str], body: bytes = b"") -> str:
    """The signature, as 64 hex digits (signature method V3).

    :param headers: the signed headers in lower case, ``x-acs-content-sha256`` excepted
    """
    digest = hashlib.sha256(body).hexdigest()
    signed = {**headers, "x-acs-content-sha256": digest}
    names = sorted(signed)
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in names)
    request = "\n".join([method, "/", query, lines, ";".join(names), digest])
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def authorised(action: str, query: str) -> dict[str, str]:
    """The headers of one call, signed."""
    headers = {
        "host": urlparse(settings.ALIYUN_URL).netloc,
        "x-acs-action": action,
        "x-acs-date": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": make_nonce(),
        "x-acs-version": VERSION,
    }
    signature = sign(settings.ALIYUN_KEY_SECRET, "POST", query, headers)
    headers["x-acs-content-sha256"] = hashlib.sha256(b"").hexdigest()
    names = ";".join(sorted(headers))
    headers["authorization"] = (
        f"{ALGORITHM} Credential={settings.ALIYUN_KEY_ID},SignedHeaders={names},Signature={signature}"
    )
    return headers


class Aliyun:
    """SendSms: one text to a thousand numbers; SendBatchSms: a hundred numbers with a text each."""

    name = "aliyun"
    most = 1000
    most_personal = 100

    def send(self, letter: Letter, items: Sequence[Item]) -> Answer:
        """Hand one batch over; the whole batch is taken or refused."""
        body = self._call(*self._request(letter, items))
        places = range(len(items))
        if body.get("Code") == "OK":
            taken = str(body.get("BizId", ""))
            return Answer(taken=dict.fromkeys(places, taken))
        return Answer(refused=dict.fromkeys(places, str(body.get("Code", "refused"))))

    def _request(self, letter: Letter, items: Sequence[Item]) -> tuple[str, dict[str, str]]:
        numbers = [item.number for item in items]
        filled = [dict(item.parameters) for item in items]
        common = {"TemplateCode": letter.template, "OutId": letter.key}
        if len(items) == 1 or all(one == filled[0] for one in filled):
            return "SendSms", {
                **common,
                "PhoneNumbers": ",".join(numbers),
                "SignName": letter.signature,
                "TemplateParam": json.dumps(filled[0], ensure_ascii=False),
            }
        return "SendBatchSms", {
            **common,
            "PhoneNumberJson": json.dumps(numbers),
            "SignNameJson": json.dumps([letter.signature] * len(items), ensure_ascii=False),
            "TemplateParamJson": json.dumps(filled, ensure_ascii=False),
        }

    def _call(self, action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        query = canonical_query(parameters)
        url = f"{settings.ALIYUN_URL}/?{query}"
        return answered(call("POST", url, headers=authorised(action, query)))

    def read_receipts(self, body: bytes) -> list[Receipt]:
        """SmsReport: an array of reports.

        :raises ValueError: when it is something else
        """
        found = json.loads(body)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ValueError("SmsReport is an array of objects")
        return [
            Receipt(
                number=str(one.get("phone_number", "")),
                provider_id=str(one.get("biz_id", "")),
                delivered=one.get("success") in {True, "true"},
                code=str(one.get("err_code", "")),
                at=local_time(str(one.get("report_time", ""))),
                key=str(one.get("out_id") or ""),
            )
            for one in found
        ]

    def receipt_answer(self) -> dict[str, Any]:
        """What stops Aliyun from sending the same receipts again."""
        return {"code": 0, "msg": "接收成功"}

    def pull(self, key: str, number: str, day: str) -> list[Receipt]:
        """QuerySendDetails for one number on one day."""
        wanted = {"PhoneNumber": number, "SendDate": day, "PageSize": "50", "CurrentPage": "1"}
        if key:
            wanted["BizId"] = key
        body = self._call("QuerySendDetails", wanted)
        if body.get("Code") != "OK":
            raise NoAnswer(str(body.get("Code", "refused")))
        details = (body.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        return [
            Receipt(
                number=number,
                provider_id=key,
                delivered=_FINAL.get(str(one.get("SendStatus"))),
                code=str(one.get("ErrCode", "")),
                at=local_time(str(one.get("ReceiveDate", ""))),
                key=str(one.get("OutId") or ""),
            )
            for one in details
            if isinstance(one, dict)
        ]


def local_time(text: str) -> datetime | None:
    """``2026-11-27 10:00:00`` on the district's clock; providers do not always send it."""
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=clock.DISTRICT_ZONE)
    except ValueError:
        return None
    return found if abs(found.year - clock.today().year) <= 1 else None
