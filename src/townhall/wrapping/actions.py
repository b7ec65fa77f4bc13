"""What people do after the hour, and what the clock does for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.turns import take_turn
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.preparation.inputs import Fields
from townhall.questions import visibility
from townhall.questions.choices import PENDING, Kind
from townhall.questions.models import Question
from townhall.wrapping import authorising, backlog, composing, covering, flow, handing
from townhall.wrapping.backlog import TELL
from townhall.wrapping.choices import MOST_DAYS, AuthorisationState, HandoverState, PaperKind, PaperState
from townhall.wrapping.models import MOST_REASON, Authorisation, Handover, Leftover, Limit, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor
    from townhall.wrapping.flow import Thing

__all__ = ["TELL", "keep_backlogs", "open_backlog", "perform", "set_limits"]

MOST_PAPER = 20_000


# -- by the clock -----------------------------------------------------------------------------------------


def open_backlog(hour: OfficeHour) -> None:
    """Whatever is open when the hour ends becomes a leftover; called inside the unit of work that wraps it."""
    backlog.open_for(hour, Question.objects.filter(hour=hour, status__in=PENDING).order_by("number"))


def keep_backlogs() -> int:
    """Bring every hour's leftovers in step with its questions; returns how many changed."""
    changed = 0
    for hour in backlog.hours_with_backlog():
        if not _out_of_step(hour):
            continue
        with unit_of_work():
            take_turn(hour.id)
            changed += backlog.keep(hour)
    return changed


def _out_of_step(hour: OfficeHour) -> bool:
    """One cheap look before anything is locked: a pending question without a running limit, or the other way round."""
    rows = Leftover.objects.filter(hour=hour)
    running = rows.exclude(state="settled")
    pending = Question.objects.filter(hour=hour, status__in=PENDING)
    return (
        running.exclude(question__status__in=PENDING).exists()
        or pending.exclude(id__in=running.values("question_id")).exists()
        or running.filter(due__lt=clock.today(), late_told_at=None).exists()
    )


# -- by people --------------------------------------------------------------------------------------------


def set_limits(actor: Actor, data: Mapping[str, Any]) -> None:
    """How many working days each kind of question has after the hour; holds for hours that end from now on.

    :raises Refused: 403 for anybody but the coordinator's office
    :raises InvalidFields: naming each number to mend
    """
    if Role.COORDINATOR not in actor.roles:
        raise Refused(FORBIDDEN, "seat", _("规定期限由区府办设定。"))
    errors: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    fields = Fields(data)
    for kind in ("", *Kind.values):
        name = f"days_{kind or 'usual'}"
        number = fields.integer(name)
        if number is None and kind and name not in fields.errors:
            continue
        if number is None or not 1 <= number <= MOST_DAYS:
            errors[name] = _("请填写 1 到 %(most)s 的工作日数。") % {"most": MOST_DAYS}
        else:
            numbers[kind] = number
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        Limit.objects.exclude(kind__in=numbers).delete()
        for kind, days in numbers.items():
            Limit.objects.update_or_create(kind=kind, defaults={"days": days})
        kinds = [numbers.get(kind, 0) for kind in Kind.values]
        record(
            DISTRICT_LINE, "leftover.limits_changed", actor=actor.account_id, usual=numbers[""], kinds=kinds
        )


_TABLES: dict[str, type[Thing]] = {verb: kind for kind, moves in flow.MOVES.items() for verb in moves}
_STARTS = frozenset({"authorise", "compile", "compose"})


def perform(actor: Actor, verb: str, thing_id: int | None, data: Mapping[str, Any]) -> Thing:
    """Do ``verb`` to something of the actor's hour. Checked in this order: 404, 403, 422, 409.

    :param thing_id: ``None`` for what begins with the verb (an authorisation, a list, a paper)
    :raises Refused: with the reason
    :raises InvalidFields: naming each field to mend
    """
    if verb not in _TABLES:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        take_turn(actor.hour_id)
        hour = OfficeHour.objects.get(id=actor.hour_id)
        thing = _found(actor, hour, verb, thing_id, data)
        _raise(flow.seat_refusal(actor, verb, thing))
        cleaned = _clean(actor, verb, thing, data)
        _raise(flow.state_refusal(actor, verb, thing))
        made = _HANDLERS[verb](actor, thing, cleaned)
        result = made if made is not None else thing
        target = flow.MOVES[type(thing)][verb].target
        if target and result is thing:
            thing.state = target
        if result is thing:
            thing.save()
    return result


def _found(actor: Actor, hour: OfficeHour, verb: str, thing_id: int | None, data: Mapping[str, Any]) -> Thing:
    if thing_id is None and verb in _STARTS:
        return _unborn(hour, verb, data)
    rows: Any = _TABLES[verb].objects.filter(hour=hour, id=thing_id or 0).select_for_update(of=("self",))
    if _TABLES[verb] is Leftover:
        reached = Question.objects.filter(visibility.reach_filter(actor))
        rows = rows.filter(question__in=reached).select_related("question")
    thing: Thing | None = rows.first()
    if thing is None:
        raise missing(_("没有这一项，或它不在您的范围内。"))
    thing.hour = hour
    return thing


def _unborn(hour: OfficeHour, verb: str, data: Mapping[str, Any]) -> Thing:
    """What does not exist yet, or the one that may be begun anew."""
    if verb == "authorise":
        return Authorisation(hour=hour, state=AuthorisationState.NONE)
    if verb == "compile":
        open_list = hour.handovers.exclude(state=HandoverState.SIGNED).first()
        return open_list or Handover(hour=hour, state=HandoverState.NONE)
    kind = str(data.get("kind") or "")
    newest = hour.closing_papers.filter(kind=kind).order_by("-number").first()
    return newest or Paper(hour=hour, kind=kind, state=PaperState.NONE, number=0)


def _clean(actor: Actor, verb: str, thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(thing, Leftover) and verb == "ask_extension":
        return backlog.clean_extension(data, thing)
    if verb == "authorise":
        return authorising.clean(actor, data)
    fields = Fields(data)
    found: dict[str, Any] = {}
    if verb == "compose":
        found["kind"] = fields.choice("kind", PaperKind.values)
    if verb == "save":
        found["text"] = fields.words("text", MOST_PAPER, required=True, one_line=False)
    if verb in {"refuse_extension", "return_list", "send_back_paper", "correct_paper"}:
        found["note"] = fields.words("note", MOST_REASON, required=True, one_line=False)
    elif verb == "approve_extension":
        found["note"] = fields.words("note", MOST_REASON, one_line=False)
    fields.done()
    return found


def _raise(found: Any) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def _compile(actor: Actor, thing: Any, cleaned: dict[str, Any]) -> Handover | None:
    known = thing.id is not None
    made = handing.compile_list(actor, thing.hour, thing if known else None)
    return None if known else made


def _compose(actor: Actor, thing: Any, cleaned: dict[str, Any]) -> Paper:
    hour, kind = thing.hour, cleaned["kind"]
    with translation.override("zh-hans"):
        text = composing.draft(hour, kind)
    return _begin(actor, hour, kind, text, None)


def _begin(actor: Actor, hour: OfficeHour, kind: str, text: str, reason: str | None) -> Paper:
    last = hour.closing_papers.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    paper = Paper.objects.create(
        hour=hour, kind=kind, number=last + 1, state=PaperState.DRAFT, text=text, author_id=actor.id, reason=reason,
        entries=composing.entries(hour) if kind == PaperKind.TRANSCRIPT else [], drafted_at=clock.now(),
    )  # fmt: skip
    _tell(actor, paper, "closing.composed")
    return paper


def _correct(actor: Actor, paper: Any, cleaned: dict[str, Any]) -> Paper:
    """A new version that begins with the signed words, less what nobody may read any more."""
    hidden = covering.hidden_lines([paper])[paper.id]
    lines = [line for place, line in enumerate(paper.text.split("\n")) if place not in hidden]
    return _begin(actor, paper.hour, paper.kind, "\n".join(lines), cleaned["note"])


def _save(actor: Actor, paper: Any, cleaned: dict[str, Any]) -> None:
    paper.text = cleaned["text"]
    paper.editors.add(actor.id)
    _tell(actor, paper, "closing.saved")


def _submit(actor: Actor, paper: Any, cleaned: dict[str, Any]) -> None:
    paper.submitted_at, paper.note = clock.now(), ""
    if paper.kind == PaperKind.TRANSCRIPT:  # what was answered while it lay on the desk belongs to it
        paper.entries = composing.entries(paper.hour)
    _tell(actor, paper, "closing.submitted", accounts=backlog.seated(paper.hour_id, Role.MAYOR, Role.DEPUTY))


def _send_back(actor: Actor, paper: Any, cleaned: dict[str, Any]) -> None:
    paper.submitted_at, paper.note = None, cleaned["note"]
    _tell(actor, paper, "closing.returned", accounts=[paper.author_id])


def _sign(actor: Actor, paper: Any, cleaned: dict[str, Any]) -> None:
    paper.signed_by_id, paper.signed_at = actor.id, clock.now()
    paper.signed_as = Role.MAYOR if Role.MAYOR in actor.roles else Role.DEPUTY
    _tell(actor, paper, "closing.signed")
    before = Paper.objects.filter(
        hour=paper.hour_id, kind=paper.kind, number__lt=paper.number, state=PaperState.SIGNED
    )
    old = before.order_by("-number").first()
    if paper.reason and old is not None:
        _tell(actor, old, "closing.corrected", into=paper.id)


def _tell(actor: Actor, paper: Paper, kind: str, **facts: Any) -> None:
    record(
        paper.hour_id, kind, actor=actor.account_id, subject="closing", subject_id=paper.id, paper=paper.kind,
        version=paper.number, **facts,
    )  # fmt: skip


_HANDLERS: dict[str, Callable[[Actor, Any, dict[str, Any]], Thing | None]] = {
    "ask_extension": backlog.ask_extension,
    "approve_extension": lambda actor, one, data: backlog.decide(actor, one, data["note"], granted=True),
    "refuse_extension": lambda actor, one, data: backlog.decide(actor, one, data["note"], granted=False),
    "chase": lambda actor, one, data: backlog.chase(actor, one),
    "authorise": lambda actor, one, data: authorising.authorise(actor, one.hour, data),
    "end_authorisation": lambda actor, one, data: authorising.end(actor, one),
    "compile": _compile,
    "hand_over": lambda actor, one, data: handing.hand_over(actor, one),
    "return_list": lambda actor, one, data: handing.return_list(actor, one, data["note"]),
    "sign_for": lambda actor, one, data: handing.sign_for(actor, one),
    "compose": _compose,
    "correct_paper": _correct,
    "save": _save,
    "submit_paper": _submit,
    "send_back_paper": _send_back,
    "sign_paper": _sign,
}  # fmt: skip
