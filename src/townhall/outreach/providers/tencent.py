"""Tencent Cloud SMS (2021-01-11), signed with TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from django.conf import settings

from townhall.kernel import clock
from townhall.outreach.providers.aliyun import local_time
from townhall.outreach.providers.base import Answer, Item, Letter, NoAnswer, Receipt, answered, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "2021-01-11"
SERVICE = "sms"
REGION = "ap-guangzhou"
ALGORITHM = "TC3-HMAC-SHA256"


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(secret: str, service: str, timestamp: int, headers: Mapping[str, str], payload: bytes) -> str:
    """The signature, as 64 hex digits (signature method v3).

    :param headers: the signed headers in lower case
    """
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names)
    request = "\n".join(["POST", "/", "", lines, ";".join(names), hashlib.sha256(payload).hexdigest()])
    day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    to_sign = "\n".join([ALGORITHM, str(timestamp), scope, hashlib.sha256(request.encode()).hexdigest()])
    key = _keyed(_keyed(_keyed(f"TC3{secret}".encode(), day), service), "tc3_request")
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


class Tencent:
    """SendSms: at most two hundred numbers a call, one text for all of them."""

    name = "tencent"
    most = 200
    most_personal = 1

    def send(self, letter: Letter, items: Sequence[Item]) -> Answer:
        """Hand one batch over; each number gets its own answer."""
        body = self._call(
            "SendSms",
            {
                "PhoneNumberSet": [f"+86{item.number}" for item in items],
                "SmsSdkAppId": settings.TENCENT_APP_ID,
                "SignName": letter.signature,
                "TemplateId": letter.template,
                "TemplateParamSet": list(items[0].parameters.values()),
                "SessionContext": letter.key,
            },
        )
        if error := body.get("Error"):
            return Answer(refused=dict.fromkeys(range(len(items)), str(error.get("Code", "refused"))))
        answer = Answer()
        said = {str(one.get("PhoneNumber", ""))[-11:]: one for one in body.get("SendStatusSet", [])}
        for place, item in enumerate(items):
            one = said.get(item.number)
            if one is None:
                continue  # not mentioned: nobody knows, and the sender treats it so
            if one.get("Code") == "Ok":
                answer.taken[place] = str(one.get("SerialNo", ""))
            else:
                answer.refused[place] = str(one.get("Code", "refused"))
        return answer

    def _call(self, action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        payload = json.dumps(parameters).encode()
        timestamp = int(clock.now().timestamp())
        signed = {
            "content-type": "application/json; charset=utf-8",
            "host": urlparse(settings.TENCENT_URL).netloc,
            "x-tc-action": action.lower(),
        }
        signature = sign(settings.TENCENT_KEY_SECRET, SERVICE, timestamp, signed, payload)
        day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        headers = {
            **signed,
            "x-tc-action": action,
            "x-tc-version": VERSION,
            "x-tc-timestamp": str(timestamp),
            "x-tc-region": REGION,
            "authorization": f"{ALGORITHM} Credential={settings.TENCENT_KEY_ID}/{day}/{SERVICE}/tc3_request, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}",
        }
        body = answered(call("POST", settings.TENCENT_URL, headers=headers, content=payload))
        response = body.get("Response", {})
        return response if isinstance(response, dict) else {}

    def read_receipts(self, body: bytes) -> list[Receipt]:
        """The callback: an array of reports.

        :raises ValueError: when it is something else
        """
        found = json.loads(body)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ValueError("the callback is an array of objects")
        return [
            Receipt(
                number=str(one.get("mobile", "")),
                provider_id=str(one.get("sid", "")),
                delivered=one.get("report_status") == "SUCCESS",
                code=str(one.get("errmsg", "")),
                at=local_time(str(one.get("user_receive_time", ""))),
            )
            for one in found
        ]

    def receipt_answer(self) -> dict[str, Any]:
        """What Tencent wants to hear."""
        return {"result": 0, "errmsg": "OK"}

    def pull(self, key: str, number: str, day: str) -> list[Receipt]:
        """PullSmsSendStatusByPhoneNumber for one number on one day."""
        midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=clock.DISTRICT_ZONE)
        body = self._call(
            "PullSmsSendStatusByPhoneNumber",
            {
                "BeginTime": int(midnight.timestamp()),
                "Offset": 0,
                "Limit": 100,
                "PhoneNumber": f"+86{number}",
                "SmsSdkAppId": settings.TENCENT_APP_ID,
            },
        )
        if "Error" in body or not isinstance(body.get("PullSmsSendStatusSet"), list):
            raise NoAnswer(str((body.get("Error") or {}).get("Code", "no set")))
        return [
            Receipt(
                number=number,
                provider_id=str(one.get("SerialNo", "")),
                delivered=one.get("ReportStatus") == "SUCCESS",
                code=str(one.get("Description", "")),
            )
            for one in body["PullSmsSendStatusSet"]
            if not key or one.get("SerialNo") == key
        ]
