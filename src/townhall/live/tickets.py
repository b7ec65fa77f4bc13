"""Staff streams: the one-minute ticket, whether it still stands, and which questions changed for its holder.

The ticket is signed and its content sealed, because addresses end up in logs and a session's key must not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.db import close_old_connections

from townhall.hours.models import OfficeHour
from townhall.hours.seats import Actor, actor_for
from townhall.journal import read
from townhall.kernel.secrets import decrypt, encrypt
from townhall.people.actions import account_of_token
from townhall.people.models import Account
from townhall.questions import queries

TICKET_SECONDS = 60
_SALT = "townhall.desk.ticket"
# A desk that has missed more than this reloads its list instead of patching it.
MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Changes:
    """What a member of staff is told.

    :param seq: the journal's number up to which this tells
    :param changed: ids of questions this person may see, or could until just now
    :param new: how many of them were asked since
    """

    seq: int
    changed: list[int]
    new: int


def issue(account_id: int, hour_id: int, session_key: str = "", *, token: str = "") -> str:
    """A ticket for this person's stream of one hour, good for one minute.

    :param session_key: of a browser's sign-in
    :param token: a program's, where there is no browser; the stream ends with it
    """
    sign_in = {"token": token} if token else {"session": session_key}
    sealed = encrypt(json.dumps({"account": account_id, "hour": hour_id, **sign_in}))
    return signing.dumps(sealed, salt=_SALT)


def open(ticket: str) -> dict[str, Any] | None:  # noqa: A001 - a ticket is opened
    """What a ticket stands for; ``None`` when it is forged, older than a minute or no longer alive."""
    try:
        found = json.loads(decrypt(signing.loads(ticket, salt=_SALT, max_age=TICKET_SECONDS)))
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) and alive(found) else None


def alive(ticket: dict[str, Any]) -> bool:
    """Whether the sign-in and a seat in the hour still stand."""
    return actor_of(ticket) is not None


def actor_of(ticket: dict[str, Any]) -> Actor | None:
    """Who holds the ticket now, with the seats of this moment."""
    hour = OfficeHour.objects.filter(id=ticket["hour"]).first()
    if hour is None:
        return None
    if "token" in ticket:
        found = account_of_token(ticket["token"])
        return actor_for(found[0], hour, "token", may_sign=found[1]) if found else None
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key=ticket["session"])
    if store.get(SESSION_KEY) != str(ticket["account"]):
        return None
    account = Account.objects.filter(id=ticket["account"], is_active=True).first()
    return actor_for(account, hour) if account else None


def changes(hour_id: int, actor: Actor, since_seq: int | None) -> Changes:
    """Which questions of the hour changed for this actor after an entry.

    :param since_seq: ``None`` asks for the present number only
    """
    head = read.head(hour_id)
    if since_seq is None or since_seq >= head:
        return Changes(head, [], 0)
    entries = read.after(hour_id, since_seq, limit=MOST_ENTRIES)
    ids = {entry.subject_id for entry in entries if entry.subject == "question" and entry.subject_id}
    fresh = [entry.facts for entry in entries if entry.kind == "question.asked"]
    visible = queries.visible(actor)
    numbers = [number for facts in fresh for number in range(int(facts["first"]), int(facts["last"]) + 1)]
    asked = set(visible.filter(number__in=numbers).values_list("id", flat=True)) if numbers else set()
    changed = set(visible.filter(id__in=ids).values_list("id", flat=True))
    changed |= _taken_away(actor, ids - changed)
    seq = max((entry.seq for entry in entries), default=head)
    return Changes(seq, sorted(changed | asked), len(asked))


def _taken_away(actor: Actor, hidden: set[int]) -> set[int]:
    """Which questions were this person's group's to work on and are out of sight now: their cards must go."""
    if not hidden or not actor.group_ids:
        return set()
    sent = read.of_kinds(("question.assigned", "question.designated"), "question", hidden)
    return {
        entry.subject_id
        for entry in sent
        if entry.subject_id and actor.group_ids & {entry.facts["lead"], *entry.facts["assisting"]}
    }


class Source:
    """The staff streams' source for the edge: each call looks after its thread's connection itself."""

    def open(self, slug: str, ticket: str) -> dict[str, Any] | None:
        """The session a one-minute ticket opens; ``None`` when it opens nothing at this address."""
        close_old_connections()
        try:
            found = open(ticket)
            hours = OfficeHour.objects.filter(slug=slug, id=found["hour"]) if found else None
            return found if hours is not None and hours.exists() else None
        finally:
            close_old_connections()

    def changes(self, session: dict[str, Any], seq: int | None) -> Changes:
        """What changed after ``seq`` for this session; nothing once its seat has gone."""
        close_old_connections()
        try:
            actor = actor_of(session)
            return changes(session["hour"], actor, seq) if actor else Changes(seq or 0, [], 0)
        finally:
            close_old_connections()

    def alive(self, session: dict[str, Any]) -> bool:
        """Whether seat and sign-in still stand."""
        close_old_connections()
        try:
            return alive(session)
        finally:
            close_old_connections()
