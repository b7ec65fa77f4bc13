"""Setting the limit, holding a question back, deleting contact data in time, giving out a case file."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.keeping import casefile, flow, resealing, retention, wishes
from townhall.keeping.choices import LEAST_MONTHS, LONGEST_NOTE, MOST_MONTHS, HoldReason
from townhall.keeping.models import Certificate, LegalHold, RetentionRule
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.text import whole_number
from townhall.kernel.unit_of_work import leave_no_trace, unit_of_work
from townhall.people.models import Contact
from townhall.questions import queries
from townhall.questions.models import Asker, Comment, KeptThreat, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.kernel.flow import Refusal

# So many fit between two beats of a live hour.
BATCH = 500
# Rooms above that keep contact data of their own: given the moment before which all is over, each deletes what is
# due, a batch at a time, and says how many. `config` fills the slot.
ERASERS: list[Callable[[datetime], int]] = []


def _raise(refused: Refusal | None) -> None:
    if refused is not None:
        raise Refused(refused.status, refused.code, refused.message)


def set_months(actor: Actor, data: Mapping[str, Any]) -> RetentionRule:
    """Settle after how many months contact data go; holds from the next full hour on.

    :param data: ``keep``, in months
    """
    _raise(flow.office_refusal(actor))
    number = whole_number(data.get("keep", ""))
    if number is None or not LEAST_MONTHS <= number <= MOST_MONTHS:
        words = _("请填写 %(least)s 到 %(most)s 个月。") % {"least": LEAST_MONTHS, "most": MOST_MONTHS}
        raise InvalidFields({"keep": words})
    with unit_of_work():
        rule = RetentionRule.objects.create(months=number, changed_by_id=actor.id, changed_at=clock.now())
        record(DISTRICT_LINE, "retention.changed", actor=actor.account_id, months=number)
    return rule


def perform(actor: Actor, verb: str, question_id: int, data: Mapping[str, Any]) -> LegalHold:
    """Place or lift a hold on a question of the actor's hour.

    :param data: ``reason`` (placing), ``note``
    :raises Refused: 404 for what the actor may not see, 403 without the office, 409 when it stands so already
    """
    if verb not in flow.MOVES:
        raise missing(_("没有这项操作。"))
    question = queries.get(actor, question_id)
    _raise(flow.office_refusal(actor))
    note, errors = " ".join(str(data.get("note") or "").split()), {}
    reason = str(data.get("reason") or "")
    if not 0 < len(note) <= LONGEST_NOTE:
        errors["note"] = _("请写明依据（文号、案号等），不超过 %(most)s 个字。") % {"most": LONGEST_NOTE}
    if verb == "place" and reason not in HoldReason.values:
        errors["reason"] = _("请选择原因。")
    if errors:
        raise InvalidFields(errors)
    with unit_of_work():
        Question.objects.select_for_update().get(id=question.id)
        _raise(flow.refusal(actor, verb, question))
        return _place(actor, question, reason, note) if verb == "place" else _lift(actor, question, note)


def _place(actor: Actor, question: Question, reason: str, note: str) -> LegalHold:
    hold = LegalHold.objects.create(
        question=question, reason=reason, note=note, placed_by_id=actor.id, placed_at=clock.now()
    )
    record(
        question.hour_id, "hold.placed", actor=actor.account_id, subject="question", subject_id=question.id,
        reason=reason,
    )  # fmt: skip
    return hold


def _lift(actor: Actor, question: Question, note: str) -> LegalHold:
    hold = LegalHold.objects.get(question=question, lifted_at=None)
    hold.lift_note, hold.lifted_by_id, hold.lifted_at = note, actor.id, clock.now()
    hold.save(update_fields=["lift_note", "lifted_by", "lifted_at"])
    record(
        question.hour_id, "hold.lifted", actor=actor.account_id, subject="question", subject_id=question.id
    )
    return hold


# -- deleting in time -----------------------------------------------------------------------------------


class Clerk:
    """Looks once an hour for what is due; goes on at once while there is more."""

    def __init__(self) -> None:
        self._looked: datetime | None = None

    def turn(self) -> int:
        """One turn; returns of how many questions and comments contact data were deleted."""
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        if hour == self._looked:
            return 0
        done = wishes.fulfil_next() + erase_due()
        done += sum(erase(retention.edge(retention.months())) for erase in ERASERS)
        if not done:
            self._looked = hour
        return done


def erase_due() -> int:
    """Delete contact data whose time has come, at most :data:`BATCH` askers and comments of one hour."""
    number = retention.months()
    for hour in retention.hours_due(number):
        if done := _erase(hour, number):
            return done
    return 0


def _erase(hour: OfficeHour, number: int) -> int:
    """Delete what is due of one hour, with a certificate of it."""
    with unit_of_work():
        askers = list(retention.askers_due(hour, number)[:BATCH])
        comments = list(retention.comments_due(hour)[:BATCH])
        if not askers and not comments:
            return 0
        due: list[Asker | Comment] = [*askers, *comments]
        contacts = {one.contact_id for one in due if one.contact_id}
        ids = sorted({one.question_id for one in due})
        Asker.objects.filter(id__in=[one.id for one in askers]).update(contact=None, reply_by="")
        Comment.objects.filter(id__in=[one.id for one in comments]).update(contact=None)
        certificate = Certificate.objects.create(
            hour=hour, months=number, questions=len(ids), contacts=_forget(contacts),
            held=retention.held_in(hour), digest=hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest(),
            at=clock.now(),
        )  # fmt: skip
        record(
            hour.id, "contacts.erased", subject="certificate", subject_id=certificate.id, months=number,
            questions=certificate.questions, contacts=certificate.contacts, held=certificate.held,
            digest=certificate.digest,
        )  # fmt: skip
    return len(askers) + len(comments)


def _forget(contacts: set[int]) -> int:
    """Delete those contacts that nothing refers to any more; returns how many."""
    for relation in Contact._meta.related_objects:  # noqa: SLF001 - the one list of who else refers to it
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(**{f"{name}__in": contacts})  # noqa: SLF001
        contacts -= set(rows.values_list(name, flat=True))
    Contact.objects.filter(id__in=contacts).delete()
    return len(contacts)


def erase_threats() -> int:
    """Delete threats that were kept long enough and are not on legal hold; returns how many."""
    over = KeptThreat.objects.filter(until__lte=clock.now())
    held = LegalHold.objects.filter(lifted_at=None).values("question_id")
    due = over.exclude(question_id__in=held)
    if not due.exists():
        return 0
    with unit_of_work():
        leave_no_trace()
        done, _each = due.delete()
        record(DISTRICT_LINE, "threats.erased", threats=done, held=over.count())
    return done


# -- the keys that contact data are sealed with ----------------------------------------------------------


def rotate_seals(tell: Callable[[str, int], None]) -> resealing.Renewed:
    """Seal everything under a new key; after a break, go on with the key that was made then.

    :param tell: is told after each batch which table it was and how many rows of it are done
    """
    return resealing.rotate(tell)


def retire_seals() -> tuple[str, ...]:
    """Forget every key but the newest; returns the keys that are left.

    :raises Refused: 409 while something is sealed under an older one, or the newest is too fresh
    """
    return resealing.retire()


def seal_log(head: str, lines: int) -> None:
    """Let the journal know the newest line of the program's log, so that a file rewritten as a whole shows.

    :param head: its hash
    :param lines: how many lines are kept
    """
    with unit_of_work():
        record(DISTRICT_LINE, "log.sealed", digest=head, lines=lines)


def export(actor: Actor, question_id: int) -> tuple[str, IO[bytes]]:
    """A question's case file as a signed archive, with its name; that it was taken is journalled.

    :returns: its name, and the archive at its beginning: a file without a name, gone when it is closed
    :raises Refused: 404 for what the actor may not see, 403 for whom a case file is not
    """
    question = queries.get(actor, question_id)
    _raise(flow.file_refusal(actor))
    # On the disk, where pictures have room, and of no use to whoever looks for it there.
    out = tempfile.TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115 - closed by whoever sends it
    try:
        name = casefile.packed(question, actor.name, out)
        out.seek(0)
        digest = hashlib.file_digest(out, "sha256").hexdigest()
        with unit_of_work():
            record(
                question.hour_id, "case.exported", actor=actor.account_id, subject="question",
                subject_id=question.id, digest=digest,
            )  # fmt: skip
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return name, out
