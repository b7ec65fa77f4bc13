"""What people type into a plan, checked: each field with its remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.kernel import text as texts
from townhall.kernel.errors import InvalidFields
from townhall.people.models import Account, FormerName, Unit
from townhall.plans.choices import (
    FEWEST_GROUPS,
    FIELDS,
    LONGEST_GROUP_NAME,
    LONGEST_REMARK,
    MOST_APPROVERS,
    MOST_GROUPS,
    MOST_GROUPS_AT_ALL,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_LEADER = 40
_LONGEST_ID = 18
_BETWEEN = re.compile(r"\s*[、，,；;\n]\s*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as typed and checked."""

    words: dict[str, str]
    groups: list[dict[str, Any]]


def _cleaned(value: object) -> str:
    try:
        return texts.clean(str(value or ""))
    except ValueError:
        return ""


def draft(data: Mapping[str, Any]) -> Draft:
    """The six fields and the groups.

    ``groups`` is a list of ``{"id", "name", "units"}``; ``units`` are unit ids in answering order, or their names
    in one text, as a person keys them: ``区教育局、团区委``.

    :raises InvalidFields: naming each field
    """
    errors: dict[str, str] = {}
    words = {}
    for one in FIELDS.values():
        text = _cleaned(data.get(one.name))
        if not one.lines:
            text = re.sub(r"\s*\n\s*", " ", text)
        if texts.count_characters(text) > one.longest or len(text) > one.longest:
            errors[one.name] = _("最多 %(most)s 字，请缩短。") % {"most": one.longest}
        words[one.name] = text
    groups = _groups(data.get("groups") or [], errors)
    if errors:
        raise InvalidFields(errors)
    return Draft(words, groups)


def _number(value: object) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else None


def _groups(rows: Sequence[Mapping[str, Any]], errors: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in rows:
        name = re.sub(r"\s+", " ", _cleaned(row.get("name")))
        typed = row.get("units") or []
        units, unknown = _keyed(typed) if isinstance(typed, str) else (_numbers(typed), "")
        if unknown:
            words = _("没有叫“%(name)s”的单位。请写全称，单位之间用顿号隔开。")
            errors["groups"] = words % {"name": unknown[:20]}
        if name or units:
            found.append({"id": _number(row.get("id")), "name": name, "units": units})
    if "groups" not in errors and (message := _wrong_groups(found)):
        errors["groups"] = message
    return found


def _numbers(values: Sequence[object]) -> list[int]:
    return list(dict.fromkeys(number for one in values if (number := _number(one))))


def _keyed(text: str) -> tuple[list[int], str]:
    """Unit ids from their names in a text, and the first name that is none."""
    names = [name for name in _BETWEEN.split(_cleaned(text)) if name]
    known: dict[str, int] = {}
    standing = Unit.objects.filter(closed_at=None).exclude(kind=Unit.Kind.DISTRICT)
    known |= {one.name: one.unit_id for one in FormerName.objects.filter(unit__in=standing).order_by("until")}
    for unit in standing:
        known |= {name: unit.id for name in (unit.name, unit.name_en) if name}
    unknown = next((name for name in names if name not in known), "")
    return list(dict.fromkeys(known[name] for name in names if name in known)), unknown


def _wrong_groups(groups: list[dict[str, Any]]) -> str:
    """What keeps these groups from being saved, named; empty when nothing does."""
    if len(groups) > MOST_GROUPS_AT_ALL:
        return _("最多 %(most)s 个业务小组。") % {"most": MOST_GROUPS_AT_ALL}
    names = [group["name"] for group in groups]
    for group in groups:
        if not group["name"]:
            return _("有一个业务小组没有名称，请填写。")
        if len(group["name"]) > LONGEST_GROUP_NAME:
            return _("“%(name)s”的名称太长，最多 %(most)s 字。") % {
                "name": group["name"][:20],
                "most": LONGEST_GROUP_NAME,
            }
        if names.count(group["name"]) > 1:
            return _("有两个业务小组都叫“%(name)s”，请改名。") % {"name": group["name"]}
    return _wrong_units(groups)


def _wrong_units(groups: list[dict[str, Any]]) -> str:
    known = Unit.objects.exclude(kind=Unit.Kind.DISTRICT).in_bulk(
        [unit for group in groups for unit in group["units"]]
    )
    placed: dict[int, str] = {}
    for group in groups:
        if not group["units"]:
            return _("“%(name)s”还没有单位，请选入单位或删去这个小组。") % {"name": group["name"]}
        for unit in group["units"]:
            if unit not in known:
                return _("没有这个单位，请从列表中选择。")
            if unit in placed:
                words = _("“%(unit)s”同时在“%(one)s”和“%(other)s”，请只保留一处。")
                return words % {"unit": known[unit].name, "one": placed[unit], "other": group["name"]}
            placed[unit] = group["name"]
    return ""


def warnings(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is unusual about the groups, without stopping anybody."""
    if FEWEST_GROUPS <= len(groups) <= MOST_GROUPS:
        return []
    words = _("业务小组现有 %(n)s 个，一般为 %(fewest)s 至 %(most)s 个。请确认是否合适。")
    return [words % {"n": len(groups), "fewest": FEWEST_GROUPS, "most": MOST_GROUPS}]


def approvers(data: Mapping[str, Any]) -> list[Account]:
    """One to three accounts in order, from ``approver1`` to ``approver3``.

    :raises InvalidFields: for none, for one named twice, for one that does not exist
    """
    chosen: list[Account] = []
    for place in range(1, MOST_APPROVERS + 1):
        name = f"approver{place}"
        typed = str(data.get(name) or "")
        if not typed:
            continue
        number = _number(typed)
        account = Account.objects.filter(id=number, is_active=True).first() if number else None
        if account is None:
            raise InvalidFields({name: _("没有这个帐号，请从列表中选择。")})
        if account in chosen:
            raise InvalidFields({name: _("“%(name)s”选了两次，请只选一次。") % {"name": account.name}})
        chosen.append(account)
    if not chosen:
        raise InvalidFields({"approver1": _("请选择至少一位审批人。")})
    return chosen


def remark(data: Mapping[str, Any], *, required: bool) -> str:
    """What an approver writes.

    :raises InvalidFields: when it is required and missing, or too long
    """
    text = _cleaned(data.get("remark"))
    if required and not text:
        raise InvalidFields({"remark": _("请写明修改意见。")})
    if len(text) > LONGEST_REMARK:
        raise InvalidFields({"remark": _("最多 %(most)s 字，请缩短。") % {"most": LONGEST_REMARK}})
    return text


def paper(data: Mapping[str, Any]) -> tuple[str, date]:
    """Who wrote on paper, and the paper's date.

    :raises InvalidFields: naming each field
    """
    errors = {}
    leader = _cleaned(data.get("leader"))
    if not leader or len(leader) > _LONGEST_LEADER:
        errors["leader"] = _("请填写批示领导的姓名，最多 %(most)s 字。") % {"most": _LONGEST_LEADER}
    try:
        on = date.fromisoformat(str(data.get("date") or ""))
    except ValueError:
        on = None
    if on is None:
        errors["date"] = _("请填写批示日期，如 2026-11-03。")
    elif on > clock.today():
        errors["date"] = _("批示日期不能晚于今天。")
    if errors or on is None:
        raise InvalidFields(errors)
    return leader, on
