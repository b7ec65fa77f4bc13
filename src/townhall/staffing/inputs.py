"""What is typed into the forms of the staffing plan, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import GROUP_ROLES, Role
from townhall.hours.models import Group
from townhall.kernel.errors import InvalidFields
from townhall.people.models import Account
from townhall.staffing.models import Assignment, Item, Post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.hours.models import OfficeHour

MOST_NAME = 40
MOST_NAME_EN = 80
MOST_PEOPLE = 60
MOST_QUANTITY = 999
MOST_PLACE = 40
MOST_POSTS = 60


def words(data: Mapping[str, Any], name: str) -> str:
    """A typed line without surrounding spaces and without what no database may hold."""
    return " ".join(str(data.get(name) or "").replace("\0", "").split())


def _number(data: Mapping[str, Any], name: str, most: int, errors: dict[str, Any]) -> int:
    text = words(data, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    if not 1 <= number <= most:
        errors[name] = _("请填写 1 到 %(most)s 的整数。") % {"most": most}
    return number


def _name(data: Mapping[str, Any], errors: dict[str, Any]) -> str:
    name = words(data, "name")
    if not name:
        errors["name"] = _("请填写名称。")
    elif len(name) > MOST_NAME:
        errors["name"] = _("名称不超过 %(most)s 个字。") % {"most": MOST_NAME}
    return name


def _seat(role: str, errors: dict[str, Any]) -> None:
    """A seat that a post may give; to sign leftovers is granted by the mayor, in public, and by nobody else."""
    if role == Role.AUTHORISED:
        errors["role"] = _("授权签发人由区长、副区长授权，不在这里安排。")
    elif role and role not in Role.values:
        errors["role"] = _("请从列表中选择席位。")


def _id(data: Mapping[str, Any], name: str) -> int | None:
    text = words(data, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - a bigint


def post(hour: OfficeHour, data: Mapping[str, Any], present: Post | None = None) -> dict[str, Any]:
    """The fields of a post of an hour.

    :param present: the post that is being changed
    :raises InvalidFields: naming each field
    """
    errors: dict[str, Any] = {}
    name = _name(data, errors)
    role = words(data, "role")
    _seat(role, errors)
    group = Group.objects.filter(hour=hour, id=_id(data, "group") or 0).first()
    if role in GROUP_ROLES and group is None:
        errors["group"] = _("组长和组员的岗位要选择业务小组。")
    if role not in GROUP_ROLES:
        group = None
    others = Post.objects.filter(hour=hour, name=name, group=group)
    if "name" not in errors and others.exclude(id=present.id if present else 0).exists():
        errors["name"] = _("已有同名岗位，请换一个名称或修改原岗位的人数。")
    fields = {
        "name": name,
        "name_en": words(data, "name_en")[:MOST_NAME_EN],
        "role": role,
        "group": group,
        "people": _number(data, "people", MOST_PEOPLE, errors),
        "required": bool(data.get("required")),
    }
    if errors:
        raise InvalidFields(errors)
    return fields


def template_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the template.

    :raises InvalidFields: naming row and field (``posts[2].people``)
    """
    errors: dict[str, Any] = {}
    cleaned: list[dict[str, Any]] = []
    if not 1 <= len(rows) <= MOST_POSTS:
        raise InvalidFields({"posts": _("模板要有 1 到 %(most)s 个岗位。") % {"most": MOST_POSTS}})
    for place, row in enumerate(rows):
        wrong: dict[str, Any] = {}
        name, role = _name(row, wrong), words(row, "role")
        _seat(role, wrong)
        if name in {one["name"] for one in cleaned}:
            wrong["name"] = _("已有同名岗位，请换一个名称或修改原岗位的人数。")
        cleaned.append(
            {
                "name": name,
                "name_en": words(row, "name_en")[:MOST_NAME_EN],
                "role": role,
                "people": _number(row, "people", MOST_PEOPLE, wrong),
                # The seat of a group lead or member exists only in a group.
                "each_group": role in GROUP_ROLES,
                "required": bool(row.get("required")),
            }
        )
        errors |= {f"posts[{place}].{field}": message for field, message in wrong.items()}
    if errors:
        raise InvalidFields(errors)
    return cleaned


def person(data: Mapping[str, Any], field: str) -> Account:
    """A member of staff by user name, by ``name（user name）`` or by a name that only one person has.

    :raises InvalidFields: for nobody, for several, for an account that is closed
    """
    text = words(data, field)
    username = text.rpartition("（")[2].removesuffix("）")
    found = list(Account.objects.filter(username__in=[text, username]))
    if not found:
        found = list(Account.objects.filter(name=text, is_active=True)[:2])
    if not text or not found:
        raise InvalidFields({field: _("请从列表中选择人员，或填写用户名。")})
    if len(found) > 1:
        raise InvalidFields({field: _("有几位同名人员，请填写用户名。")})
    if not found[0].is_active:
        raise InvalidFields({field: _("这个账号已停用，请先请技术保障恢复，或另选一人。")})
    return found[0]


def stood_in_for(post_: Post, data: Mapping[str, Any], account: Account) -> Account | None:
    """Whose stand-in (B 角) the person is to be; nobody's by default.

    :raises InvalidFields: for somebody who does not hold the post
    """
    chosen = _id(data, "stands_in_for")
    if chosen is None:
        return None
    holder = Assignment.objects.filter(post=post_, account_id=chosen, stands_in_for=None).select_related(
        "account"
    )
    found = holder.first()
    if found is None or found.account_id == account.id:
        raise InvalidFields({"stands_in_for": _("请选择这个岗位上的一位 A 角。")})
    return found.account


def place(hour: OfficeHour, one: Assignment, data: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Row and number of a place, or neither.

    :raises InvalidFields: for half a place, or one where somebody sits
    """
    if not words(data, "seat_row") and not words(data, "seat_number"):
        return None, None
    errors: dict[str, Any] = {}
    row = _number(data, "seat_row", MOST_PLACE, errors)
    number = _number(data, "seat_number", MOST_PLACE, errors)
    taken = Assignment.objects.filter(hour=hour, seat_row=row, seat_number=number).exclude(id=one.id)
    if not errors and (other := taken.select_related("account").first()):
        errors["seat_number"] = _("这个座位已安排给%(name)s。") % {"name": other.account.name}
    if errors:
        raise InvalidFields(errors)
    return row, number


def item(hour: OfficeHour, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an item.

    :raises InvalidFields: naming each field
    """
    errors: dict[str, Any] = {}
    name = _name(data, errors)
    if Item.objects.filter(hour=hour, name=name).exists():
        errors["name"] = _("清单里已有这件物品。")
    responsible = None
    if words(data, "responsible"):
        try:
            responsible = person(data, "responsible")
        except InvalidFields as error:
            errors |= error.errors
    quantity = _number(data, "quantity", MOST_QUANTITY, errors)
    if errors:
        raise InvalidFields(errors)
    return {"name": name, "quantity": quantity, "responsible": responsible}
