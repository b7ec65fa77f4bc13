"""What a citizen typed, checked: the same rules for the form, the API, the clerk and the storm at 19:00.

Pure: nothing here reads the database, so that the edge can run it for every request.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from townhall.hours.choices import Identity
from townhall.kernel import masks, text
from townhall.kernel.errors import InvalidFields
from townhall.people import identity
from townhall.questions.choices import ON_BEHALF_CHANNELS, Channel, Kind, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.models import OfficeHour

MOST_TEXT = 3000
# Django makes these lists anew each time; under load that was a tenth of all work.
_KINDS: list[str] = list(Kind.values)
_SUBJECTS: list[str] = list(Subject.values)
MOST_TITLE = 80
MOST_NAME = 30
MOST_KEY = 100
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,4})?\Z")  # as much of BCP 47 as a column holds


@dataclass(slots=True)
class Asking:
    """One question on its way to the table, already checked.

    :ivar address: from where it was asked online, with ``agent``, what the program there called itself
    """

    hour_id: int
    display_name: str
    title: str
    text: str
    kind: str = ""
    subject: str = ""
    area: str = ""
    follows: int | None = None
    reply_privately: bool = False
    contact_id: int | None = None
    lang: str = "zh"
    idempotency_key: str = ""
    channel: str = Channel.WEB.value
    typed_by: int | None = None
    mobile: str = ""
    reply_by: str = ""
    address: str = ""
    agent: str = ""
    notices: list[dict[str, str]] = field(default_factory=list)

    @property
    def on_behalf(self) -> bool:
        """Whether a clerk typed this for somebody."""
        return self.typed_by is not None

    def body_digest(self) -> str:
        """What makes a replayed form the same question (SHA-256 over the fields people fill)."""
        body: list[Any] = [
            self.display_name,
            self.title,
            self.text,
            self.kind,
            self.follows,
            self.reply_privately,
        ]
        further = {"lang": self.lang, "subject": self.subject, "area": self.area}
        if further != {"lang": "zh", "subject": "", "area": ""}:  # else as forms of before this were counted
            body.append(further)
        return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()


class _Fields:
    """Reads typed values from a payload and gathers what must be mended."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.payload = payload
        self.errors: dict[str, str] = {}

    def words(self, name: str, most: int, *, required: bool = False) -> str:
        value = self.payload.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.errors[name] = _("请填写文字。")
            return ""
        try:
            value = text.clean(value)
        except ValueError:
            self.errors[name] = _("含有无法识别的字符，请重新输入。")
            return ""
        if required and not value:
            self.errors[name] = _("请填写这一项。")
        elif text.exceeds(value, most):
            length = text.count_characters(value)
            self.errors[name] = ngettext(
                "最多 %(most)s 个字，现在有 %(length)s 个，请缩短。",
                "最多 %(most)s 个字，现在有 %(length)s 个，请缩短。",
                most,
            ) % {"most": most, "length": length}
        return value

    def choice(self, name: str, values: list[str]) -> str:
        value = self.payload.get(name) or ""
        if value and value not in values:
            self.errors[name] = _("请从 %(values)s 中选择，或不填。") % {"values": "、".join(values)}
            return ""
        return str(value)

    def switch(self, name: str) -> bool:
        value = self.payload.get(name, False)
        if value in (True, "true", "on", "1"):
            return True
        if value not in (False, None, "", "false", "0"):
            self.errors[name] = _("请填写 true 或 false。")
        return False

    def number(self, name: str) -> int | None:
        value = self.payload.get(name)
        if value in {None, ""} if isinstance(value, str | None) else False:
            return None
        if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isascii():
            self.errors[name] = _("请填写编号对应的数字。")
            return None
        try:
            found = int(value)
        except ValueError:
            found = 0
        if not 0 < found < 2**63:
            self.errors[name] = _("请填写编号对应的数字。")
            return None
        return found


def _display_name(fields: _Fields) -> str:
    """A name is one line: what would break it is a space."""
    name = " ".join(fields.words("display_name", MOST_NAME, required=True).split())
    if not name and "display_name" not in fields.errors:
        fields.errors["display_name"] = _("请填写这一项。")
    return name


_LABELS = {
    "mobile": gettext_lazy("手机号码"),
    "id_number": gettext_lazy("身份证号码"),
    "bank_card": gettext_lazy("银行卡号"),
    "plate": gettext_lazy("车牌号"),
    "email": gettext_lazy("电子邮箱"),
    "child": gettext_lazy("孩子的姓名、学校或班级"),
}


def found_in(title: str, words: str) -> list[dict[str, str]]:
    """Personal data in a title and a text, to be pointed out to the asker; never a refusal."""
    notices = []
    for name, value in (("title", title), ("text", words)):
        kinds: dict[str, None] = dict.fromkeys(found.kind for found in masks.find(value))
        if masks.child_hints(value):
            kinds["child"] = None
        for kind in kinds:
            label = _LABELS.get(kind, _("个人信息"))
            message = _("文中有%(label)s，公开时会遮盖；如不需要，建议删去。") % {"label": label}
            if kind == "child":
                message = _("文中提到%(label)s，公开前请考虑删去。") % {"label": label}
            notices.append({"field": name, "kind": kind, "message": message})
    return notices


def _person(fields: _Fields, hour: OfficeHour) -> int | None:
    token = fields.payload.get("verification") or ""
    if not token:
        if hour.identity == Identity.VERIFIED:
            fields.errors["verification"] = _("本期须先验证手机号码，验证后再提交。")
        return None
    contact = identity.person_of(token) if isinstance(token, str) else None
    if contact is None:
        fields.errors["verification"] = _("手机验证已失效，请重新获取验证码。")
    return contact


def parse(hour: OfficeHour, payload: Mapping[str, Any], *, typed_by: int | None = None) -> Asking:
    """Check what was typed.

    :param payload: the fields of ``POST /hours/{slug}/questions`` (or of the clerk's form)
    :param typed_by: the clerk's account for an on-behalf intake
    :raises InvalidFields: with every field to mend
    """
    fields = _Fields(payload)
    asking = Asking(
        hour_id=hour.id,
        display_name=_display_name(fields),
        title=" ".join(fields.words("title", MOST_TITLE).split()),
        text=fields.words("text", MOST_TEXT, required=True),
        kind=fields.choice("kind", _KINDS),
        subject=fields.choice("subject", _SUBJECTS),
        area=fields.words("area", 40),
        follows=fields.number("follows"),
        reply_privately=fields.switch("reply_privately"),
        idempotency_key=fields.words("idempotency_key", MOST_KEY),
        typed_by=typed_by,
    )
    lang = payload.get("lang") or "zh"
    if not isinstance(lang, str) or not _LANGUAGE_TAG.match(lang):
        fields.errors["lang"] = _("请填写语言代码，如 zh 或 en。")
    else:
        asking.lang = lang[:8]
    if asking.reply_privately and not hour.allow_private:
        fields.errors["reply_privately"] = _("本期不提供单独回复，请去掉这一项。")
    if typed_by is None:
        asking.contact_id = _person(fields, hour)
    else:
        _on_behalf(fields, asking)
    if fields.errors:
        raise InvalidFields(fields.errors)
    asking.title = asking.title or text.first_sentence(asking.text, MOST_TITLE)
    asking.notices = found_in(asking.title, asking.text)
    return asking


def _on_behalf(fields: _Fields, asking: Asking) -> None:
    asking.channel = fields.choice("channel", sorted(ON_BEHALF_CHANNELS))
    if not asking.channel and "channel" not in fields.errors:
        fields.errors["channel"] = _("请选择来源：会场、电话、书面、窗口或热线。")
    asking.reply_by = fields.words("reply_by", 12)
    mobile = fields.words("mobile", 20)
    if mobile:
        try:
            asking.mobile = identity.clean_mobile(mobile)
        except InvalidFields as error:
            fields.errors |= error.errors
