"""Changing the district's template: what an hour entered from now on will have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.countdown import proofs, queries, template
from townhall.countdown.choices import BY_HAND, Unit
from townhall.countdown.models import TemplateStep
from townhall.hours.choices import Role
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.people.models import Account

FURTHEST_DAYS = 365
FURTHEST_MINUTES = 24 * 60
LONGEST_TITLE, LONGEST_ENGLISH = 60, 120
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")


def save_step(account: Account, code: str, data: Mapping[str, Any]) -> TemplateStep:
    """Change a step of the template, or add one under a code not used yet.

    :raises Refused: 403 for anybody but the coordinator between hours
    :raises InvalidFields: naming each field and the remedy
    """
    queries.needs_office(account)
    with unit_of_work():
        steps = _own()
        step = steps.get(code)
        cleaned = _clean(code, data, list(steps.values()))
        if step is None:
            order = max((one.order for one in steps.values()), default=-1) + 1
            step = TemplateStep(code=code, order=order)
        for name, value in cleaned.items():
            setattr(step, name, value)
        step.retired = False
        step.save()
        _tell(account, step.code, "saved")
    return step


def retire_step(account: Account, code: str) -> None:
    """Take a step out of the template; hours that have it keep it, and its code is not used for another.

    :raises Refused: while other steps wait for it
    """
    queries.needs_office(account)
    with unit_of_work():
        steps = _own()
        step = steps.get(code)
        if step is None or step.retired:
            raise missing(_("模板里没有这个节点。"))
        waiting = [one.title for one in steps.values() if code in one.blocked_by and not one.retired]
        if waiting:
            message = _("%(titles)s 要等这个节点，请先改它们的前序。") % {"titles": "、".join(waiting)}
            raise Refused(CONFLICT, "waited_for", message)
        step.retired = True
        step.save(update_fields=["retired"])
        _tell(account, code, "retired")


def restore_shipped(account: Account) -> None:
    """Forget the district's own template and go back to the shipped one."""
    queries.needs_office(account)
    with unit_of_work():
        one_at_a_time("countdown template")
        TemplateStep.objects.all().delete()
        _tell(account, "", "shipped")


def _own() -> dict[str, TemplateStep]:
    """The district's own steps; the shipped ones become its own at the first change."""
    one_at_a_time("countdown template")
    if not TemplateStep.objects.exists():
        TemplateStep.objects.bulk_create(template.shipped())
    return {step.code: step for step in TemplateStep.objects.all()}


def _tell(account: Account, code: str, field: str) -> None:
    record(
        DISTRICT_LINE,
        "countdown.template_changed",
        actor=account.id,
        subject="template",
        step=code,
        field=field,
    )


# -- what was typed ---------------------------------------------------------------------------------------


def _clean(code: str, data: Mapping[str, Any], others: Sequence[TemplateStep]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if not _CODE.match(code):
        errors["code"] = _("代码请用小写英文字母、数字和下划线，字母开头，最多 32 个字符。")
    cleaned: dict[str, Any] = {}
    cleaned["title"] = _text(data, "title", LONGEST_TITLE, errors)
    if not cleaned["title"]:
        errors.setdefault("title", _("请填写节点名称。"))
    cleaned["title_en"] = _text(data, "title_en", LONGEST_ENGLISH, errors)
    cleaned["unit"] = _choice(data, "unit", Unit.values, errors)
    most = FURTHEST_MINUTES if cleaned["unit"] == Unit.MINUTES else FURTHEST_DAYS
    cleaned["offset"] = _number(data, "offset", most, errors)
    cleaned["tolerance"] = _number(data, "tolerance", 30, errors)
    cleaned["owner_role"] = _choice(data, "owner_role", Role.values, errors)
    cleaned["proof"] = _choice(
        data, "proof", [BY_HAND, *proofs.known()], errors, keep=_proof_of(code, others)
    )
    cleaned["blocked_by"] = _before(code, data, others, errors)
    if errors:
        raise InvalidFields(errors)
    return cleaned


def _proof_of(code: str, others: Sequence[TemplateStep]) -> str:
    """A step keeps the proof it has, also while the room that gives it is not there."""
    return next((one.proof for one in others if one.code == code), BY_HAND)


def _text(data: Mapping[str, Any], name: str, most: int, errors: dict[str, Any]) -> str:
    text = str(data.get(name) or "").replace("\0", "").strip()
    if len(text) > most:
        errors[name] = _("最多 %(most)s 个字。") % {"most": most}
    return text


def _choice(
    data: Mapping[str, Any], name: str, known: Sequence[str], errors: dict[str, Any], keep: str = ""
) -> str:
    value = str(data.get(name) or "")
    if value not in known and not (keep and value == keep):
        errors[name] = _("请选择一项。")
    return value


def _number(data: Mapping[str, Any], name: str, most: int, errors: dict[str, Any]) -> int:
    text = str(data.get(name) or "0").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1  # noqa: PLR2004
    if not 0 <= number <= most:
        errors[name] = _("请填写 0 到 %(most)s 的整数。") % {"most": most}
    return number


def _before(
    code: str, data: Mapping[str, Any], others: Sequence[TemplateStep], errors: dict[str, Any]
) -> list[str]:
    """The codes of the steps that come first: known ones, and never in a circle."""
    given = data.get("blocked_by") or []
    codes = [str(one) for one in (given if isinstance(given, list) else [given]) if one]
    known = {one.code: one.blocked_by for one in others if not one.retired}
    if any(one not in known for one in codes):
        errors["blocked_by"] = _("请从列表中选择前序节点。")
    elif _reaches(code, codes, known):
        errors["blocked_by"] = _("前序节点不能互相等待。")
    return codes


def _reaches(code: str, codes: list[str], known: Mapping[str, list[str]]) -> bool:
    """Whether going back from ``codes`` leads to ``code``."""
    seen: set[str] = set()
    ahead = list(codes)
    while ahead:
        one = ahead.pop()
        if one == code:
            return True
        if one not in seen:
            seen.add(one)
            ahead += known.get(one, [])
    return False
