"""The groups', the assistant's and the signers' moves: draft, submit, send back, change, sign, correct."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _

from townhall.commitments import actions as commitments
from townhall.hours.choices import Role
from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.questions import answer_check, signatures, visibility
from townhall.questions.choices import Outcome, SignedAs, Status
from townhall.questions.findings import on_promises
from townhall.questions.models import Contribution, Question, Version, in_full
from townhall.questions.moving import Told, remark, restart_wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from townhall.hours.seats import Actor


def _contribute(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    assisting = question.assisting.filter(id__in=actor.group_ids).values_list("id", flat=True)
    group_id = assisting[0]
    Contribution.objects.create(
        question=question, group_id=group_id, text=cleaned["text"], author_id=actor.id, at=clock.now()
    )
    return Told("question.contributed", {"group": group_id}, public=False)


def check(question: Question, answer: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer check's findings as they are stored with a version and shown to people.

    :param answer: the whole of it; places are counted in that
    """
    units = [place.name for place in question.lead.units.all()] if question.lead else []
    found = answer_check.check(answer, question.text, question.title, units)
    found_in_text = [
        {
            "code": one.code, "level": one.level, "message": str(one.message), "start": one.start, "end": one.end,
        }
        for one in found
    ]  # fmt: skip
    return found_in_text + on_promises(items, answer)


def _whole(cleaned: dict[str, Any]) -> str:
    return in_full(cleaned["text"], cleaned["progress"], cleaned["measures"])


def _held(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for finding in findings if finding["level"] == "held"]


def hold_back(findings: list[dict[str, Any]], override_reason: str) -> bool:
    """Refuse held text unless a reason is given; returns whether it was overridden.

    :raises Refused: 409 with the findings
    """
    held = _held(findings)
    if held and not override_reason:
        message = _("答复还没有实质内容，请补充事实、措施或日期；确需照此答复的，请填写理由。")
        raise Refused(CONFLICT, "held", message, findings=held)
    return bool(held)


def _next_number(question: Question) -> int:
    return (question.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _new_version(question: Question, actor: Actor, text: str, **fields: Any) -> Version:
    return Version.objects.create(
        question=question,
        number=_next_number(question),
        text=text,
        unit_id=question.unit_id,
        author_id=fields.pop("author_id", actor.id),
        drafted_at=clock.now(),
        **fields,
    )


def current(question: Question) -> Version:
    """The draft that the question stands at."""
    return question.versions.get(number=question.draft_version or 0)


def demand_current(question: Question, number: int | None) -> Version:
    """The draft, if it is still the one that was read.

    :raises Refused: 409 when somebody has changed the text since
    """
    if number != question.draft_version:
        message = _("答复已有新的版本（第 %(now)s 版），请看过后再操作。") % {"now": question.draft_version}
        raise Refused(CONFLICT, "version", message)
    return current(question)


def _draft(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    base = cleaned["base_version"]
    if base is not None and base != (question.draft_version or 0):
        message = _("别人已保存了第 %(now)s 版，请先看过再合并您的改动。") % {
            "now": question.draft_version or 0
        }
        raise Refused(CONFLICT, "version", message)
    taken_back = question.status == Status.SUBMITTED
    version = _new_version(
        question, actor, cleaned["text"], outcome=cleaned["outcome"], commitments=cleaned["commitments"],
        verdict=cleaned["verdict"], verdict_reason=cleaned["verdict_reason"], progress=cleaned["progress"],
        measures=cleaned["measures"], findings=check(question, _whole(cleaned), cleaned["commitments"]),
    )  # fmt: skip
    question.draft_version = version.number
    if taken_back:
        question.submitted_at = None
        restart_wait(question)
    return Told(
        "question.drafted", {"version": version.number, "outcome": version.outcome}, public=taken_back
    )


def reviewer_of(question: Question) -> int | None:
    """The group's named reviewer (保密审查), else its lead."""
    if question.lead is None:
        return None
    if question.lead.secrecy_reviewer_id:
        return question.lead.secrecy_reviewer_id
    seats = Seat.objects.filter(hour_id=question.hour_id, group=question.lead, active=True)
    lead = seats.filter(role=Role.LEAD).values_list("account_id", flat=True).first()
    return lead or seats.values_list("account_id", flat=True).first()


def _submit(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    version = current(question)
    version.findings = check(question, version.whole, version.commitments)
    overridden = hold_back(version.findings, cleaned["override_reason"])
    version.override_reason = cleaned["override_reason"] if overridden else ""
    version.secrecy_reviewer_id = reviewer_of(question)
    version.submitted_at = clock.now()
    version.save()
    question.submitted_at = clock.now()
    restart_wait(question)
    return Told("question.submitted", {"version": version.number, "overridden": overridden})


def _send_back(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    version = current(question)
    version.sent_back_at = clock.now()
    version.sent_back_note = cleaned["note"]
    version.reviewed_by_id = version.reviewed_at = None
    version.save()
    question.submitted_at = None
    restart_wait(question)
    remark(actor, question, "send_back", cleaned["note"])
    return Told("question.sent_back", {"version": version.number})


def _change(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """A signer's new words: the drafter stays the author, both texts are kept."""
    before = demand_current(question, cleaned["version"])
    whole = in_full(cleaned["text"], before.progress, before.measures)
    findings = check(question, whole, before.commitments)
    overridden = hold_back(findings, cleaned["override_reason"])
    version = _new_version(
        question, actor, cleaned["text"], outcome=before.outcome, commitments=before.commitments,
        verdict=before.verdict, verdict_reason=before.verdict_reason, progress=before.progress,
        measures=before.measures, drafted_text=before.drafted_text or before.text, author_id=before.author_id,
        amended_by_id=actor.id, findings=findings, secrecy_reviewer_id=before.secrecy_reviewer_id,
        submitted_at=before.submitted_at, override_reason=cleaned["override_reason"] if overridden else "",
    )  # fmt: skip
    question.draft_version = version.number
    facts = {"version": version.number, "account": version.author_id}
    return Told("question.changed", facts, public=False)


def _review(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """Mark this very version as read and agreed; it is not signed by that, and any new version is unread again."""
    version = demand_current(question, cleaned["version"])
    version.reviewed_by_id = actor.id
    version.reviewed_at = clock.now()
    version.save()
    return Told("question.reviewed", {"version": version.number}, public=False)


def signing_office(actor: Actor) -> str:
    """In which office this person signs: always their own."""
    if Role.MAYOR in actor.roles:
        return SignedAs.MAYOR.value
    return SignedAs.DEPUTY.value if Role.DEPUTY in actor.roles else SignedAs.AUTHORISED.value


def _sign(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """Sign and so publish: the one solemn act."""
    version = demand_current(question, cleaned["version"])
    findings = check(question, version.whole, version.commitments)
    overridden = hold_back(findings, cleaned["override_reason"])
    version.findings = findings
    version.sign_override_reason = cleaned["override_reason"] if overridden else ""
    told = publish(
        question, version, actor, {"device": actor.standing.device_id, "means": actor.standing.means}
    )
    signatures.keep(actor, question, version)
    return told


def publish(question: Question, version: Version, signer: Actor, facts: dict[str, Any]) -> Told:
    """Make this version the signed one, now.

    :param signer: whose signature it is
    :param facts: for the entry, beside the usual ones
    """
    version.signed_by_id = signer.id
    version.signed_as = signing_office(signer)
    version.signed_at = clock.now()
    version.save()
    question.published_version = version.number
    question.outcome = version.outcome
    question.published_at = question.published_at or _in_order(question, version.signed_at)
    restart_wait(question)
    question.status = Status.PUBLISHED
    overridden = bool(version.sign_override_reason)
    told = Told(
        "question.signed",
        {
            "version": version.number, "office": version.signed_as, "outcome": version.outcome,
            "overridden": overridden, "verdict": version.verdict, **facts,
        },
    )  # fmt: skip
    shown = visibility.is_public(question, question.hour)
    if version.commitments or version.correction:
        told.afterwards.append(
            partial(
                commitments.make,
                commitments.Signature(
                    question.hour_id,
                    question.id,
                    version.number,
                    signer.id,
                    version.whole,
                    public=shown,
                    subject=question.subject,
                    area=question.area,
                ),
                version.commitments,
            )
        )
    return told


def _in_order(question: Question, moment: datetime) -> datetime:
    """When an answer counts as published: never before an earlier one, also when the clock was set back."""
    last = Question.objects.filter(hour_id=question.hour_id).aggregate(last=Max("published_at"))["last"]
    return moment if last is None or last < moment else last + timedelta(microseconds=1)


def _correct(actor: Actor, question: Question, cleaned: dict[str, Any]) -> Told:
    """Draft a correction of a signed answer; what was signed stays as it was."""
    before = question.versions.get(number=question.published_version or 0)
    items = cleaned["commitments"] or before.commitments
    version = _new_version(
        question, actor, cleaned["text"], outcome=Outcome.PROMISED if items else Outcome.ANSWERED,
        commitments=items, verdict=before.verdict, verdict_reason=before.verdict_reason, correction=True,
        progress=cleaned["progress"], measures=cleaned["measures"],
        note=cleaned["note"], findings=check(question, _whole(cleaned), items),
        secrecy_reviewer_id=reviewer_of(question), submitted_at=clock.now(),
    )  # fmt: skip
    question.draft_version = version.number
    return Told("question.corrected", {"version": version.number}, public=False)


HANDLERS: dict[str, Callable[[Actor, Question, dict[str, Any]], Told]] = {
    "contribute": _contribute, "draft": _draft, "submit": _submit, "send_back": _send_back, "change": _change,
    "review": _review, "sign": _sign, "correct": _correct,
}  # fmt: skip
