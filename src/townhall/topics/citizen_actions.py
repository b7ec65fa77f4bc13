"""What citizens do about topics: suggest one, say 同问, vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _

from townhall.hours.choices import Identity
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.secrets import keyed_hash
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.topics import inputs
from townhall.topics.choices import PUBLIC_STATES, Origin, PollState, State
from townhall.topics.models import Poll, PollOption, Pool, Support, Topic, Vote

if TYPE_CHECKING:
    from collections.abc import Mapping

# Enough for somebody with ideas; a flood is not one.
MOST_SUGGESTIONS = 5


def _digest(pool: Pool, verification: str, browser: str) -> str:
    """Who this is, as a hash that only counts: a verified person, or a browser where the pool allows it.

    :raises InvalidFields: when a verified mobile is demanded
    """
    person = identity.person_of(verification) if verification else None
    if verification and person is None:
        raise InvalidFields({"verification": _("手机验证已失效，请重新获取验证码。")})
    if person is None and (pool.identity == Identity.VERIFIED or not browser):
        raise InvalidFields({"verification": _("请先验证手机号码。")})
    return keyed_hash("topic-supporter", f"p{person}" if person else f"b{browser}")


def suggest(pool_id: int, data: Mapping[str, Any], *, verification: str = "", browser: str = "") -> Topic:
    """Suggest a topic; it is public after screening. The same suggestion again is the same topic.

    :param data: ``title``, ``reason``
    """
    pool = Pool.objects.filter(id=pool_id).first()
    if pool is None or not pool.public_open:
        raise Refused(CONFLICT, "closed", _("现在没有向市民征集主题。"))
    errors: dict[str, str] = {}
    title, reason = inputs.title(data, errors), inputs.reason(data, errors)
    if errors:
        raise InvalidFields(errors)
    digest = _digest(pool, verification, browser)
    with unit_of_work("ask"):
        own = Topic.objects.filter(pool=pool, suggester_digest=digest)
        if same := own.filter(title=title).first():
            return same
        if own.filter(state=State.PROPOSED).count() >= MOST_SUGGESTIONS:
            raise Refused(CONFLICT, "many", _("您已有几条建议在审核，请等审核后再提。"))
        topic = Topic.objects.create(
            pool=pool, title=title, reason=reason, origin=Origin.SUGGESTION, suggester_digest=digest,
            proposed_at=clock.now(),
        )  # fmt: skip
        record(
            DISTRICT_LINE,
            "topic.proposed",
            subject="topic",
            subject_id=topic.id,
            origin=topic.origin,
            unit=None,
        )
    return topic


def support(topic_id: int, *, verification: str = "", browser: str = "") -> int:
    """同问: count one person more, once; returns the number of supporters."""
    topic = (
        Topic.objects.select_related("pool")
        .filter(id=topic_id, state__in=PUBLIC_STATES, pool__public_open=True)
        .first()
    )
    if topic is None:
        raise missing(_("没有这个主题，或它没有公开。"))
    digest = _digest(topic.pool, verification, browser)
    with unit_of_work("ask"):
        _row, created = Support.objects.get_or_create(
            topic=topic, supporter_digest=digest, defaults={"at": clock.now()}
        )
        if created:  # weather, like the support of a question: counted, not journalled one by one
            Topic.objects.filter(id=topic.id).update(supports=F("supports") + 1)
    return topic.supports + (1 if created else 0)


def vote(option_id: int, *, verification: str = "", browser: str = "") -> Poll:
    """Vote for one topic of an open poll; whoever votes again moves their vote."""
    option = PollOption.objects.select_related("poll__pool").filter(id=option_id).first()
    if option is None or option.poll.state == PollState.DRAFT:
        raise missing(_("没有这次投票。"))
    digest = _digest(option.poll.pool, verification, browser)
    with unit_of_work("ask"):
        poll = Poll.objects.select_for_update().get(id=option.poll_id)
        if poll.state != PollState.OPEN:
            raise Refused(CONFLICT, "closed", _("投票已经结束，结果见本页。"))
        before = Vote.objects.filter(poll=poll, voter_digest=digest).first()
        if before is not None and before.option_id == option.id:
            return poll
        if before is not None:
            PollOption.objects.filter(id=before.option_id).update(votes=F("votes") - 1)
        Vote.objects.update_or_create(
            poll=poll, voter_digest=digest, defaults={"option": option, "at": clock.now()}
        )
        PollOption.objects.filter(id=option.id).update(votes=F("votes") + 1)
    return poll
