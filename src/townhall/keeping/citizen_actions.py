"""A person's own data, given out and deleted: for whoever has a receipt and the mobile that stands behind it.

What may be deleted is what leads to the person: the mobile, how to reach them, what they follow, what was written to
them. Questions and answers that were published are part of the record; who is named in one can ask for a correction or
removal. A question on legal hold keeps its contact, sealed and written to no more, until the hold is lifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.journal.write import record
from townhall.keeping import wishes
from townhall.kernel import clock
from townhall.kernel.errors import NOT_FOUND, InvalidFields, Refused
from townhall.kernel.secrets import decrypt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.people.models import Contact
from townhall.questions import citizen_actions as questions
from townhall.questions import connections
from townhall.questions.models import Asker, Comment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# Rooms above that hold data of a person: by the keyed hash of the mobile they give out lines about it. `config` fills
# the slot.
OWN_DATA: list[Callable[[str], dict[str, list[dict[str, Any]]]]] = []


def _owner(receipt: str, verification: str) -> tuple[Asker, Contact]:
    """Whoever has both the receipt and the mobile behind it.

    :raises InvalidFields: when the mobile is not verified
    :raises Refused: 404 when receipt and mobile do not belong together; it says no more than that
    """
    person = identity.person_of(verification)
    if person is None:
        raise InvalidFields({"verification": _("请先验证手机号码。")})
    asker = questions.find_asker(receipt)
    contact = Contact.objects.filter(id=person).first()
    if asker is None or contact is None or asker.contact_id != contact.id:
        raise Refused(NOT_FOUND, "owner", _("这个查询码不是用这个手机号提的，请核对。"))
    return asker, contact


def export_own(receipt: str, verification: str) -> dict[str, Any]:
    """Everything that is held about the person behind the receipt, in plain words and times.

    :raises InvalidFields: when the mobile is not verified
    :raises Refused: 404 when receipt and mobile do not belong together
    """
    asker, contact = _owner(receipt, verification)
    mobile = decrypt(contact.mobile_sealed) if contact.mobile_sealed else ""
    found: dict[str, Any] = {
        "made_at": _said(clock.now()),
        "mobile": mobile,
        "verified_at": _said(contact.verified_at),
        "questions": [_question(one) for one in _askers(contact)],
        "comments": [
            {
                "question": one.question_id,
                "display_name": one.display_name,
                "text": one.text,
                "at": _said(one.at),
            }
            for one in Comment.objects.filter(contact=contact)
        ],
    }
    for give in OWN_DATA:
        found |= give(contact.mobile_index)
    with unit_of_work():
        record(asker.hour_id, "contact.exported", subject="question", subject_id=asker.question_id)
    return found


def _askers(contact: Contact) -> list[Asker]:
    rows = Asker.objects.filter(contact=contact).order_by("id")
    return list(rows.select_related("question__hour", "question__appeal", "rating"))


def _question(asker: Asker) -> dict[str, Any]:
    question = asker.question
    rating, appeal = getattr(asker, "rating", None), getattr(question, "appeal", None)
    return {
        "hour": question.hour.slug, "number": question.number, "asked_at": _said(question.asked_at),
        "channel": question.channel, "display_name": question.display_name, "title": question.title,
        "text": question.text, "original_text": question.original_text, "status": question.status,
        "reply_by": asker.reply_by, "connection": connections.opened(asker), "appeal": appeal.text if appeal else "",
        "rating": {"level": rating.level, "reason": rating.reason, "at": _said(rating.at)} if rating else None,
    }  # fmt: skip


def _said(moment: datetime | None) -> str:
    return clock.local(moment).isoformat(timespec="seconds") if moment else ""


def erase_own(receipt: str, verification: str) -> dict[str, int]:
    """Delete what leads to the person; how many questions it was, and how many a legal hold keeps.

    Their receipts go on working. Nothing can be sent to the person any more, and a lost receipt is not found again.
    What a hold keeps is deleted when it is lifted.

    :raises InvalidFields: when the mobile is not verified
    :raises Refused: 404 when receipt and mobile do not belong together
    """
    return wishes.wish(*_owner(receipt, verification))
