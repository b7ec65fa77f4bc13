"""What people type about promises, checked: in a draft, at the unit, at the inspector's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from townhall.commitments.choices import (
    MOST_WORKDAYS,
    EndReason,
    ExtensionReason,
    Handling,
    Level,
    Template,
)
from townhall.kernel import clock, text, workdays
from townhall.people.models import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from townhall.commitments.models import Commitment

LONGEST_WORDS, LONGEST_TEXT, LONGEST_NOTE, LONGEST_CAPTION = 1000, 1000, 500, 80
MOST_ASSISTING = 12
# Who needs longer than a year asks again before it is over, and is counted again.
LONGEST_EXTENSION = timedelta(days=366)
_FITS = 19  # digits of a 64-bit number

Errors = dict[str, str]


# -- single fields --------------------------------------------------------------------------------------


def words(data: Mapping[str, Any], name: str, most: int, errors: Errors, *, required: str = "") -> str:
    """Cleaned text.

    :param required: what to say when it is missing; empty when it may be
    """
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        errors[name] = _("请填写文字。")
        return ""
    try:
        found = text.clean(value or "")
    except ValueError:
        errors[name] = _("含有无法识别的字符，请重新输入。")
        return ""
    if required and not found:
        errors[name] = required
    elif text.exceeds(found, most):
        errors[name] = _("最多 %(most)s 个字，请缩短。") % {"most": most}
    return found


def whole(value: Any) -> int | None:
    """A small positive whole number, however it was sent."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value < 10**_FITS else None
    word = value.strip() if isinstance(value, str) else ""
    return int(word) if word.isascii() and word.isdigit() and len(word) < _FITS and int(word) else None


def day(value: Any) -> date | None:
    """An ISO date, or ``None``."""
    if not isinstance(value, str):
        return None
    try:
        return parse_date(value.strip())
    except ValueError:
        return None


def code(
    data: Mapping[str, Any], name: str, values: Iterable[str], errors: Errors, *, missing: str = ""
) -> str:
    """One of a list of codes.

    :param missing: what to say when nothing was chosen; empty when it may be
    """
    value = data.get(name)
    found = value.strip() if isinstance(value, str) else ""
    if (found and found not in values) or (value is not None and not isinstance(value, str)):
        errors[name] = _("请从列表中选择。")
    elif missing and not found:
        errors[name] = missing
    return found


def stands_in(said: str, answer: str) -> bool:
    """Whether these words stand in the answer, blanks and line ends aside."""
    return "".join(said.split()) in "".join(answer.split())


# -- a promise in a draft ---------------------------------------------------------------------------------


def known_units(items: Iterable[Any]) -> set[int]:
    """Which of the units named in these items exist, in one query."""
    named: set[int] = set()
    for item in items:
        if isinstance(item, dict):
            assisting = item.get("assisting") or []
            named |= {number for number in map(whole, [item.get("unit"), *_listed(assisting)]) if number}
    return set(Unit.objects.filter(id__in=named).values_list("id", flat=True))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def promise(
    item: Mapping[str, Any], usual_unit: int | None, known: set[int], signed: Iterable[Mapping[str, Any]] = ()
) -> tuple[dict[str, Any], Errors]:
    """One promise of a draft: the answer's words, lead and assisting units, a date or n working days, handling.

    :param usual_unit: the answering unit, which leads when none is named
    :param known: ids of existing units
    :param signed: what was signed before: a correction may repeat its day, also when that has passed
    """
    errors: Errors = {}
    said = words(item, "text", LONGEST_WORDS, errors, required=_("请填写这一项。"))
    unit = whole(item.get("unit")) or usual_unit
    if (
        (item.get("unit") and not whole(item["unit"]))
        or unit is None
        or (unit not in known and unit != usual_unit)
    ):
        errors["unit"] = _("没有这个单位，请从列表中选择。")
    assisting = _assisting(item.get("assisting"), unit, known, errors)
    handling = code(item, "handling", Handling.values, errors)
    number, due = _due(item, errors)
    if (
        "due" in errors
        and due
        and any((one["text"], one["due"]) == (said, due.isoformat()) for one in signed)
    ):
        del errors["due"]
    cleaned: dict[str, Any] = {"text": said, "unit": unit, "due": due.isoformat() if due else ""}
    optional = {"handling": handling, "assisting": assisting, "workdays": number}
    return cleaned | {name: value for name, value in optional.items() if value}, errors


def _assisting(value: Any, lead: int | None, known: set[int], errors: Errors) -> list[int]:
    numbers = [whole(one) for one in _listed(value or []) if one not in ("", None)]
    if len(numbers) > MOST_ASSISTING or any(number is None or number not in known for number in numbers):
        errors["assisting"] = _("没有这个协办单位，请从列表中选择。")
        return []
    return [number for number in dict.fromkeys(numbers) if number is not None and number != lead]


def _due(item: Mapping[str, Any], errors: Errors) -> tuple[int | None, date | None]:
    """The day: as given, or so many working days from today."""
    if item.get("due"):
        due = day(item["due"])
        if due is None:
            errors["due"] = _("请填写承诺的日期，如 2026-12-15。")
        elif due < clock.today():
            errors["due"] = _("承诺的日期已经过去，请填写今天或以后的日期。")
        return None, due
    if item.get("workdays") in ("", None):
        errors["due"] = _("请填写承诺的日期，如 2026-12-15。")
        return None, None
    number = whole(item["workdays"])
    if number is None or number > MOST_WORKDAYS:
        errors["workdays"] = _("请填写 1 到 %(most)s 个工作日。") % {"most": MOST_WORKDAYS}
        return None, None
    due = workdays.add_workdays(clock.today(), number)
    if due is None:
        errors["workdays"] = _("其中有一年的放假安排还没有公布，算不出日期，请直接填写日期。")
    return number, due


# -- the verbs ------------------------------------------------------------------------------------------


def _past_day(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> date:
    """The day something happened: not before the promise, not after today; today when left out."""
    if not data.get("on"):
        return clock.today()
    found = day(data["on"])
    if found is None:
        errors["on"] = _("请填写日期，如 2026-12-15。")
    elif found > clock.today():
        errors["on"] = _("这一天还没有到，请填写实际发生的日期。")
    elif found < clock.local(commitment.made_at).date():
        errors["on"] = _("这一天在作出承诺之前，请核对。")
    return found or clock.today()


def _progress(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {
        "on": _past_day(commitment, data, errors),
        "text": words(data, "text", LONGEST_TEXT, errors, required=_("请写明办到哪一步。")),
        "code": code(data, "handling", Handling.values, errors),
    }


def _ask_extension(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    new = day(data.get("due"))
    if new is None:
        errors["due"] = _("请填写新的日期，如 2026-12-15。")
    elif new <= commitment.due:
        errors["due"] = _("新的日期须在现在的期限之后。")
    elif new > commitment.due + LONGEST_EXTENSION:
        errors["due"] = _("一次最多延期一年，请填写更早的日期。")
    return {
        "due": new,
        "code": code(data, "reason_code", ExtensionReason.values, errors, missing=_("请选择延期的原因。")),
        "text": words(data, "text", LONGEST_TEXT, errors, required=_("请向公众说明为什么需要延期。")),
    }


def _refuse(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {"text": words(data, "text", LONGEST_NOTE, errors, required=_("请写明理由。"))}


def _optional(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {"note": words(data, "note", LONGEST_NOTE, errors)}


def _report(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {
        "on": _past_day(commitment, data, errors),
        "text": words(data, "text", LONGEST_TEXT, errors, required=_("请写明办理结果。")),
    }


def _propose_end(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {
        "code": code(data, "reason_code", EndReason.values, errors, missing=_("请选择终止办理的原因。")),
        "text": words(data, "text", LONGEST_TEXT, errors, required=_("请向公众说明为什么不能办。")),
    }


def _verify(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {"on": _past_day(commitment, data, errors), "note": words(data, "note", LONGEST_NOTE, errors)}


def _rework(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {"text": words(data, "text", LONGEST_TEXT, errors, required=_("请写明还差什么。"))}


def _close(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {"text": words(data, "text", LONGEST_TEXT, errors)}


def _site_check(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {
        "on": _past_day(commitment, data, errors),
        "text": words(data, "text", LONGEST_TEXT, errors, required=_("请写明现场看到的情况。")),
        "public": bool(data.get("public")),
    }


def _chase(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    return {
        "code": code(data, "template", Template.values, errors, missing=_("请选择催办的内容。")),
        "note": words(data, "note", LONGEST_NOTE, errors),
    }


def _escalate(commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    level = whole(data.get("level"))
    if level not in Level.values:
        errors["level"] = _("请选择提到哪一级。")
    elif level <= commitment.level:
        errors["level"] = _("已经提到这一级，请选择更高的一级。")
    return {"level": level, "note": words(data, "note", LONGEST_NOTE, errors)}


def _cover(_commitment: Commitment, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    number = whole(data.get("picture"))
    if number is None:
        errors["picture"] = _("请选择照片。")
    return {"picture": number}


CLEAN: dict[str, Callable[[Commitment, Mapping[str, Any], Errors], dict[str, Any]]] = {
    "progress": _progress, "ask_extension": _ask_extension, "approve_extension": _optional,
    "refuse_extension": _refuse, "report": _report, "propose_end": _propose_end, "sign_end": _optional,
    "refuse_end": _refuse, "verify": _verify, "rework": _rework, "close": _close, "site_check": _site_check,
    "chase": _chase, "escalate": _escalate, "reopen": _rework, "cover_picture": _cover,
}  # fmt: skip
