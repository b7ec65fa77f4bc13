"""What makes a unit of the district's tree: the rules of its fields, each refusal with the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel import text
from townhall.kernel.errors import InvalidFields
from townhall.people.models import FormerName, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIELDS = ("name", "name_en", "kind", "parent", "leading_unit", "phone")
LONGEST_NAME, LONGEST_NAME_EN, LONGEST_PHONE = 80, 120, 40
# The shortest that rings somewhere is a short code such as 12345; a cell of words has none of them.
_FEWEST_DIGITS = 3
_PHONE = re.compile(r"[0-9+\-()（）/、,， .转分机]*\Z")
NAMED_MOST = 5
KINDS = [(kind.value, kind.label) for kind in Unit.Kind]


def find(word: str) -> Unit | None:
    """A unit by its number, its name in either language, or a name it had; ``None`` for none."""
    word = word.strip()
    if word.isascii() and word.isdigit():
        return Unit.objects.filter(id=word).first() if len(word) <= text.MOST_DIGITS else None
    if not word:
        return None
    found = Unit.objects.filter(name=word).first() or Unit.objects.filter(name_en=word).first()
    if found is None:
        former = FormerName.objects.filter(name=word).select_related("unit").first()
        found = former.unit if former else None
    return found


def kind_of(word: str) -> str:
    """A kind by its code or by what it is called; empty for none."""
    word = word.strip().lower()
    known = {**_SYNONYMS, **{str(kind.label).lower(): kind.value for kind in Unit.Kind}}
    return word if word in Unit.Kind.values else known.get(word, "")


_SYNONYMS = {
    "区": "district", "区政府": "district", "办公室": "office", "委办局": "department", "部门": "department",
    "委、办、局": "department", "镇": "town", "街道": "subdistrict", "街道办事处": "subdistrict", "工业区": "zone",
    "区外单位": "external", "垂直管理单位": "external", "区外或垂直管理单位": "external",
}  # fmt: skip


class _Reader:
    """The typed fields of one unit, and what is wrong with them."""

    def __init__(self, data: Mapping[str, str], unit: Unit | None) -> None:
        self.data, self.unit = data, unit
        self.errors: dict[str, Any] = {}

    def words(self, name: str, most: int) -> str:
        try:
            found = text.clean(str(self.data.get(name, ""))).replace("\n", " ")
        except ValueError:
            self.errors[name] = _("有不能保存的字符，请重新填写。")
            return ""
        if len(found) > most:
            self.errors[name] = _("太长了，最多 %(most)s 个字。") % {"most": most}
        return found

    def other(self, name: str) -> Unit | None:
        """Another unit that is named."""
        word = str(self.data.get(name, "")).strip()
        found = find(word)
        if word and found is None:
            words = _("没有叫“%(name)s”的单位，请先录入它，或从列表中选择。")
            self.errors[name] = words % {"name": word[:20]}
        elif found and found.closed_at and found != (getattr(self.unit, name) if self.unit else None):
            self.errors[name] = _("“%(name)s”已停用，请另选一个单位，或先恢复它。") % {"name": found.name}
        return found


def read(data: Mapping[str, str], unit: Unit | None = None) -> dict[str, Any]:
    """The fields of a unit from what was typed; units are named by number or name.

    :param unit: the one that is being changed; ``None`` for a new one
    :raises InvalidFields: naming each field that will not do, with the remedy
    """
    reader = _Reader(data, unit)
    found: dict[str, Any] = {
        "name": reader.words("name", LONGEST_NAME),
        "name_en": reader.words("name_en", LONGEST_NAME_EN),
        "kind": kind_of(str(data.get("kind", ""))),
        "parent": reader.other("parent"),
        "leading_unit": reader.other("leading_unit"),
        "phone": reader.words("phone", LONGEST_PHONE),
    }
    errors = reader.errors
    for name, message in _wrong(found, unit, blank="parent" not in errors, led="leading_unit" not in errors):
        errors.setdefault(name, message)
    if errors:
        raise InvalidFields(errors)
    return found


def _wrong(found: dict[str, Any], unit: Unit | None, *, blank: bool, led: bool) -> Iterable[tuple[str, str]]:
    """Each field that will not do; a missing unit above becomes the district, where there is one.

    :param blank: whether an empty ``parent`` was left empty by the person
    :param led: the same of ``leading_unit``
    """
    yield from _wrong_names(found, unit)
    if found["phone"] and not (
        _PHONE.match(found["phone"]) and sum(one.isdigit() for one in found["phone"]) >= _FEWEST_DIGITS
    ):
        yield "phone", _("电话写数字，可以带区号和分机，如 021-64120011 转 8。")
    kind = found["kind"]
    if not kind:
        yield "kind", _("请选择单位类型：%(kinds)s。") % {"kinds": "、".join(_kinds())}
        return
    if kind == Unit.Kind.DISTRICT:
        yield from _wrong_district(found, unit)
        return
    root = Unit.objects.filter(kind=Unit.Kind.DISTRICT).order_by("id").first()
    if unit is not None and unit == root:
        yield "kind", _("这是区本身，类型不能改。")
        return
    if found["parent"] is None and blank:
        if root is None:
            yield "parent", _("还没有区。请先录入区，类型选“区”。")
        found["parent"] = root
    elif found["parent"]:
        yield from _wrong_parent(found["parent"], unit)
    if led:
        yield from _wrong_lead(found, unit)


def _kinds() -> list[str]:
    return [str(kind.label) for kind in Unit.Kind]


def _wrong_names(found: dict[str, Any], unit: Unit | None) -> Iterable[tuple[str, str]]:
    if not found["name"]:
        yield "name", _("请填写单位名称。")
    elif found["name"].isascii() and found["name"].isdigit():
        yield "name", _("单位名称不能只是数字。")
    others = Unit.objects.exclude(id=unit.id) if unit else Unit.objects.all()
    for name in ("name", "name_en"):
        twin = others.filter(**{name: found[name]}).first() if found[name] else None
        if twin and twin.closed_at:
            words = _("已停用的单位“%(name)s”就叫这个名称。请恢复它，或换一个名称。")
            yield name, words % {"name": twin.name}
        elif twin:
            words = _("已有单位“%(name)s”叫这个名称。请改那一个，或换一个名称。")
            yield name, words % {"name": twin.name}


def _wrong_district(found: dict[str, Any], unit: Unit | None) -> Iterable[tuple[str, str]]:
    root = Unit.objects.filter(kind=Unit.Kind.DISTRICT).order_by("id").first()
    if root and root != unit:
        yield "kind", _("区只有一个，已是“%(name)s”。请选别的类型。") % {"name": root.name}
    for name in ("parent", "leading_unit"):
        if found[name]:
            yield name, _("区没有上级单位和牵头单位，请留空。")


def _wrong_parent(parent: Unit, unit: Unit | None) -> Iterable[tuple[str, str]]:
    if parent.kind == Unit.Kind.EXTERNAL:
        yield "parent", _("“%(name)s”在区外，不能做上级单位。请另选一个。") % {"name": parent.name}
    if unit is None:
        return
    above: Unit | None = parent
    seen: set[int] = set()
    while above is not None and above.id not in seen:
        if above == unit:
            words = _("“%(parent)s”就在“%(name)s”之下（或就是它），不能做它的上级单位。请另选一个。")
            yield "parent", words % {"parent": parent.name, "name": unit.name}
            return
        seen.add(above.id)
        above = above.parent


def _wrong_lead(found: dict[str, Any], unit: Unit | None) -> Iterable[tuple[str, str]]:
    lead = found["leading_unit"]
    if found["kind"] != Unit.Kind.EXTERNAL:
        if lead:
            yield "leading_unit", _("只有区外或垂直管理单位才有牵头单位，请留空，或改单位类型。")
        return
    if lead is None:
        yield "leading_unit", _("区外或垂直管理单位由区内一个单位牵头，请选择牵头单位。")
    elif lead.kind == Unit.Kind.EXTERNAL:
        yield "leading_unit", _("“%(name)s”也在区外，不能牵头。请选区内的单位。") % {"name": lead.name}
    if unit is not None and (used := _names([*unit.children.all(), *unit.led_units.all()])):
        words = _("它下面或由它牵头的还有%(units)s，不能改为区外单位。请先把它们改到别的单位。")
        yield "kind", words % {"units": used}


def _names(units: Iterable[Unit]) -> str:
    """A few names as in a sentence; empty for none."""
    found = [f"“{unit.name}”" for unit in units]
    return "、".join(found[:NAMED_MOST]) + ("……" if len(found) > NAMED_MOST else "")


def why_not_closed(unit: Unit) -> str:
    """What still hangs on a unit, with the remedy; empty when it can be closed."""
    if unit.kind == Unit.Kind.DISTRICT:
        return _("区本身不能停用。")
    if below := _names(unit.children.filter(closed_at=None)):
        return _("它下面还有%(units)s。请先停用它们，或改它们的上级单位。") % {"units": below}
    if led := _names(unit.led_units.filter(closed_at=None)):
        return _("它还牵头%(units)s。请先停用它们，或改它们的牵头单位。") % {"units": led}
    people = list(unit.accounts.filter(is_active=True).order_by("username").values_list("name", flat=True))
    if people:
        names = "、".join(people[:NAMED_MOST]) + ("……" if len(people) > NAMED_MOST else "")
        words = _("还有 %(n)s 个账号属于它（%(names)s）。请系统管理员先改他们的单位，或停用账号。")
        return words % {"n": len(people), "names": names}
    return ""


def why_not_reopened(unit: Unit) -> str:
    """Why a closed unit cannot stand again, with the remedy; empty when it can."""
    above = Unit.objects.filter(id__in=[one for one in (unit.parent_id, unit.leading_unit_id) if one])
    closed = _names(above.exclude(closed_at=None))
    return (
        _("%(units)s已停用。请先恢复它，或改这个单位的上级、牵头单位。") % {"units": closed} if closed else ""
    )


def shown(unit: Unit) -> dict[str, str]:
    """A unit's fields as a form or a table holds them."""
    return {
        "name": unit.name, "name_en": unit.name_en, "kind": unit.kind, "parent": str(unit.parent_id or ""),
        "leading_unit": str(unit.leading_unit_id or ""), "phone": unit.phone,
    }  # fmt: skip
