"""The staffing plan as a paper: posts, seat plan, what the hall needs; to hang at the door and to sign on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.documents import render
from townhall.documents.papers import Paper, Table, day
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.staffing import queries

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# The last column of the posts is left empty for a signature.
_POSTS = (4, 4, 5, 4, 3, 4)


def roster(actor: Actor, hour: OfficeHour) -> Paper:
    """The sheet of one hour."""
    plan = queries.plan(actor, hour)
    starts, ends = clock.local(hour.starts_at), clock.local(hour.ends_at)
    found = {"needed": plan["needed"], "filled": plan["filled"]}
    tables = [_posts(plan["posts"])]
    if plan["hall"]:
        tables.append(_hall(plan["hall"]))
    if plan["items"]:
        tables.append(_items(plan["items"]))
    return Paper(
        title=_("%(hour)s工作人员安排") % {"hour": worded(hour, "title")},
        facts=[
            (_("时间"), f"{day(starts.date())} {starts:%H:%M}—{ends:%H:%M}"),
            (_("到岗"), _("应到岗位 %(needed)s 人，已安排 %(filled)s 人") % found),
        ],
        tables=tables,
        on=day(clock.today()),
    )


def docx(actor: Actor, hour: OfficeHour) -> bytes:
    """The sheet from the office's own template or the shipped one."""
    return render.docx("roster", roster(actor, hour).context())


def pdf(actor: Actor, hour: OfficeHour) -> bytes:
    """The sheet as PDF, turned."""
    return render.pdf("roster", roster(actor, hour).context())


def _posts(posts: list[dict[str, Any]]) -> Table:
    rows = []
    for post in posts:
        holders = [row for row in post["rows"] if not row["stands_in_for"]]
        seconds = "、".join(row["name"] for row in post["rows"] if row["stands_in_for"])
        for place, row in enumerate(holders):
            rows.append(
                (
                    post["name"] if place == 0 else "",
                    row["name"],
                    row["unit"],
                    seconds if place == 0 else "",
                    row["place"],
                    "",
                )
            )
        rows += [(post["name"] if not holders else "", _("（待定）"), "", "", "", "")] * post["open"]
    headers = (_("岗位"), _("人员"), _("单位"), _("B 角"), _("座位"), _("签到"))
    return Table(headers, rows, title=_("岗位"), widths=_POSTS)


def _hall(hall: list[dict[str, Any]]) -> Table:
    """The seat plan: the front row first, as the hall is seen from the door."""
    most = max(len(row["cells"]) for row in hall)
    headers = ["", *(_("%(n)s 座") % {"n": number} for number in range(1, most + 1))]
    rows = []
    for row in hall:
        cells = [f"{cell['name']} {cell['post']}" if cell else "" for cell in row["cells"]]
        rows.append([_("%(n)s 排") % {"n": row["row"]}, *cells, *[""] * (most - len(cells))])
    return Table(headers, rows, title=_("席位图"), widths=(1, *[2] * most))


def _items(items: list[dict[str, Any]]) -> Table:
    rows = [
        (one["name"], str(one["quantity"]), one["responsible"], "✓" if one["done_at"] else "")
        for one in items
    ]
    return Table(
        (_("物品"), _("数量"), _("责任人"), _("备好")), rows, title=_("会务物品"), widths=(5, 2, 4, 2)
    )
