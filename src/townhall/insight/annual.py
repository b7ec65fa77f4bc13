"""A year in public: its hours, what became of the questions, what was asked most; as a page and as a paper."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from townhall.documents import render
from townhall.documents.papers import Paper, Table, day
from townhall.history import published as history
from townhall.hours import published as hours
from townhall.insight import statistics
from townhall.kernel import clock
from townhall.questions.choices import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from townhall.insight.statistics import Figures

MOST_HOURS = 60
MOST_ROWS = 12
# Below so many answers a unit's number says more about chance than about the unit.
LEAST_ANSWERS = 5
MINUTES_A_DAY = 24 * 60
KINDS = {"docx": (render.docx, render.DOCX_TYPE), "pdf": (render.pdf, render.PDF_TYPE)}


def years() -> list[int]:
    """The years there is a report of, the latest first."""
    return hours.archived_years()


def of(year: int) -> dict[str, Any] | None:
    """The year's report, or ``None`` when no hour of it is over; the numbers are those of the hours' statistics."""
    over = [
        one
        for one in hours.list_hours(year=year, limit=MOST_HOURS)
        if one["stage"] in {"archived", "wrapping"}
    ]
    if not over:
        return None
    figures = statistics.figures(year=year, over=True)
    over = [one for one in over if one["id"] in figures.briefs]
    whole = figures.whole()
    return {
        "year": year,
        "finished": year < clock.today().year,
        "hours": [
            {**{name: one[name] for name in ("slug", "issue_no", "topic", "starts_at")},
             "counts": statistics.counts(figures.of_hour(one["id"])),
             "median": figures.of_hour(one["id"])["answer"]["median"]}
            for one in reversed(over)
        ],
        "counts": statistics.counts(whole),
        "commitments": statistics.promises(whole),
        "act": statistics.time_of(whole, "act"),
        "satisfaction": statistics.satisfied(whole),
        "promise_satisfaction": statistics.satisfied(whole, "promise_ratings"),
        "declined": statistics.declined(whole),
        "subjects": _subjects(figures),
        "units": _units(figures),
        "imported": sum(one["questions"] for one in history.hours(year)),
    }  # fmt: skip


def _subjects(figures: Figures) -> list[dict[str, Any]]:
    """What was asked about, the most frequent first: where next year's topics may come from."""
    asked = {
        code: one.get("asked", 0) for code, one in figures.by("subject").items() if code in Subject.values
    }
    ordered = sorted(asked.items(), key=lambda row: (-row[1], row[0]))
    return [
        {"code": code, "label": str(Subject(code).label), "count": number}
        for code, number in ordered[:MOST_ROWS]
        if number
    ]


def _units(figures: Figures) -> list[dict[str, Any]]:
    """Who answered how many; in the order of the district's list, since a number of answers is no merit."""
    of, units = figures.by("unit"), statistics.public_units(figures)
    answered = [
        (unit_id, name, of[str(unit_id)].get("answered", 0) + of[str(unit_id)].get("promised", 0))
        for unit_id, name in units
    ]
    return [{"id": id_, "name": name, "count": n} for id_, name, n in answered if n >= LEAST_ANSWERS]


def sentence(found: Mapping[str, Any]) -> str:
    """The year in one sentence; the numbers add up."""
    return _(
        "全年举行 %(hours)s 期，收到 %(asked)s 个问题：当场答复 %(answered)s，承诺办理 %(promised)s，合并 %(merged)s，"
        "未受理 %(declined)s，撤回 %(withdrawn)s，正在办理 %(pending)s。"
    ) % {"hours": len(found["hours"]), **found["counts"]}


def outcome(found: Mapping[str, Any]) -> list[str]:
    """What became of the promises, how soon something was done, how satisfied askers are: a sentence each.

    Nothing is said where there is nothing to say, and no rate of fewer than five.
    """
    said = [
        _(
            "作出承诺 %(made)s 件：按期办结 %(kept)s，过期办结 %(kept_late)s，终止办理 %(ended)s，正在办理 %(open)s"
            "（其中已过期限 %(late)s）；延过期的 %(extended)s 件。"
        )
        % found["commitments"]
    ]
    if found["act"]["cases"]:
        days = f"{found['act']['median'] / MINUTES_A_DAY:.1f}"
        words = _("从承诺到第一次行动，中位数 %(days)s 天（%(cases)s 件）。")
        said.append(words % {"days": days, "cases": found["act"]["cases"]})
    for name, words in (
        ("satisfaction", _("对答复的评价 %(cases)s 份，满意率 %(share)s。")),
        ("promise_satisfaction", _("对承诺办理结果的评价 %(cases)s 份，满意率 %(share)s。")),
    ):
        if found[name]["share"] is not None:
            said.append(words % {"cases": found[name]["cases"], "share": f"{found[name]['share']:.0%}"})
    return said


def paper(found: Mapping[str, Any]) -> Paper:
    """The report as a paper: Chinese, whatever language its reader speaks."""
    with override("zh-hans"):
        numbers = [_("期"), _("日期"), _("主题"), _("收到"), _("当场答复"), _("承诺办理")]
        tables = [
            Table(numbers, [_hour_row(one) for one in found["hours"]], _("各期情况"), (1, 2, 4, 1, 1, 1)),
            Table([_("问题类别"), _("件数")], _rows(found["subjects"], "label"), _("市民问得最多的")),
            Table([_("原因"), _("件数")], _rows(found["declined"], "label"), _("未受理的原因"), (5, 1)),
            Table([_("单位"), _("答复件数")], _rows(found["units"], "name"), _("各单位答复件数")),
        ]
        return Paper(
            title=_("%(year)s年区长网上办公年度报告") % {"year": found["year"]},
            body="\n".join([sentence(found), *outcome(found)]),
            tables=[one for one in tables if one.rows],
            on=day(clock.today()),
        )


def _hour_row(one: Mapping[str, Any]) -> list[str]:
    counts = one["counts"]
    on = day(datetime.fromisoformat(one["starts_at"]).date())
    return [
        str(one["issue_no"] or ""),
        on,
        one["topic"],
        *(str(counts[name]) for name in ("asked", "answered", "promised")),
    ]


def _rows(found: Iterable[Mapping[str, Any]], name: str) -> list[list[str]]:
    return [[str(one[name]), str(one["count"])] for one in found]


def document(found: Mapping[str, Any], kind: str) -> tuple[str, bytes, str]:
    """The report as ``docx`` or ``pdf``: its name, its bytes, its type.

    :raises KeyError: for another kind
    :raises Refused: 503 for a PDF on a machine without Chinese fonts
    """
    make, content_type = KINDS[kind]
    made = paper(found)
    return f"{made.title}.{kind}", make("minutes", made.context()), content_type
