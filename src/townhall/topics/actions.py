"""What staff do with the topic pool: propose, screen, choose for an hour, ask the public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours import planning
from townhall.hours.choices import Identity
from townhall.hours.models import OfficeHour
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.people.models import Unit
from townhall.topics import evidence, flow, inputs
from townhall.topics.choices import (
    LEAST_OPTIONS,
    MOST_OPTIONS,
    PUBLIC_STATES,
    DeclineReason,
    Origin,
    PollState,
    State,
)
from townhall.topics.models import Choice, Poll, PollOption, Pool, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.hours.seats import Actor

LONGEST_NOTE = 200
YEARS_AHEAD = 2


def _raise(found: Refusal | None) -> None:
    if found is not None:
        raise Refused(found.status, found.code, found.message)


def _tell(actor: Actor, kind: str, topic: Topic, **facts: Any) -> None:
    record(
        DISTRICT_LINE, kind, actor=actor.account_id, subject="topic", subject_id=topic.id,
        public=topic.state in PUBLIC_STATES, **facts,
    )  # fmt: skip


# -- the pool -------------------------------------------------------------------------------------------


def set_pool(actor: Actor, year: int, data: Mapping[str, Any]) -> Pool:
    """Open or close a year's gathering, for units and for the public.

    :param data: ``units_open``, ``public_open`` (true or absent), ``identity``
    """
    _raise(flow.seat_refusal(actor))
    this = clock.today().year
    if not this - 1 <= year <= this + YEARS_AHEAD:
        raise missing(_("没有这一年的主题库。"))
    identity = str(data.get("identity") or Identity.OPEN)
    if identity not in Identity.values:
        raise InvalidFields({"identity": _("请选择市民怎样参加。")})
    wanted = {name: bool(data.get(name)) for name in ("units_open", "public_open")}
    with unit_of_work():
        pool, _created = Pool.objects.update_or_create(year=year, defaults={**wanted, "identity": identity})
        record(
            DISTRICT_LINE, "pool.changed", actor=actor.account_id, subject="pool", subject_id=pool.id,
            public=True, year=year, identity=identity, **wanted,
        )  # fmt: skip
    return pool


# -- a topic --------------------------------------------------------------------------------------------


def _origin(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    found = str(data.get("origin") or "")
    if found not in Origin.values:
        errors["origin"] = _("请选择来源。")
    return found


def _unit(actor: Actor, data: Mapping[str, Any], errors: dict[str, str]) -> int | None:
    """A unit's staff propose for their own; the coordinator's office for any."""
    if not actor.holds(flow.KEEPERS):
        return actor.unit_id
    word = str(data.get("unit") or "")
    if not word:
        return actor.unit_id
    if not (word.isascii() and word.isdigit() and len(word) < 19 and Unit.objects.filter(id=word).exists()):  # noqa: PLR2004 - fits 64 bits
        errors["unit"] = _("没有这个单位，请从列表中选择。")
        return None
    return int(word)


def propose_refusal(actor: Actor, pool: Pool | None) -> Refusal | None:
    """Why this person cannot propose a topic now, or ``None``."""
    if actor.holds(flow.KEEPERS):
        return None
    if actor.unit_id is None:
        return Refusal(FORBIDDEN, "unit", _("您的账号没有所属单位，不能提出主题。"))
    if pool is None or not pool.units_open:
        return Refusal(CONFLICT, "closed", _("现在没有征集主题，开放后可以在这里提出。"))
    return None


def propose(actor: Actor, year: int, data: Mapping[str, Any]) -> Topic:
    """Propose a topic for a year's pool; what the coordinator's office proposes is in it at once.

    :param data: ``title``, ``origin``, ``reason``; optionally ``title_en``, ``keywords``, ``unit``
    """
    pool = Pool.objects.filter(year=year).first()
    _raise(propose_refusal(actor, pool))
    if pool is None:
        raise Refused(CONFLICT, "closed", _("请先开放这一年的征集。"))
    errors: dict[str, str] = {}
    fields = _words(data, errors) | {"origin": _origin(data, errors)}
    unit = _unit(actor, data, errors)
    if errors:
        raise InvalidFields(errors)
    own = actor.holds(flow.KEEPERS)
    with unit_of_work():
        one_at_a_time("topics.propose")
        if Topic.objects.filter(pool=pool, title=fields["title"]).exclude(state=State.DECLINED).exists():
            raise InvalidFields({"title": _("主题库里已有同名的主题。")})
        topic = Topic.objects.create(
            pool=pool, unit_id=unit, proposed_by_id=actor.account_id, proposed_at=clock.now(),
            state=State.ACCEPTED if own else State.PROPOSED, **fields,
        )  # fmt: skip
        _tell(actor, "topic.proposed", topic, origin=topic.origin, unit=unit)
    return topic


def _words(data: Mapping[str, Any], errors: dict[str, str]) -> dict[str, str]:
    return {
        "title": inputs.title(data, errors),
        "title_en": inputs.words(data, "title_en", inputs.LONGEST_ENGLISH, errors),
        "reason": inputs.reason(data, errors),
        "keywords": inputs.keywords(data, errors),
    }


def perform(actor: Actor, verb: str, topic_id: int, data: Mapping[str, Any]) -> Topic:
    """Do ``verb`` to a topic: accept, decline, edit, retire, restore. Choosing is :func:`choose`.

    Checked in this order: the verb (404), the office (403), the topic (404), the fields (422), the state (409).
    """
    if verb not in _VERBS:
        raise missing(_("没有这项操作。"))
    _raise(flow.seat_refusal(actor))
    with unit_of_work():
        topic = Topic.objects.select_for_update().filter(id=topic_id).first()
        if topic is None:
            raise missing(_("没有这个主题。"))
        errors: dict[str, str] = {}
        cleaned = _CLEAN[verb](data, errors) if verb in _CLEAN else {}
        if errors:
            raise InvalidFields(errors)
        _raise(flow.state_refusal(verb, topic))
        facts = _VERBS[verb](topic, cleaned)
        topic.state = flow.MOVES[verb].target or topic.state
        topic.decided_by_id, topic.decided_at = actor.account_id, clock.now()
        topic.save()
        _tell(actor, _KINDS[verb], topic, **facts)
    return topic


def _clean_decline(data: Mapping[str, Any], errors: dict[str, str]) -> dict[str, str]:
    code = str(data.get("code") or "")
    if code not in DeclineReason.values:
        errors["code"] = _("请选择原因。")
    note = inputs.words(data, "note", LONGEST_NOTE, errors)
    if code == DeclineReason.OTHER and not note:
        errors["note"] = _("选“其他”时，请写明原因。")
    return {"decline_code": code, "decline_note": note[:LONGEST_NOTE]}


def _accept(topic: Topic, cleaned: dict[str, str]) -> dict[str, Any]:
    topic.decline_code = topic.decline_note = ""
    return {}


def _decline(topic: Topic, cleaned: dict[str, str]) -> dict[str, Any]:
    topic.decline_code, topic.decline_note = cleaned["decline_code"], cleaned["decline_note"]
    return {"code": topic.decline_code}


def _edit(topic: Topic, cleaned: dict[str, str]) -> dict[str, Any]:
    changed = [name for name, value in cleaned.items() if getattr(topic, name) != value]
    for name in changed:
        setattr(topic, name, cleaned[name])
    return {"fields": ".".join(changed)}


def _no_more(topic: Topic, cleaned: dict[str, str]) -> dict[str, Any]:
    return {}


_KINDS = {
    "accept": "topic.accepted",
    "decline": "topic.declined",
    "edit": "topic.edited",
    "retire": "topic.retired",
    "restore": "topic.restored",
}
_CLEAN: dict[str, Callable[[Mapping[str, Any], dict[str, str]], dict[str, str]]] = {
    "decline": _clean_decline,
    "edit": _words,
}
_VERBS: dict[str, Callable[[Topic, dict[str, str]], dict[str, Any]]] = {
    "accept": _accept,
    "decline": _decline,
    "edit": _edit,
    "retire": _no_more,
    "restore": _no_more,
}


# -- for an hour ----------------------------------------------------------------------------------------


def choose(actor: Actor, topic_id: int, data: Mapping[str, Any]) -> Choice:
    """Choose a topic for the actor's hour; the evidence is kept as it stands now, the hour takes the name.

    :param data: ``reason``, optional
    """
    _raise(flow.seat_refusal(actor))
    errors: dict[str, str] = {}
    reason = inputs.words(data, "reason", LONGEST_NOTE, errors)
    if errors:
        raise InvalidFields(errors)
    topic = Topic.objects.select_related("pool").filter(id=topic_id).first()
    if topic is None:
        raise missing(_("没有这个主题。"))
    found = evidence.of(topic)  # reads many questions: before anybody else has to wait
    with unit_of_work():
        hour = OfficeHour.objects.select_for_update().get(id=actor.hour_id)
        topic = Topic.objects.select_for_update().get(id=topic_id)
        _raise(flow.hour_refusal(hour) or flow.state_refusal("choose", topic))
        before = Choice.objects.select_related("topic").filter(hour=hour).first()
        if before is not None and before.topic_id != topic.id:
            _release(actor, before)
        choice, _created = Choice.objects.update_or_create(
            hour=hour,
            defaults={
                "topic": topic, "evidence": found, "reason": reason[:LONGEST_NOTE], "chosen_by_id": actor.id,
                "chosen_at": clock.now(),
            },
        )  # fmt: skip
        topic.state = State.CHOSEN
        topic.save(update_fields=["state"])
        hour.topic, hour.topic_en = topic.title, topic.title_en
        hour.save(update_fields=["topic", "topic_en"])
        planning.tell_rewritten(hour, actor.id, "topic")
        record(
            hour.id, "hour.edited", actor=actor.account_id, subject="hour", subject_id=hour.id, public=True,
            fields="topic.topic_en",
        )  # fmt: skip
        record(
            hour.id, "topic.chosen", actor=actor.account_id, subject="topic", subject_id=topic.id,
            topic=topic.id, supports=topic.supports, questions=found["questions"],
        )  # fmt: skip
    return choice


def _release(actor: Actor, before: Choice) -> None:
    """The topic chosen so far goes back into the pool, unless another hour has it."""
    topic = before.topic
    if not topic.choices.exclude(hour=before.hour_id).exists() and topic.state == State.CHOSEN:
        topic.state = State.ACCEPTED
        topic.save(update_fields=["state"])
    record(
        before.hour_id, "topic.released", actor=actor.account_id, subject="topic", subject_id=topic.id,
        topic=topic.id,
    )  # fmt: skip


# -- the public poll ------------------------------------------------------------------------------------


def make_poll(actor: Actor, year: int, topic_ids: list[str]) -> Poll:
    """Prepare a poll over a shortlist of topics of one year."""
    _raise(flow.seat_refusal(actor))
    pool = Pool.objects.filter(year=year).first()
    wanted = {int(word) for word in topic_ids if word.isascii() and word.isdigit() and len(word) < 19}  # noqa: PLR2004
    topics = list(Topic.objects.filter(pool=pool, state__in=PUBLIC_STATES, id__in=wanted))
    if pool is None or not LEAST_OPTIONS <= len(topics) <= MOST_OPTIONS:
        raise InvalidFields(
            {
                "topics": _("请选 %(least)s 到 %(most)s 个已入库的主题。")
                % {"least": LEAST_OPTIONS, "most": MOST_OPTIONS}
            }
        )
    with unit_of_work():
        poll = Poll.objects.create(pool=pool, made_by_id=actor.id, made_at=clock.now())
        PollOption.objects.bulk_create(PollOption(poll=poll, topic=topic) for topic in topics)
        record(
            DISTRICT_LINE, "poll.made", actor=actor.account_id, subject="poll", subject_id=poll.id,
            options=[topic.id for topic in topics],
        )  # fmt: skip
    return poll


def move_poll(actor: Actor, verb: str, poll_id: int) -> Poll:
    """Open or close a poll; one is open at a time in a year."""
    if verb not in {"open", "close"}:
        raise missing(_("没有这项操作。"))
    _raise(flow.seat_refusal(actor))
    with unit_of_work():
        one_at_a_time("topics.poll")
        poll = Poll.objects.select_for_update().filter(id=poll_id).first()
        if poll is None:
            raise missing(_("没有这次投票。"))
        _raise(flow.poll_refusal(verb, poll))
        if verb == "open" and Poll.objects.filter(pool=poll.pool_id, state=PollState.OPEN).exists():
            raise Refused(CONFLICT, "another", _("这一年已有一次投票正在进行，请先结束它。"))
        opens = verb == "open"
        poll.state = PollState.OPEN if opens else PollState.CLOSED
        if opens:
            poll.opened_at = clock.now()
        else:
            poll.closed_at = clock.now()
        poll.save()
        facts: dict[str, Any] = {} if opens else {"votes": poll.ballots.count()}
        record(
            DISTRICT_LINE, "poll.opened" if opens else "poll.closed", actor=actor.account_id, subject="poll",
            subject_id=poll.id, public=True, **facts,
        )  # fmt: skip
    return poll
