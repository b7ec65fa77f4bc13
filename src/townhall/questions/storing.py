"""Storing what was asked: a batch in one durable transaction, each asking with its own result."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from townhall.hours.choices import ASKING_STAGES, WORKING_STAGES, Stage
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, TOO_MANY, InvalidFields, Refused, missing
from townhall.kernel.secrets import keyed_hash, make_nonce, make_receipt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.questions import bans, connections, rows, visibility
from townhall.questions.choices import Kind, Status, Subject, Window, place_of
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.questions.asking import Asking

# One verified person asks at most so many questions in ten minutes; further ones belong into one text.
MOST_PER_PERSON = 10
PERSON_SPAN = timedelta(minutes=10)
# A clerk may type in what was asked before and after the hour as well.
_ON_BEHALF_STAGES = WORKING_STAGES


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored question, as its asker learns of it."""

    id: int
    number: int
    receipt: str
    status: str
    track_url: str
    notices: list[dict[str, str]]


Result = Asked | Refused | InvalidFields


def _closed(hour: OfficeHour, asking: Asking) -> Refused | None:
    """Why nothing can be asked just now; it can when this is ``None``."""
    if asking.on_behalf:
        return (
            None
            if hour.stage in _ON_BEHALF_STAGES
            else Refused(CONFLICT, "closed", _("本期已不能登记提问。"))
        )
    if hour.stage not in ASKING_STAGES:
        return Refused(
            CONFLICT,
            "closed",
            _("现在不在提问时间。您写的内容没有丢失，请保存，下次开放时再提交；急事请拨 12345。"),
        )
    if hour.stage == Stage.LIVE and hour.asking_paused:
        return Refused(
            CONFLICT, "paused", _("提问暂停了，稍后恢复。您写的内容请先保留，恢复后再提交。"), retry_after=60
        )
    return None


def ask_batch(askings: Sequence[Asking]) -> list[Result]:
    """Store questions in one durable transaction; each gets its own result, in order.

    When a row breaks a rule of the database, the batch is stored row by row so that only that one fails.
    """
    try:
        return _store(askings)
    except IntegrityError:
        if len(askings) == 1:
            return [Refused(CONFLICT, "conflict", _("这次提交与另一次冲突，请再试一次。"))]
        return [result for asking in askings for result in ask_batch([asking])]


def ask(asking: Asking) -> Asked:
    """Store one question.

    :raises Refused: when asking is closed, paused or too frequent
    :raises InvalidFields: when the followed question does not exist
    """
    result = ask_batch([asking])[0]
    if isinstance(result, Asked):
        return result
    raise result


def _idempotency_digest(asking: Asking) -> str | None:
    if not asking.idempotency_key:
        return None
    # Clerks choose keys of their own: one never opens the receipt of a citizen who chose the same.
    person = f"clerk{asking.typed_by}" if asking.on_behalf else str(asking.contact_id or 0)
    return keyed_hash("idempotency", f"{asking.hour_id}:{person}:{asking.idempotency_key}")


class _Batch:
    """The rows of one transaction, prepared from the askings that may be stored."""

    def __init__(self, askings: Sequence[Asking]) -> None:
        self.askings = askings
        self.results: list[Result | None] = [None] * len(askings)
        self.digests = [_idempotency_digest(asking) for asking in askings]
        # Sealed before the transaction begins: nobody waits for it with the database in hand.
        self.connections = connections.sealed(askings)
        self.repeats: dict[int, int] = {}  # index -> index of the same form earlier in this batch
        self.now = clock.now()

    def settle(self) -> None:
        """Answer replays, check what needs the database, then refuse what is closed: fields before states."""
        hour_ids = sorted({asking.hour_id for asking in self.askings})
        locked = OfficeHour.objects.select_for_update().filter(id__in=hour_ids).order_by("id")
        self.hours = {hour.id: hour for hour in locked}
        stored = self._stored_replays()
        followed = self._followed()
        asked_lately = self._asked_lately()
        banned = bans.refusals(
            {one.contact_id for one in self.askings if one.contact_id and not one.on_behalf}
        )
        seen: dict[str, int] = {}
        for index, asking in enumerate(self.askings):
            digest = self.digests[index]
            if digest and digest in stored:
                self.results[index] = self._replay(asking, stored[digest])
            elif digest and digest in seen:
                self.repeats[index] = seen[digest]
            elif asking.hour_id not in self.hours:
                self.results[index] = missing(_("没有这一期网上办公。"))
            elif asking.follows and (asking.hour_id, asking.follows) not in followed:
                self.results[index] = InvalidFields({"follows": _("没有这个可以追问的提问，请核对。")})
            elif closed := _closed(self.hours[asking.hour_id], asking):
                self.results[index] = closed
            elif refused := self._personal(asking, banned, asked_lately):
                self.results[index] = refused
            else:
                if digest:
                    seen[digest] = index
                if asking.contact_id:
                    asked_lately[asking.contact_id] += 1

    def _personal(
        self, asking: Asking, banned: Mapping[int, Refused], asked_lately: Mapping[int, int]
    ) -> Refused | None:
        """Why this very person may not ask now."""
        person = asking.contact_id
        if person is None:
            return None
        if person in banned and not asking.on_behalf:
            return banned[person]
        if asked_lately[person] < MOST_PER_PERSON:
            return None
        words = _("您提得很快，请把几件事写在一起，或稍等几分钟再提。")
        return Refused(TOO_MANY, "person", words, retry_after=int(PERSON_SPAN.total_seconds()))

    def _stored_replays(self) -> dict[str, Asker]:
        digests = [digest for digest in self.digests if digest]
        if not digests:
            return {}
        rows = Asker.objects.select_related("question").filter(idempotency_digest__in=digests)
        return {row.idempotency_digest: row for row in rows if row.idempotency_digest}

    def _followed(self) -> set[tuple[int, int]]:
        """Which questions can be followed in which hour; one of a rehearsal only there, since it is deleted."""
        ids = {asking.follows for asking in self.askings if asking.follows}
        if not ids:
            return set()
        public = Question.objects.filter(visibility.public_filter(), id__in=ids)
        rows = {row[0]: row[1:] for row in public.values_list("id", "hour_id", "hour__rehearsal")}
        return {
            (asking.hour_id, asking.follows)
            for asking in self.askings
            if asking.follows in rows
            and (rows[asking.follows][0] == asking.hour_id or not rows[asking.follows][1])
        }

    def _asked_lately(self) -> defaultdict[int, int]:
        found: defaultdict[int, int] = defaultdict(int)
        people = {asking.contact_id for asking in self.askings if asking.contact_id}
        if people:
            since = self.now - PERSON_SPAN
            rows = Asker.objects.filter(contact__in=people, question__asked_at__gt=since)
            for person in rows.values_list("contact_id", flat=True):
                found[person or 0] += 1
        return found

    def _replay(self, asking: Asking, row: Asker) -> Result:
        if row.body_digest != asking.body_digest():
            return Refused(
                CONFLICT, "idempotency_key", _("这个 idempotency_key 已用于另一份内容，请换一个新的再提交。")
            )
        found = row.question
        return _asked(found.id, found.number, found.status, make_receipt(row.receipt_nonce), asking.notices)

    def rows(self) -> tuple[list[int], list[dict[str, Any]]]:
        """The questions to store, numbered without gaps in each hour."""
        indexes = [
            index for index, result in enumerate(self.results) if result is None and index not in self.repeats
        ]
        questions = []
        for index in indexes:
            asking = self.askings[index]
            hour = self.hours[asking.hour_id]
            hour.last_number += 1
            questions.append(_row(asking, hour, self.now))
        return indexes, questions


def _row(asking: Asking, hour: OfficeHour, now: Any) -> dict[str, Any]:
    before = hour.stage in {Stage.ANNOUNCED, Stage.PREPARING}
    return {
        "hour_id": hour.id,
        "number": hour.last_number,
        "window": (Window.PRE if before else Window.LIVE).value,
        "channel": asking.channel,
        "lang": asking.lang,
        "display_name": asking.display_name,
        "kind": asking.kind,
        "subject": asking.subject,
        "area": asking.area,
        "title": asking.title,
        "text": asking.text,
        "reply_privately": asking.reply_privately,
        "follows_id": asking.follows,
        "asked_at": now,
        "waiting_since": now,
    }


def _asked(question_id: int, number: int, status: str, receipt: str, notices: list[dict[str, str]]) -> Asked:
    url = f"{settings.BASE_URL}/track/{receipt}/"
    return Asked(question_id, number, receipt, status, url, notices)


def _new_receipts(count: int) -> list[tuple[str, str, str]]:
    """``count`` unused receipts as (nonce, receipt, digest)."""
    found: dict[str, tuple[str, str, str]] = {}
    while len(found) < count:
        for _index in range(count - len(found)):
            nonce = make_nonce()
            receipt = make_receipt(nonce)
            digest = keyed_hash("receipt", receipt)
            found[digest] = (nonce, receipt, digest)
        taken = Asker.objects.filter(receipt_digest__in=list(found)).values_list("receipt_digest", flat=True)
        for digest in taken:
            del found[digest]
    return list(found.values())


def _store(askings: Sequence[Asking]) -> list[Result]:
    batch = _Batch(askings)
    with unit_of_work("ask"):
        batch.settle()
        indexes, questions = batch.rows()
        if questions:
            _insert(batch, indexes, questions)
    for index, first in batch.repeats.items():
        earlier = batch.results[first]
        same = askings[index].body_digest() == askings[first].body_digest()
        batch.results[index] = (
            earlier
            if same or not isinstance(earlier, Asked)
            else Refused(
                CONFLICT, "idempotency_key", _("这个 idempotency_key 已用于另一份内容，请换一个新的再提交。")
            )
        )
    return [result for result in batch.results if result is not None]


def _insert(batch: _Batch, indexes: list[int], questions: list[dict[str, Any]]) -> None:
    stored = rows.insert(Question, questions)
    receipts = _new_receipts(len(stored))
    rows.insert(Asker, [
        _asker(batch, index, question_id, nonce, digest)
        for index, question_id, (nonce, _receipt, digest) in zip(indexes, stored, receipts, strict=True)
    ])  # fmt: skip
    by_hour: defaultdict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for question_id, question in zip(stored, questions, strict=True):
        by_hour[question["hour_id"]].append((question_id, question))
    for hour_id, asked in by_hour.items():
        OfficeHour.objects.filter(id=hour_id).update(last_number=batch.hours[hour_id].last_number)
        texts = "\n".join(question["title"] + question["text"] for _id, question in asked)
        record(
            hour_id,
            "question.asked",
            subject="question",
            first=asked[0][1]["number"],
            last=asked[-1][1]["number"],
            digest=hashlib.sha256(texts.encode()).hexdigest(),
            window=asked[0][1]["window"],
            ids=[question_id for question_id, _question in asked],
            kinds=[place_of(Kind, question["kind"]) for _id, question in asked],
            subjects=[place_of(Subject, question["subject"]) for _id, question in asked],
        )
    for index, question_id, question, (_nonce, receipt, _digest) in zip(
        indexes, stored, questions, receipts, strict=True
    ):
        notices = batch.askings[index].notices
        batch.results[index] = _asked(
            question_id, question["number"], Status.RECEIVED.value, receipt, notices
        )


def _asker(batch: _Batch, index: int, question_id: int, nonce: str, digest: str) -> dict[str, Any]:
    asking = batch.askings[index]
    return {
        "question_id": question_id,
        "hour_id": asking.hour_id,
        "contact_id": identity.keep_contact(asking.mobile).id if asking.mobile else asking.contact_id,
        "receipt_nonce": nonce,
        "receipt_digest": digest,
        "idempotency_digest": batch.digests[index],
        "body_digest": asking.body_digest(),
        "typed_by_id": asking.typed_by,
        "reply_by": asking.reply_by,
        "connection_sealed": batch.connections[index],
    }
