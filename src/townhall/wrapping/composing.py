"""Closing papers drafted from the record: the summary's sentences with their numbers, the transcript's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.commitments import published as commitments
from townhall.documents.papers import day
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.questions import published as questions
from townhall.questions import visibility
from townhall.questions.choices import Status
from townhall.questions.models import Question
from townhall.wrapping.choices import OPEN_LEFTOVERS, PaperKind
from townhall.wrapping.models import Leftover

if TYPE_CHECKING:
    from collections.abc import Iterable

# Papers are in Chinese whatever language the desk speaks. So many examples of each kind fit on one page.
MOST_EXAMPLES = 5


def entries(hour: OfficeHour) -> list[dict[str, int]]:
    """Every question that anybody may read with its answer, by number, at the version that stands signed."""
    rows = Question.objects.filter(
        visibility.public_filter(), hour=hour, status=Status.PUBLISHED, reply_privately=False
    )
    found = rows.order_by("number").values_list("id", "published_version")
    return [{"question": one, "version": version or 0} for one, version in found]


def draft(hour: OfficeHour, kind: str) -> str:
    """The words a paper begins with; people go on from there."""
    return _summary(hour) if kind == PaperKind.SUMMARY else _preface(hour)


def _opening(hour: OfficeHour) -> str:
    start, end = clock.local(hour.starts_at), clock.local(hour.ends_at)
    leaders = "、".join(f"{one.office}{one.name}" for one in hour.leaders.all()) or "区领导"
    return (
        f"{day(start.date())}{start:%H:%M}至{end:%H:%M}，{hour.title}举行，主题是“{hour.topic}”。"
        f"{leaders}和{hour.groups.count()}个业务小组在线答复市民提问。"
    )


def _preface(hour: OfficeHour) -> str:
    return (
        f"{_opening(hour)}\n以下按编号收录本期公开的提问和签发的答复，文字与签发时一致，"
        "个人信息已遮盖；选择不公开答复的提问没有收录。"
    )


def _summary(hour: OfficeHour) -> str:
    n = questions.counts([hour.id])[hour.id]
    ends = (
        f"当场答复{n['answered']}个，承诺限期办理{n['promised']}个，合并{n['merged']}个，未受理{n['declined']}个，"
        f"撤回{n['withdrawn']}个，正在办理{n['pending']}个。"
    )
    lines = [_opening(hour), "一、提问和答复", f"共收到提问{n['asked']}个：{ends}"]
    if popular := _popular(hour):
        lines += ["市民同问最多的有：", *popular]
    lines += ["二、承诺事项", *_promises(hour), "三、会后办理", _leftovers(hour)]
    return "\n".join(lines)


def _popular(hour: OfficeHour) -> list[str]:
    rows = Question.objects.filter(
        visibility.public_filter(), hour=hour, withheld__isnull=True, reply_privately=False, supports__gt=0
    )
    found = questions.present(list(_with_relations(rows.order_by("-supports", "number"))[:MOST_EXAMPLES]))
    return [f"第{one['number']}号“{one['title']}”（同问{one['supports']}人）；" for one in found]


def _with_relations(rows: Any) -> Any:
    return rows.select_related("hour", "unit", "merged_into", "follows").prefetch_related(
        "assisting", "withholdings"
    )


def _promises(hour: OfficeHour) -> Iterable[str]:
    rows = Question.objects.filter(
        visibility.public_filter(), hour=hour, status=Status.PUBLISHED, withheld__isnull=True, reply_privately=False
    )  # fmt: skip
    promised = [
        one for made in commitments.of_questions(rows.values_list("id", flat=True)).values() for one in made
    ]
    if not promised:
        return ["本期没有承诺事项。"]
    by_unit: dict[str, int] = {}
    for one in promised:
        by_unit[one["unit"]] = by_unit.get(one["unit"], 0) + 1
    shares = "，".join(f"{unit}{count}项" for unit, count in by_unit.items())
    first = sorted(promised, key=lambda one: one["due"])[:MOST_EXAMPLES]
    return [f"共作出承诺{len(promised)}项：{shares}。最早到期的有：",
            *(f"{one['unit']}：{one['text']}（{one['due']}前）；" for one in first)]  # fmt: skip


def _leftovers(hour: OfficeHour) -> str:
    rows = Leftover.objects.filter(hour=hour)
    every, still = rows.count(), rows.filter(state__in=OPEN_LEFTOVERS).count()
    if not every:
        return "提问在办公时段内全部有了结果，没有会后办理件。"
    if not still:
        return f"会后办理件{every}个，已全部有结果。"
    return f"会后办理件{every}个，已有结果{every - still}个，还在办理{still}个，进展在本期页面公布。"
