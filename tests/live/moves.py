"""Every move whose outcome the public sees: where it starts from, how people make it, and what the journal says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.commitments.conftest import Promises
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER, START
from tests.observers.conftest import opening, wall
from tests.plans.conftest import Office
from townhall.commitments.models import Commitment
from townhall.hours import planning
from townhall.kernel import clock
from townhall.observers import actions as observers
from townhall.people import actions as people
from townhall.preparation import publicity
from townhall.questions import citizen_actions, remarks
from townhall.venues import actions as venues

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District
    from townhall.questions.models import Question

DAYS_BEFORE = timedelta(days=-10)


@dataclass(frozen=True)
class Move:
    """One public move.

    :param told: the kinds of entries that it leaves, of those that viewers hear of
    :param status: of the question with which it starts
    :param do: the move itself
    :param earlier: what has happened before the page was loaded
    :param stage: of the hour with which it starts
    :param at: when it happens, counted from the start of the hour
    """

    told: str
    status: str
    do: Callable[[District, Question], object]
    earlier: Callable[[District, Question], object] = lambda _live, _question: None
    stage: str = "live"
    at: timedelta = timedelta(minutes=20)


def promise(live: District, question: Question) -> None:
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised",
              commitments=[{"text": "完成大门改造", "due": "2026-12-15"}])  # fmt: skip
    question = live.does("lead1", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)


def correct(live: District, question: Question) -> None:
    question = live.does("lead1", "correct", question, text=GOOD_ANSWER + "（更正：9月2日）", note="日期写错")
    live.does("deputy", "sign", question, version=question.draft_version)


def _change_and_sign(live: District, question: Question) -> None:
    question = live.does(
        "mayor", "change", question, version=question.draft_version, text=GOOD_ANSWER + "请放心。"
    )
    live.does("mayor", "sign", question, version=question.draft_version)


def _sign_on_paper(live: District, question: Question) -> None:
    version, signer = question.draft_version, live.accounts["mayor"].username
    when = clock.now().isoformat()
    live.does("clerk", "enter_paper", question, version=version, signer=signer, signed_at=when)
    live.does("moderator", "confirm_paper", question, version=version)


def _comment(live: District, question: Question) -> None:
    row = citizen_actions.comment(question.id, {"display_name": "路人", "text": "说得明白。"})
    remarks.screen_comment(live.actor("moderator"), "accept", row.id)


def _remove_comment(live: District, question: Question) -> None:
    shown = question.remarks.get()
    remarks.remove_comment(live.actor("editor"), shown.id, {"code": "infringement"})


def _clarify(live: District, question: Question, **more: Any) -> None:
    words = {"rumour": "幼儿园要停办", "fact": "照常开园。", "source": "区教育局", "dated": "2026-11-29"}
    row = remarks.draft_clarification(live.actor("moderator"), words | more)
    remarks.sign_clarification(live.actor("deputy"), row.id)


def _correct_rumour(live: District, question: Question) -> None:
    _clarify(live, question, fact="九月二日开园。", corrects=live.hour.clarifications.get().id)


def _covers(name: str, verb: str, **data: Any) -> Callable[[District, Question], object]:
    """The move of a person who covers the hour's one clarification."""
    return lambda live, _question: remarks.cover_clarification(
        live.actor(name), verb, live.hour.clarifications.get().id, data
    )


def _cover_rumour(live: District, question: Question) -> None:
    _clarify(live, question)
    _covers("moderator", "withhold", code="infringement")(live, question)


def _confirm(live: District, question: Question) -> None:
    live.does("moderator", "withhold", question, code="minor")
    live.does("coordinator", "confirm_withhold", question)


def _return(live: District, question: Question) -> None:
    live.does("lead1", "return", question, reason_code="not_ours", proposed_unit=live.units[1].id)


def _merge(live: District, question: Question) -> None:
    answered = live.hour.questions.get(status="published")
    live.does("moderator", "merge", question, into=answered.id)


def _owed(live: District, question: Question) -> Promises:
    """An answer that promises something; the inspector's office has a second person."""
    promise(live, question)
    live.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(live.accounts["inspector2"], "inspector")
    return Promises(live)


def _of(question: Question) -> Commitment:
    return Commitment.objects.get(question_id=question.id)


def _kept(state: str, then: Callable[[Promises, Commitment], object] | None = None) -> Callable[..., object]:
    """Before: the question's promise, brought to a state."""

    def earlier(live: District, question: Question) -> None:
        promises = _owed(live, question)
        promises.walk(state, _of(question))
        if then is not None:
            then(promises, _of(question))

    return earlier


def _keeps(name: str, verb: str, **data: Any) -> Callable[..., object]:
    """The move of a person who has to do with the question's promise."""
    return lambda live, question: Promises(live).does(name, verb, _of(question), **data)


def _ask_later(promises: Promises, one: Commitment) -> None:
    promises.does("member1", "ask_extension", one, due="2027-01-20", reason_code="procedure",
                  text="公示期未满，须等到明年一月。")  # fmt: skip


def _propose_end(promises: Promises, one: Commitment) -> None:
    promises.does("member1", "propose_end", one, reason_code="fallen_away", text="学校已搬迁。")


def _dispute(live: District, question: Question) -> None:
    Promises(live).dispute(_of(question))


def _appeal(live: District, question: Question) -> None:
    live.does("moderator", "decline", question, code="unrelated")
    citizen_actions.appeal(live.receipt(question), {"text": "请再看一看。"})


def _reopen(live: District, question: Question) -> None:
    live.does("moderator2", "reopen", question, note="看错了")


def _edit_words(live: District, _question: Question) -> None:
    planning.edit_words(
        live.hour, opening_words="各位网友，大家晚上好。", introduction="本期谈入园。\n欢迎提问。"
    )


def _introduce(live: District, _question: Question) -> None:
    leaders = [{"name": "陆区长", "office": "区长", "remit": "主持区政府全面工作", "photo": "/files/9"}]
    planning.introduce(live.hour, leaders, [{"title": "入园政策", "summary": "三岁起"}])


def _close_later(live: District, _question: Question) -> None:
    publicity.edit(live.actor("coordinator"), {
        "introduction": live.hour.introduction, "asking_closes_at": "2026-11-27T17:00",
        "leader_name-0": "mayor甲", "leader_office-0": "区长"})  # fmt: skip


def _open_venue(live: District, _question: Question) -> None:
    venues.perform(live.actor("coordinator"), "add", None, {
        "name": "莘桥镇分会场", "address": "莘桥镇人民路8号三楼", "is_public": "on"})  # fmt: skip


def _approve_plan(live: District, _question: Question) -> None:
    Office(live).to("approved")


def _invite_observers(live: District, _question: Question) -> None:
    observers.perform(live.actor("coordinator"), "open", opening())


def _invite_at_once(live: District, _question: Question) -> None:
    closes = wall(START + DAYS_BEFORE - timedelta(minutes=5))
    observers.perform(live.actor("coordinator"), "open", opening(closes_at=closes))


def _close_observers(live: District, _question: Question) -> None:
    observers.perform(live.actor("coordinator"), "close", {})


MOVES: dict[str, Move] = {
    "accept": Move("question.accepted", "received", lambda live, q: live.does("moderator", "accept", q)),
    "assign": Move("question.assigned", "accepted", lambda live, q: live.does("moderator", "assign", q, lead=live.groups[0].id)),
    "reroute": Move("question.assigned", "assigned", lambda live, q: live.does("moderator", "assign", q, lead=live.groups[2].id)),
    "designate": Move("question.designated", "assigned", lambda live, q: live.does("coordinator", "designate", q, lead=live.groups[1].id)),
    "return": Move("question.returned", "assigned", _return),
    "submit": Move("question.submitted", "assigned", lambda live, q: (
        live.does("member1", "draft", q, text=GOOD_ANSWER, outcome="answered"), live.does("lead1", "submit", q))),
    "take back": Move("question.drafted", "submitted", lambda live, q: live.does("member1", "draft", q, text=GOOD_ANSWER, outcome="answered")),
    "send back": Move("question.sent_back", "submitted", lambda live, q: live.does("mayor", "send_back", q, note="再想想")),
    "sign": Move("question.signed", "submitted", lambda live, q: live.does("mayor", "sign", q, version=q.draft_version)),
    "sign on paper": Move("question.signed", "submitted", _sign_on_paper),
    "change and sign": Move("question.signed", "submitted", _change_and_sign),
    "promise": Move("question.submitted question.signed", "assigned", promise),
    "correct": Move("question.signed", "published", correct),
    "withhold": Move("question.withheld", "published", lambda live, q: live.does("moderator", "withhold", q, code="personal_data")),
    "withhold in the archive": Move("question.withheld", "published", lambda live, q: live.does("coordinator", "withhold", q, code="minor"), stage="archived"),
    "confirm the withholding": Move("question.withheld question.withhold_confirmed", "published", _confirm),
    "restore": Move("question.restored", "published", lambda live, q: live.does("moderator", "restore", q, note="看错了"),
        earlier=lambda live, q: live.does("moderator", "withhold", q, code="minor")),
    "decline": Move("question.declined", "accepted", lambda live, q: live.does("moderator", "decline", q, code="unrelated")),
    "merge": Move("question.merged", "accepted", _merge),
    "edit": Move("question.edited", "accepted", lambda live, q: live.does("moderator", "edit", q, title="新的标题")),
    "split": Move("question.split question.accepted", "accepted", lambda live, q: live.does(
        "moderator", "split", q, parts=[{"title": "一", "text": "第一件事"}, {"title": "二", "text": "第二件事"}])),
    "urgent": Move("question.urgent", "assigned", lambda live, q: live.does("moderator", "urgent", q, handed_to="110")),
    "release": Move("question.urgent_released", "assigned", lambda live, q: live.does("moderator", "release", q),
        earlier=lambda live, q: live.does("moderator", "urgent", q, handed_to="110")),
    "withdraw": Move("question.withdrawn", "assigned", lambda live, q: citizen_actions.withdraw(live.receipt(q))),
    "support": Move("", "accepted", lambda live, q: citizen_actions.support(q.id, browser="one")),
    "comment": Move("comment.accepted", "published", _comment),
    "take down a comment": Move("comment.removed", "published", _remove_comment, earlier=_comment),
    "clarify": Move("clarification.signed", "accepted", _clarify),
    "correct a clarification": Move("clarification.signed clarification.corrected", "accepted", _correct_rumour, earlier=_clarify),
    "cover a clarification": Move("clarification.withheld", "accepted", _covers("mayor", "withhold", code="minor"), earlier=_clarify),
    "take down a clarification": Move("clarification.withhold_confirmed", "accepted", _covers("coordinator", "confirm_withhold"),
        earlier=_cover_rumour),
    "show a clarification again": Move("clarification.restored", "accepted", _covers("moderator", "restore"), earlier=_cover_rumour),
    "pause": Move("hour.paused", "accepted", lambda live, q: live.hour_does("pause", reason_code="backlog")),
    "resume": Move("hour.paused hour.resumed", "accepted", lambda live, q: (
        live.hour_does("pause", reason_code="backlog"), live.hour_does("resume"))),
    "extend": Move("hour.extended", "accepted", lambda live, q: live.hour_does("extend", minutes=20, reason_code="backlog")),
    "hold signing": Move("hour.signing_held", "accepted", lambda live, q: live.hour_does("hold_signing", reason_code="technical")),
    "release signing": Move("hour.signing_held hour.signing_released", "accepted", lambda live, q: (
        live.hour_does("hold_signing", reason_code="technical"), live.hour_does("release_signing"))),
    "wrap": Move("hour.wrapped", "accepted", lambda live, q: live.hour_does("wrap", reason_code="other")),
    "change signer": Move("hour.signer_changed", "accepted", lambda live, q: live.hour_does("change_signer", by="deputy", username="deputy")),
    "reopen": Move("question.reopened", "accepted", _reopen, earlier=_appeal),
    "open": Move("hour.opened question.released", "submitted", lambda live, _q: live.hour_does("open_live"), stage="preparing"),
    "postpone": Move("hour.postponed", "accepted", lambda live, _q: live.hour_does(
        "postpone", starts_at="2026-12-07T19:00:00+08:00", reason_code="technical"), stage="preparing", at=DAYS_BEFORE),
    "close asking": Move("hour.asking_closed", "accepted", lambda live, _q: live.hour_does("close_asking"), stage="announced",
        at=DAYS_BEFORE),
    "cancel": Move("hour.cancelled", "accepted", lambda live, _q: live.hour_does("cancel", reason_code="mourning"), stage="announced",
        at=DAYS_BEFORE),
    "archive": Move("hour.archived", "published", lambda live, _q: live.hour_does("archive"), stage="wrapping"),
    "edit the words": Move("hour.edited", "accepted", _edit_words),
    "introduce": Move("hour.edited", "accepted", _introduce, stage="announced", at=DAYS_BEFORE),
    "edit when asking closes": Move("hour.edited publicity.edited", "accepted", _close_later, stage="announced", at=DAYS_BEFORE),
    "open a venue": Move("venue.changed", "accepted", _open_venue, stage="announced", at=DAYS_BEFORE),
    "approve the plan": Move("plan.approved", "accepted", _approve_plan, stage="announced", at=DAYS_BEFORE),
    "invite observers": Move("observer.call_opened", "accepted", _invite_observers, stage="announced", at=DAYS_BEFORE),
    "close the call": Move("observer.call_closed", "accepted", _close_observers, earlier=_invite_at_once, stage="announced",
        at=DAYS_BEFORE),
    "progress": Move("commitment.progressed", "assigned", _keeps("member1", "progress", on="2026-11-30", text="图纸已出。"), earlier=_kept("open")),
    "ask for later": Move("commitment.extension_asked", "assigned", lambda live, q: _ask_later(Promises(live), _of(q)), earlier=_kept("open")),
    "extend a promise": Move("commitment.extended", "assigned", _keeps("deputy", "approve_extension"), earlier=_kept("open", _ask_later)),
    "refuse to extend": Move("commitment.extension_refused", "assigned", _keeps("mayor", "refuse_extension", text="请按期办好。"), earlier=_kept("open", _ask_later)),
    "report": Move("commitment.reported", "assigned", lambda live, q: Promises(live).report(_of(q)), earlier=_kept("open")),
    "verify": Move("commitment.verified", "assigned", _keeps("inspector", "verify"), earlier=_kept("reported")),
    "rework": Move("commitment.reworked", "assigned", _keeps("inspector", "rework", text="坡道还没有做。"), earlier=_kept("reported")),
    "close": Move("commitment.closed", "assigned", _keeps("inspector", "close", text="现场看过，已经改好。"), earlier=_kept("verified")),
    "end": Move("commitment.ended", "assigned", _keeps("mayor", "sign_end"), earlier=_kept("open", _propose_end)),
    "reopen a promise": Move("commitment.reopened", "assigned", _keeps("inspector2", "reopen", text="又坏了。"), earlier=_kept("closed")),
    "dispute": Move("commitment.disputed", "assigned", _dispute, earlier=_kept("closed")),
}  # fmt: skip
# What nobody sees on the hour's page: counts are weather, comments stand on the question's page, and some steps of a
# promise on its own alone.
UNSEEN = frozenset({"support", "take down a comment", "progress", "ask for later", "refuse to extend"})
