"""What anybody may do who is named or harmed: ask for a correction or removal, follow it, take it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Max
from django.utils.translation import gettext as _

from townhall.commitments.models import Commitment
from townhall.history.models import PastQuestion
from townhall.hours.choices import PUBLIC_STAGES
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.keeping import retention
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.secrets import (
    encrypt,
    is_receipt,
    keyed_hash,
    make_nonce,
    make_receipt,
    receipt_digits,
)
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.people import identity
from townhall.preparation.inputs import Fields
from townhall.questions import published, visibility
from townhall.questions.models import Clarification, Comment, Question
from townhall.redress import erasing, flow
from townhall.redress.choices import Kind, Standing, State
from townhall.redress.models import THINGS, Case
from townhall.wrapping import limits
from townhall.wrapping import published as wrapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.wrapping.models import Paper

RECEIPT_PURPOSE = "redress-receipt"
MOST_WORDS, MOST_NAME, MOST_CONTACT = 2000, 40, 120
_TELEPHONE = re.compile(r"[0-9 +()\-]{7,20}\Z")


@dataclass(frozen=True, slots=True)
class Filed:
    """A stored request as who filed it learns of it."""

    receipt: str
    year: int
    number: int


@dataclass(frozen=True, slots=True)
class Subject:
    """The one public thing a request is about.

    A question asked here, perhaps a promise of it; an imported one; a clarification; a comment; or a closing paper.
    """

    question: Question | None = None
    commitment_id: int = 0
    past: PastQuestion | None = None
    clarification: Clarification | None = None
    comment: Comment | None = None
    paper: Paper | None = None

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """What may be asked for: a comment is its writer's word, which nobody else corrects."""
        return [(one.value, str(one.label)) for one in Kind if self.comment is None or one == Kind.REMOVE]

    @property
    def key(self) -> str:
        """Tells it from every other thing."""
        if self.past is not None:
            return f"past-{self.past.id}"
        if self.clarification is not None:
            return f"clarification-{self.clarification.id}"
        if self.comment is not None:
            return f"comment-{self.comment.id}"
        if self.paper is not None:
            return f"paper-{self.paper.id}"
        return f"{self.question.id if self.question else 0}"


def subject(
    question_id: int | None,
    commitment_id: int | None,
    past_id: int | None = None,
    clarification_id: int | None = None,
    comment_id: int | None = None,
    paper_id: int | None = None,
) -> Subject:
    """The public thing that a request is about.

    :raises Refused: 404 when it is not public
    """
    found = Subject()
    if past_id is not None:
        found = Subject(past=PastQuestion.objects.select_related("hour").filter(id=past_id).first())
    elif clarification_id is not None:
        found = Subject(clarification=_clarification(clarification_id))
    elif comment_id is not None:
        found = Subject(comment=_comment(comment_id))
    elif paper_id is not None:
        found = Subject(paper=wrapping.one_paper(paper_id))
    else:
        if commitment_id is not None:
            made = Commitment.objects.filter(id=commitment_id).values_list("question_id", flat=True)
            question_id = made.first()
        rows = Question.objects.filter(visibility.public_filter(), id=question_id or 0, hour__rehearsal=False)
        found = Subject(rows.select_related("hour").first(), commitment_id or 0)
    if all(getattr(found, thing) is None for thing in THINGS):
        raise missing(_("没有这个页面，或者它没有公开。"))
    return found


def _clarification(clarification_id: int) -> Clarification | None:
    """A signed clarification of a public hour; one that was taken down by law is nothing to ask about any more."""
    rows = Clarification.objects.filter(
        id=clarification_id, signed_at__isnull=False, confirmed_at=None, hour__rehearsal=False,
        hour__stage__in=PUBLIC_STAGES,
    )  # fmt: skip
    return rows.select_related("hour").first()


def _comment(comment_id: int) -> Comment | None:
    """A comment that anybody can read now."""
    if published.comment(comment_id) is None:
        return None
    rows = Comment.objects.filter(id=comment_id, question__hour__rehearsal=False)
    return rows.select_related("question__hour").first()


def about(case: Case) -> dict[str, Any]:
    """What the journal is told a case is about: ids only."""
    if case.past_id is not None:
        return {"past": case.past_id}
    if case.clarification_id is not None:
        return {"clarification": case.clarification_id}
    if case.comment_id is not None:
        return {"comment": case.comment_id}
    if case.paper_id is not None:
        return {"paper": case.paper_id}
    return {"question": case.question_id}


def _contact(fields: Fields) -> str:
    """A mobile, another telephone or a mail address; none is allowed, the receipt is enough."""
    typed = fields.words("contact", MOST_CONTACT)
    if not typed or "contact" in fields.errors:
        return typed
    if "@" in typed:
        try:
            validate_email(typed)
        except ValidationError:
            fields.errors["contact"] = _("邮箱地址不对，请核对。")
        return typed
    try:
        return identity.clean_mobile(typed)
    except InvalidFields:
        if not _TELEPHONE.match(typed):
            fields.errors["contact"] = _("请填写手机、电话或邮箱，也可以不填。")
    return typed


def _clean(what: Subject, data: Mapping[str, Any]) -> dict[str, str]:
    fields = Fields(data)
    found = {
        "kind": fields.choice("kind", [code for code, _label in what.kinds]),
        "standing": fields.choice("standing", Standing.values),
        "words": fields.words("words", MOST_WORDS, required=True, one_line=False),
        "name": fields.words("name", MOST_NAME),
        "contact": _contact(fields),
        "form_key": fields.words("form_key", 64),
    }
    fields.done()
    return found


def file(what: Subject, data: Mapping[str, Any]) -> Filed:
    """Ask for a correction or removal. The same form sent again gives the same receipt.

    :param data: ``kind``, ``standing``, ``words``, and if wanted ``name`` and ``contact``
    :raises InvalidFields: naming each field to mend
    """
    cleaned = _clean(what, data)
    digest = keyed_hash("redress-form", f"{what.key}:{cleaned['form_key']}") if cleaned["form_key"] else None
    with unit_of_work("ask"):
        one_at_a_time("redress")
        before = Case.objects.filter(form_digest=digest).first() if digest else None
        if before is not None:
            return Filed(make_receipt(before.receipt_nonce), before.year, before.number)
        year = clock.today().year
        last = Case.objects.filter(year=year).aggregate(last=Max("number"))["last"] or 0
        due = limits.after(clock.today(), settings.REDRESS_DAYS)
        nonce = make_nonce()
        receipt = make_receipt(nonce)
        case = Case.objects.create(
            year=year, number=last + 1, question=what.question, past=what.past,
            clarification=what.clarification, comment=what.comment, paper=what.paper,
            commitment_id=what.commitment_id, kind=cleaned["kind"],
            standing=cleaned["standing"], words_sealed=encrypt(cleaned["words"]),
            name_sealed=encrypt(cleaned["name"]) if cleaned["name"] else "",
            contact_sealed=encrypt(cleaned["contact"]) if cleaned["contact"] else "",
            receipt_nonce=nonce, receipt_digest=keyed_hash(RECEIPT_PURPOSE, receipt), form_digest=digest,
            received_at=clock.now(), due=due.on, provisional=due.provisional,
        )  # fmt: skip
        record(
            DISTRICT_LINE, "redress.filed", subject="redress", subject_id=case.id, **about(case),
            commitment=what.commitment_id or None, request=case.kind, due=due.on.isoformat(),
        )  # fmt: skip
    return Filed(receipt, year, case.number)


def find(receipt: str) -> Case | None:
    """The case behind a receipt, however it was typed."""
    digits = receipt_digits(receipt)
    if not is_receipt(digits):
        return None
    rows = Case.objects.select_related(
        "question__hour", "past__hour", "clarification__hour", "comment__question__hour", "paper__hour"
    )
    return rows.filter(receipt_digest=keyed_hash(RECEIPT_PURPOSE, digits)).first()


def withdraw(receipt: str) -> None:
    """Take the request back; what is personal is deleted at once, on legal hold as soon as that is lifted.

    :raises Refused: 404 for an unknown receipt, 409 when it has ended
    """
    with unit_of_work():
        one_at_a_time("redress")
        case = find(receipt)
        if case is None:
            raise missing(_("没有这个查询码，请核对十二位数字。"))
        if found := flow.refusal(None, "withdraw", case):
            raise Refused(found.status, found.code, found.message)
        question_id = case.comment.question_id if case.comment is not None else case.question_id
        if not retention.held().filter(id=question_id or 0).exists():
            erasing.erase(case)
        case.state, case.closed_at = State.WITHDRAWN, clock.now()
        case.save()
        record(
            DISTRICT_LINE,
            "redress.withdrawn",
            subject="redress",
            subject_id=case.id,
            **about(case),
        )
