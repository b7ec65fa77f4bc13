"""Numbers as people read them: each table with its words, its definition, and the chart it is drawn as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.published import worded
from townhall.insight import statistics
from townhall.live import wording
from townhall.questions.choices import Satisfaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from townhall.hours.models import OfficeHour
    from townhall.insight.statistics import Figures
    from townhall.insight.tally import Tally


MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Cell:
    """The first cell of a row, when it leads somewhere or reads otherwise on a chart.

    :param short: the name on a chart's axis
    """

    text: str
    url: str = ""
    short: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its definition.

    :param name: its place on the page and its file's name
    :param note: what exactly is counted
    :param chart: ``stack``, ``bars`` or ``lines``; empty draws nothing
    :param drawn: which columns the chart shows
    """

    name: str
    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    chart: str = ""
    drawn: Sequence[int] = field(default_factory=tuple)

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.chart) and any(row[place] for row in self.rows for place in self.drawn)

    @property
    def drawn_places(self) -> str:
        """The drawn columns as the script reads them."""
        return " ".join(map(str, self.drawn))


def ends_words() -> dict[str, str]:
    """How questions end, in public words."""
    return {
        "asked": _("收到"),
        "answered": _("当场答复"),
        "promised": _("承诺办理"),
        "merged": _("合并答复"),
        "declined": _("未受理"),
        "withdrawn": _("撤回"),
        "pending": _("正在办理"),
    }


def hour_cell(hour: OfficeHour) -> Cell:
    """An hour's name in a table: number and date."""
    date = wording.day(hour.starts_at, weekday=False)
    name = _("第 %(n)s 期") % {"n": hour.issue_no} if hour.issue_no else worded(hour, "title")
    return Cell(f"{name} {date}", f"/statistics/?hour={hour.slug}", name)


def _counted(one: Mapping[str, Any]) -> list[int]:
    return list(statistics.counts(one).values())


def _ends(found: Figures) -> Table:
    return Table(
        "ends", _("问题去了哪里"),
        _("每个问题恰好计入一种结果：收到＝当场答复＋承诺办理＋合并答复＋未受理＋撤回＋正在办理。拆分出来的问题各算一个。"),
        [_("期数"), *ends_words().values()],
        [[hour_cell(hour), *_counted(found.of_hour(hour.id))] for hour in found.hours],
        "stack", (2, 3, 4, 5, 6, 7),
    )  # fmt: skip


def _years(found: Figures) -> Table:
    rows = [
        [Cell(str(year), f"/statistics/?year={year}"), *_counted(one)]
        for year, one in found.by_year().items()
    ]
    return Table(
        "years", _("历年"), _("按举办日期所在的年份合计。"), [_("年份"), *ends_words().values()], rows,
        "stack", (2, 3, 4, 5, 6, 7),
    )  # fmt: skip


def _spans() -> dict[str, str]:
    return {
        "screen": _("审核：从提问到受理或不予受理"),
        "assign": _("分送：从审核到第一次送到单位"),
        "submit": _("拟稿：从送到单位到第一次提交签发"),
        "sign": _("签发：从最后一次提交到签发"),
        "answer": _("全程：从提问到答复公布"),
    }


def spans_in_short() -> dict[str, str]:
    """What each step is called on a chart's axis or in a file's heading, first acts on promises too."""
    short = {name: words.partition("：")[0].partition(":")[0] for name, words in _spans().items()}
    return short | {"act": _("承诺后第一次行动")}


def _times(found: Figures) -> Table:
    measured = statistics.times(found.whole())
    rows = [
        [
            Cell(words, short=spans_in_short()[name]),
            *(measured[name][part] for part in ("median", "p90", "cases")),
        ]
        for name, words in _spans().items()
    ]
    return Table(
        "times", _("每一步用了多久"),
        _("单位：分钟。中位数是一半的问题所用的时间，九成数是十个里九个所用的时间。“签发”和“全程”只算办公时段内提的问题，因为预提问要等到开始才能签发。"),
        [_("步骤"), _("中位数"), _("九成数"), _("件数")], rows, "bars", (1, 2),
    )  # fmt: skip


def _days(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes / MINUTES_A_DAY, 1)


def _acts(found: Figures) -> Table:
    rows = []
    for hour in found.hours:
        act = found.of_hour(hour.id)["act"]
        if act["cases"]:
            rows.append([hour_cell(hour), _days(act["median"]), _days(act["p90"]), act["cases"]])
    return Table(
        "acts", _("承诺以后多久有行动"),
        _("单位：天。从签发答复到承办单位第一次登记进展或报结；还没有行动的不计。"),
        [_("期数"), _("中位数"), _("九成数"), _("件数")], rows, "bars", (1, 2),
    )  # fmt: skip


def _speed(found: Figures) -> Table:
    rows = []
    for hour in found.hours:
        answer = found.of_hour(hour.id)["answer"]
        rows.append([hour_cell(hour), answer["median"], answer["p90"], answer["cases"]])
    return Table(
        "speed", _("各期从提问到答复"), _("单位：分钟。只算办公时段内提的问题。"),
        [_("期数"), _("中位数"), _("九成数"), _("件数")], rows, "lines", (1, 2),
    )  # fmt: skip


def _satisfaction(found: Figures) -> Table:
    answers = statistics.satisfaction(found.whole())
    promises = statistics.satisfaction(found.whole(), "promise_ratings")
    levels = [str(level.label) for level in Satisfaction]
    rows: list[Sequence[Any]] = []
    if answers["levels"] or promises["levels"]:
        counted = [
            [one["count"] for one in voices["levels"]] or [None] * len(levels)
            for voices in (answers, promises)
        ]
        rows = [[label, *numbers] for label, *numbers in zip(levels, *counted, strict=True)]
        rows.append([_("满意率"), _share(found.whole()), _share(found.whole(), "promise_ratings")])
        rows.append([_("评价份数"), answers["cases"], promises["cases"]])
    return Table(
        "satisfaction", _("满意度"),
        _(
            "由提问人自己评价，改过的以最后一次为准。满意率＝非常满意、满意、基本满意之和除以评价总数。"
            "不满 %(least)s 份评价的不公布。"
        ) % {"least": statistics.LEAST_CASES},
        [_("评价"), _("对答复"), _("对承诺的办理结果")], rows,
    )  # fmt: skip


def promise_words() -> dict[str, str]:
    """What promises came to, in public words."""
    return {
        "made": _("作出承诺"),
        "kept": _("按期办结"),
        "kept_late": _("过期办结"),
        "open": _("办理中"),
        "late": _("其中已过期限"),
        "extended": _("延过期"),
        "ended": _("终止办理"),
    }


def _promises(found: Figures) -> Table:
    rows = [[hour_cell(hour), *statistics.promises(found.of_hour(hour.id)).values()] for hour in found.hours]
    words = promise_words()
    return Table(
        "promises", _("承诺兑现"),
        _("一份答复可以有几项承诺。过期以批准延期后的期限为准，期限当天不算过期；延过期的另外单列。被更正取代的承诺不计。"),
        [_("期数"), *(words[name] for name in ("made", "open", "late", "kept", "kept_late", "extended", "ended"))],
        rows, "stack", (2, 4, 5, 7),
    )  # fmt: skip


def _share(one: Tally, table: str = "ratings") -> str | None:
    share = statistics.satisfied(one, table)["share"]
    return None if share is None else f"{share * 100:.0f}%"


def _rates(one: Tally) -> list[Any]:
    """How satisfied askers are with answers and with promises, each with how many rated; no rate of fewer than five."""
    return [
        part
        for table in ("ratings", "promise_ratings")
        for part in (_share(one, table), statistics.satisfied(one, table)["cases"])
    ]


# What a row says of promises, the parts of :func:`promise_words`.
_KEPT = ("made", "kept", "kept_late", "late", "extended", "ended")


def _grouped(found: Figures, table: str, title: str, note: str) -> Table:
    rows_of = found.by(table)
    words = statistics.labels(table, rows_of)
    rows: list[Sequence[Any]] = []
    for key in statistics.ordered(table, rows_of):
        one = rows_of[key]
        measured = statistics.times(one)
        answer, act = measured["answer"], measured["act"]
        name = Cell(words.get(key, _("未注明")), f"/units/{key}/" if table == "unit" and key else "")
        kept = statistics.promises(one)
        rows.append([
            name, *_counted(one), answer["median"], answer["p90"], answer["cases"],
            *_rates(one), *(kept[part] for part in _KEPT), _days(act["median"]), act["cases"],
        ])  # fmt: skip
    names = promise_words()
    columns = [
        {"unit": _("单位"), "kind": _("类型"), "subject": _("类别")}[table], *ends_words().values(),
        _("答复中位数（分钟）"), _("答复九成数（分钟）"), _("答复计时件数"),
        _("答复满意率"), _("答复评价份数"), _("承诺满意率"), _("承诺评价份数"),
        *(names[part] for part in _KEPT), _("第一次行动中位数（天）"), _("有行动的承诺"),
    ]  # fmt: skip
    return Table(f"{table}s", title, note, columns, rows, "stack", (2, 3, 4, 5, 6, 7))


def _units(found: Figures) -> Table:
    note = _(
        "按单位名录的次序排列，不是名次：各单位收到的问题多少、难易都不同。问题算给主办答复的单位，承诺算给承办的单位。"
    )
    return _grouped(found, "unit", _("各单位"), note)


def _kinds(found: Figures) -> Table:
    return _grouped(found, "kind", _("提问类型"), _("由提问人选择，主持人可以更正。"))


def _subjects(found: Figures) -> Table:
    return _grouped(found, "subject", _("问题类别"), _("由主持人归类。"))


def _reasons(found: Figures) -> Table:
    rows = statistics.declined(found.whole())
    return Table(
        "reasons", _("没有受理的，为什么"),
        _("只公布原因和件数，不公布内容。提问人都会看到原因和办法，并可以申请复核一次。复核后重新受理的不计在内。"),
        [_("原因"), _("件数")], [[one["label"], one["count"]] for one in rows], "bars", (1,),
    )  # fmt: skip


def _ledger(found: Figures) -> Table:
    kept = statistics.ledger(found.whole())
    rows: list[Sequence[Any]] = [
        [_("未受理的问题"), kept["declined"]],
        [_("其中紧急转办"), kept["urgent"]],
        *([_("屏蔽中：%(reason)s") % {"reason": one["label"]}, one["count"]] for one in kept["covered"]),
        [_("屏蔽后恢复"), kept["restored"]],
        [_("未显示的评论"), kept["comments_declined"]],
        [_("显示的评论"), kept["comments_shown"]],
        [_("申请复核"), kept["appealed"]],
        [_("改为受理"), kept["reversed"]],
        [_("复核后维持"), kept["upheld"]],
        [_("单位退回、改送其他单位"), kept["returns"]],
        [_("签发人退回修改"), kept["sent_back"]],
        [_("答复更正"), kept["corrections"]],
    ]
    return Table(
        "ledger", _("审核台账"),
        _("没有显示的内容也要有账：多少、依据哪一类原因、有没有改回来。每一次都记在不能删改的记录里。"),
        [_("事项"), _("件数")], rows,
    )  # fmt: skip


TABLES: dict[str, Callable[[Figures], Table]] = {
    "ends": _ends, "years": _years, "times": _times, "speed": _speed, "satisfaction": _satisfaction,
    "promises": _promises, "acts": _acts, "units": _units, "kinds": _kinds, "subjects": _subjects, "reasons": _reasons,
    "ledger": _ledger,
}  # fmt: skip
# What one hour shows: its own row alone would be a chart of one bar.
_OF_SEVERAL = frozenset({"years", "speed"})
# A page lists the newest hours, two years of them; those before by their year, and all of them in the file.
_BY_HOUR = frozenset({"ends", "speed", "promises", "acts"})
MOST_HOURS = 12


def tables(found: Figures, names: Iterable[str] = tuple(TABLES)) -> list[Table]:
    """The tables that say something about this choice of hours."""
    several = len(found.hours) > 1
    years = len({statistics.year_of(hour) for hour in found.hours}) > 1
    newest = found.latest(MOST_HOURS)
    return [
        TABLES[name](newest if name in _BY_HOUR else found)
        for name in names
        if name not in _OF_SEVERAL or (years if name == "years" else several)
    ]


def sentence(one: Tally) -> list[tuple[str, int]]:
    """The one public sentence, as words and numbers."""
    return [(words, statistics.counts(one)[name]) for name, words in ends_words().items()]


def unit_table(found: Figures, unit_id: int) -> Table:
    """One unit's numbers in the newest hours, for those in which it had any."""
    rows: list[Sequence[Any]] = []
    newest = found.latest(MOST_HOURS)
    briefs = statistics.unit_briefs(newest, unit_id)
    for hour in newest.hours:
        one = briefs.get(hour.id)
        if one is not None:
            kept = statistics.promises(one)
            answer = one["answer"]
            parts = [kept[part] for part in _KEPT]
            rows.append([hour_cell(hour), *_counted(one), answer["median"], answer["cases"], *parts])
    names = promise_words()
    return Table(
        "hours", _("各期情况"), _("问题算给主办答复的单位，承诺算给承办的单位。"),
        [
            _("期数"), *ends_words().values(), _("答复中位数（分钟）"), _("答复计时件数"),
            *(names[part] for part in _KEPT),
        ],
        rows, "stack", (2, 3, 4, 5, 6, 7),
    )  # fmt: skip


def unit_facts(one: Tally) -> list[tuple[str, str]]:
    """What is said of a unit in a few lines; what nobody can say yet is left out."""
    measured, kept = statistics.times(one), statistics.promises(one)
    facts = [(words, str(kept[name])) for name, words in promise_words().items() if kept["made"]]
    for name, words in (("answer", _("从提问到答复，中位数")), ("act", _("承诺后第一次行动，中位数"))):
        if measured[name]["cases"]:
            facts.append((words, spoken(measured[name]["median"], measured[name]["cases"])))
    for table, name in (("ratings", _("答复满意率")), ("promise_ratings", _("承诺满意率"))):
        voices = statistics.satisfied(one, table)
        if voices["share"] is not None:
            words = _("%(share)s（%(cases)s 份评价）")
            facts.append((name, words % {"share": f"{voices['share']:.0%}", "cases": voices["cases"]}))
    return facts


def spoken(minutes: float, cases: int) -> str:
    """A time as people say it, with the number of cases."""
    if minutes < 120:  # noqa: PLR2004 - two hours
        words = _("%(n)s 分钟（%(cases)s 件）") % {"n": f"{minutes:g}", "cases": cases}
    elif minutes < 48 * 60:
        words = _("%(n)s 小时（%(cases)s 件）") % {"n": round(minutes / 60), "cases": cases}
    else:
        words = _("%(n)s 天（%(cases)s 件）") % {"n": round(minutes / MINUTES_A_DAY), "cases": cases}
    return words
