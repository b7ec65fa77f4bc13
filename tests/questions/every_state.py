"""One question in every status, with whatever each verb asks for besides status and stage."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from tests.fixtures import GOOD_ANSWER
from tests.questions.expected_flow import STATUSES
from townhall.hours.models import Seat
from townhall.kernel import clock
from townhall.questions.models import (
    Appeal,
    Convening,
    Decline,
    Question,
    UrgentHandover,
    Version,
    Withholding,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures import District
    from townhall.hours.seats import Actor


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards; the product may open its durable transactions."""
    block: Any = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@dataclass
class EveryState:
    """A live hour with one question in each status."""

    district: District
    ids: dict[str, int]

    def question(self, status: str, stage: str = "live") -> Question:
        """The question at ``status``, its hour thought to be at ``stage``."""
        rows = Question.objects.select_related(
            "hour", "hold__account", "unit", "lead", "appeal", "merged_into"
        )
        question = rows.get(id=self.ids[status])
        question.hour.stage = stage
        return question

    def actor(self, seat: str, stage: str = "live", **how: Any) -> Actor | None:
        """Who ``seat`` is in that stage."""
        from townhall.hours.seats import actor_for

        self.district.hour.stage = stage
        return actor_for(self.district.accounts[seat], self.district.hour, **how)


def make(district: District) -> EveryState:
    """Walk one question to each status; each has been accepted and assigned where its status allows it."""
    ids = {status: district.walk(status).id for status in STATUSES}
    # A merged and a withdrawn question may have been anybody's before: their group is known too.
    Question.objects.filter(id__in=ids.values(), lead=None).exclude(id=ids["received"]).update(
        lead=district.groups[0], unit=district.units[0], accepted_at=clock.now()
    )
    for question in Question.objects.filter(id__in=ids.values()):
        question.lead = district.groups[0]
        question.unit = district.units[0]
        question.save()
        question.assisting.set([district.groups[1]])
    district.authorise()
    return EveryState(district, ids)


def prepare(states: EveryState, verb: str, *statuses: str) -> None:
    """Give the questions at these statuses (or all) what the verb needs besides status and stage.

    Somebody without a seat has done it, so that nobody's own act stands in the way.
    """
    accounts = states.district.accounts
    wanted = [states.ids[status] for status in statuses or STATUSES]
    for question in Question.objects.filter(id__in=wanted):
        _prepare(question, verb, accounts["assistant" if verb == "submit" else "stranger"])
        question.save()


def _prepare(question: Question, verb: str, by: Any) -> None:
    now = clock.now()
    if verb in {"confirm_withhold", "restore"}:
        Withholding.objects.create(question=question, code="minor", by=by, at=now)
        question.withheld = "pending"
    elif verb == "release":
        UrgentHandover.objects.create(question=question, handed_to="110", by=by, at=now)
        question.urgent = True
    elif verb == "close_convening":
        Convening.objects.create(question=question, by=by, at=now)
    elif verb in {"confirm_decline", "uphold"}:
        Decline.objects.create(question=question, code="petition", by=by, at=now, needs_confirmation=True)
        if verb == "uphold":
            Appeal.objects.create(question=question, text="请再看一次", at=now)
    elif verb in {"sign", "submit", "change", "send_back", "review", "enter_paper", "confirm_paper"}:
        last = question.versions.order_by("-number").first()
        version = Version.objects.create(
            question=question, number=(last.number if last else 0) + 1, text=GOOD_ANSWER, outcome="answered",
            author=by, unit=question.unit, drafted_at=now, correction=question.status == "published",
        )  # fmt: skip
        question.draft_version = version.number
        if verb == "confirm_paper":
            signer = Seat.objects.get(hour=question.hour, role="mayor").account
            version.paper_signer, version.paper_signed_at = signer, now
            version.paper_entered_by, version.paper_entered_at = by, now
            version.save()


def fields(states: EveryState, verb: str, question: Question) -> dict[str, Any]:
    """Good fields for the verb."""
    district = states.district
    open_ones = Question.objects.filter(hour=district.hour, status__in=["assigned", "submitted"])
    target = open_ones.exclude(id=question.id)[0]
    groups, units = district.groups, district.units
    known: dict[str, dict[str, Any]] = {
        "decline": {"code": "urgent" if question.urgent else "unrelated", "handed_to": "110",
                    "handed_at": clock.now().isoformat()},
        "edit": {"title": "新的标题"},
        "split": {"parts": [{"title": "甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}]},
        "merge": {"into": target.id},
        "assign": {"lead": groups[2].id},
        "designate": {"lead": groups[2].id},
        "return": {"reason_code": "lacks_facts"},
        "contribute": {"text": "协办意见"},
        "draft": {"text": GOOD_ANSWER, "outcome": "answered"},
        "change": {"version": question.draft_version, "text": GOOD_ANSWER + "欢迎来电。"},
        "review": {"version": question.draft_version},
        "sign": {"version": question.draft_version},
        "enter_paper": {"version": question.draft_version, "signer": district.accounts["mayor"].username,
                        "signed_at": clock.now().isoformat()},
        "confirm_paper": {"version": question.draft_version},
        "correct": {"text": GOOD_ANSWER + "更正。"},
        "withhold": {"code": "minor"},
        "convene": {"units": [units[2].id]},
        "close_convening": {"result": "已商定", "present": "三个单位"},
        "flag": {"about_official": True},
        "note": {"text": "内部备注"},
    }  # fmt: skip
    return known.get(verb, {})
