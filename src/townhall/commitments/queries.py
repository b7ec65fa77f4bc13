"""What staff see of promises: a unit its own, leaders what waits for them, the inspector all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.commitments import clocks, flow, parties, rules
from townhall.commitments.choices import (
    SOON_WORKDAYS,
    STANDING,
    EndReason,
    ExtensionReason,
    Handling,
    Level,
    RequestState,
    State,
    Template,
)
from townhall.commitments.models import Commitment, Proof, Request, Step
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.kernel import clock, workdays
from townhall.kernel.errors import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from django.db.models import QuerySet

    from townhall.commitments.parties import Hand
    from townhall.documents.models import Upload
    from townhall.people.models import Account

PER_PAGE = 30
LEADERS = frozenset({Role.MAYOR.value, Role.DEPUTY.value})
INSPECTOR = frozenset({Role.INSPECTOR.value})


@dataclass(frozen=True, slots=True)
class View:
    """One list of the desk.

    :param key: what stands in the address
    :param empty: what the list says when nothing is on it
    """

    key: str
    label: Any
    rule: Callable[[Hand], Q]
    empty: Any
    order: tuple[str, ...] = ("due", "id")


def _waits() -> Exists:
    return Exists(Request.objects.filter(commitment=OuterRef("id"), state=RequestState.WAITING))


def _soon(_hand: Hand) -> Q:
    today = clock.today()
    return Q(state=State.OPEN, due__gte=today, due__lte=clocks.workdays_ahead(today, SOON_WORKDAYS))


def _silent(_hand: Hand) -> Q:
    return Q(state=State.OPEN, quiet_since__lt=clock.now() - timedelta(days=silent_days()))


def silent_days() -> int:
    """After how many days without news a promise counts as silent; the office says."""
    return rules.numbers()["silent"]


def _mine(hand: Hand) -> Q:
    unit = hand.unit_id or 0
    # Asked of each row: a list of all that ever was a unit's would be gathered only to show its first page.
    helping = Commitment.assisting.through.objects.filter(unit_id=unit, commitment_id=OuterRef("id"))
    return Q(unit_id=unit) | Q(Exists(helping))


_OWN = (
    View("mine", gettext_lazy("本单位待办"), lambda hand: Q(state=State.OPEN) & _mine(hand),
         gettext_lazy("本单位现在没有待办的承诺。答复里作出的承诺签发后会出现在这里。")),
    View("mine_reported", gettext_lazy("已报结"),
         lambda hand: Q(state__in=[State.REPORTED, State.VERIFIED]) & _mine(hand),
         gettext_lazy("没有等待核查的承诺。")),
    # Said the other way round: nearly all promises are over, so the newest are found by day and not by state.
    View("mine_done", gettext_lazy("本单位已办结"),
         lambda hand: ~Q(state__in=[*STANDING, State.REPLACED]) & _mine(hand),
         gettext_lazy("还没有办结的承诺。"), ("-due", "-id")),
)  # fmt: skip
_DECISIONS = (
    View("requests", gettext_lazy("待批申请"), lambda _hand: Q(state=State.OPEN) & Q(_waits()),
         gettext_lazy("没有等待批准的延期或终止申请。")),
)  # fmt: skip
_INSPECTION = (
    View("late", gettext_lazy("逾期"), lambda _hand: clocks.late_filter(clock.today()),
         gettext_lazy("没有逾期的承诺。")),
    View("soon", gettext_lazy("即将到期"), _soon, gettext_lazy("五个工作日内没有到期的承诺。")),
    View("waiting", gettext_lazy("待核查"), lambda _hand: Q(state__in=[State.REPORTED, State.VERIFIED]),
         gettext_lazy("没有等待核查的承诺。")),
    View("silent", gettext_lazy("久无进展"), _silent,
         gettext_lazy("没有久无进展的承诺。"), ("quiet_since", "id")),
    View("words", gettext_lazy("原话已变"), lambda _hand: Q(state__in=STANDING, words_stand=False),
         gettext_lazy("所有承诺的原话都在答复里。")),
    View("all", gettext_lazy("全部在办"), lambda _hand: Q(state__in=STANDING), gettext_lazy("没有在办的承诺。")),
    View("done", gettext_lazy("已办结和终止"), lambda _hand: ~Q(state__in=[*STANDING, State.REPLACED]),
         gettext_lazy("还没有办结的承诺。"), ("-due", "-id")),
)  # fmt: skip


def views(hand: Hand) -> list[View]:
    """The lists this person has, the one to begin with first."""
    found: list[View] = []
    if hand.anywhere & INSPECTOR:
        found += [*_INSPECTION[:2], _INSPECTION[2], *_DECISIONS, *_INSPECTION[3:]]
    elif hand.anywhere & LEADERS:
        found += [*_DECISIONS, _INSPECTION[0], _INSPECTION[5], _INSPECTION[6]]
    if hand.unit_id is not None and not hand.anywhere:
        found += _OWN
    return found


def _rows() -> QuerySet[Commitment]:
    return Commitment.objects.exclude(hour_id__in=OfficeHour.objects.filter(rehearsal=True).values("id"))


def counts(hand: Hand) -> dict[str, int]:
    """How much stands on each list that is not history, in one query."""
    shown = [view for view in views(hand) if view.key not in {"done", "mine_done"}]
    if not shown:
        return {}
    rows = _rows().filter(state__in=STANDING)
    return rows.aggregate(**{view.key: Count("id", filter=view.rule(hand)) for view in shown})


def waiting_for(hand: Hand) -> int:
    """How much waits for this person: promises of the unit, decisions, verifications; for the first page."""
    found = counts(hand)
    return sum(found.get(key, 0) for key in ("mine", "requests" if hand.anywhere & LEADERS else "waiting"))


def listed(hand: Hand, key: str, page: int = 1) -> tuple[View, list[dict[str, Any]], bool]:
    """One list: the view, its rows, and whether there are more.

    :raises Refused: 404 for a list this person does not have
    """
    view = next((one for one in views(hand) if one.key == key), None)
    if view is None:
        raise missing(_("没有这个列表。"))
    start = (max(page, 1) - 1) * PER_PAGE
    rows = _rows().filter(view.rule(hand)).select_related("unit").prefetch_related("requests__asked_by")
    found = parties.with_assisting(rows.order_by(*view.order)[start : start + PER_PAGE + 1])
    silent = silent_days()
    return view, [_row(hand, one, silent) for one in found[:PER_PAGE]], len(found) > PER_PAGE


def _row(hand: Hand, one: Commitment, silent: int) -> dict[str, Any]:
    today = clock.today()
    request = flow.waiting_request(one)
    return {
        "commitment": one,
        "unit": worded(one.unit, "name"),
        "assisting": [worded(unit, "name") for unit in parties.assisting(one)],
        "late": clocks.is_late(one, today),
        "days": abs(clocks.days_over(one, today)),
        "over": clocks.days_over(one, today) > 0,
        "over_prescribed": clocks.over_prescribed(one, today),
        "kept": clocks.kept(one),
        "silent": (today - clock.local(one.quiet_since).date()).days,
        "request": request,
        "template": usual_template(one, today, silent),
        "may_chase": bool(hand.roles(one) & INSPECTOR) and one.state == State.OPEN,
    }


def usual_template(one: Commitment, today: date, silent: int) -> str:
    """What a chase of this promise says, unless a person chooses otherwise.

    :param silent: see :func:`silent_days`
    """
    if one.reworks and one.due >= today:
        return Template.REWORK.value
    if one.due < today:
        return Template.LATE.value
    return Template.SILENT.value if clock.now() - one.quiet_since > timedelta(days=silent) else (
        Template.DUE_SOON.value
    )  # fmt: skip


def detail(hand: Hand, commitment_id: int) -> dict[str, Any]:
    """One promise with its whole history and what this person may do.

    :raises Refused: 404 when there is none, or none for this person
    """
    rows = Commitment.objects.select_related("unit", "replaces").prefetch_related("requests")
    one = rows.filter(id=commitment_id).first()
    if one is None or not _may_see(hand, one):
        raise missing(_("没有这项承诺，或它不属于您的单位。"))
    steps = list(one.steps.select_related("by", "unit").prefetch_related("proofs__upload"))
    return _row(hand, one, silent_days()) | {
        "moves": flow.moves(hand, one),
        "steps": [step for step in steps if step.verb != "cover_picture"],
        "levels": [(value, str(label)) for value, label in Level.choices if value > one.level],
    }


def _may_see(hand: Hand, one: Commitment) -> bool:
    return bool(hand.roles(one))


def reads_proof(account: Account, upload: Upload) -> bool:
    """Whether this person may read a file that belongs to a promise."""
    proof = Proof.objects.select_related("step__commitment").filter(upload=upload).first()
    if proof is None:
        return False
    hand = parties.hand_of(account)
    return hand is not None and _may_see(hand, proof.step.commitment)


def off_day(day: date | None) -> str:
    """What is pointed out of a new day before a leader approves it: nobody works then, or it is not known yet."""
    works = workdays.is_workday(day) if day else True
    if works is None:
        return _("这一年的放假安排还没有公布，请留意这一天是不是工作日。")
    return "" if works else _("这一天不是工作日。")


def question_ids(rows: Iterable[dict[str, Any]]) -> set[int]:
    """The questions these rows belong to."""
    return {row["commitment"].question_id for row in rows}


def heading(step: Step) -> str:
    """What a step is called in the staff's history."""
    if step.verb in flow.MOVES:
        return str(flow.MOVES[step.verb].label)
    return {
        "made": _("作出承诺"),
        "replaced": _("答复已更正"),
        "amended": _("答复已更正：协办单位或办理方式有变"),
    }.get(step.verb, step.verb)


def reason(code: str) -> str:
    """A reason, a template or a kind of handling in words; a code of another room's list stays as it is."""
    for words in (ExtensionReason, EndReason, Handling, Template):
        if code in words.values:
            return str(words(code).label)
    return code
