"""The topic pool: proposed, screened, supported, chosen with its evidence, asked of the public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.hours.seats import Actor, actor_for, staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import identity
from townhall.topics import actions, citizen_actions, evidence, flow, published, queries
from townhall.topics.choices import State
from townhall.topics.models import Choice, Poll, Pool, Support, Topic, Vote

if TYPE_CHECKING:
    from tests.fixtures import District

WORDS = {"title": "就学与社区托育", "origin": "concern", "reason": "今年入园人数比去年多两成。"}


@pytest.fixture
def office(district: District) -> Actor:
    return acting(district, "coordinator")


@pytest.fixture
def pool(office: Actor) -> Pool:
    return actions.set_pool(office, 2027, {"units_open": "on", "public_open": "on"})


def acting(district: District, name: str) -> Actor:
    found = staff_actor(district.accounts[name])
    assert found is not None
    return found


def proposed(district: District, title: str = "老旧小区加装电梯", **more: Any) -> Topic:
    return actions.propose(acting(district, "member1"), 2027, WORDS | {"title": title} | more)


def next_hour(district: District, slug: str = "2027-03") -> tuple[OfficeHour, Actor]:
    day = {
        "2027-03": datetime(2027, 3, 31, 11, tzinfo=UTC),
        "2027-05": datetime(2027, 5, 31, 11, tzinfo=UTC),
    }[slug]
    hour = planning.create_hour(slug=slug, title="x", starts_at=day)
    planning.give_seat(hour, district.accounts["coordinator"], "coordinator")
    actor = actor_for(district.accounts["coordinator"], hour)
    assert actor is not None
    return hour, actor


# -- proposing ------------------------------------------------------------------------------------------


def test_a_unit_proposes_and_the_office_takes_it_in(district: District, office: Actor, pool: Pool) -> None:
    topic = proposed(district)
    assert (topic.state, topic.unit) == ("proposed", district.units[0])
    assert actions.perform(office, "accept", topic.id, {}).state == "accepted"
    assert [one.title for one in queries.topics(acting(district, "member2"), 2027)] == ["老旧小区加装电梯"]


def test_other_units_do_not_see_what_is_only_proposed(district: District, pool: Pool) -> None:
    topic = proposed(district)
    assert queries.topics(acting(district, "member1"), 2027) == [topic]
    assert queries.topics(acting(district, "member2"), 2027) == []
    assert queries.topics(acting(district, "moderator"), 2027) == []


def test_what_the_office_proposes_is_in_the_pool_at_once(
    office: Actor, pool: Pool, district: District
) -> None:
    topic = actions.propose(office, 2027, WORDS | {"unit": str(district.units[2].id)})
    assert (topic.state, topic.unit) == ("accepted", district.units[2])


def test_a_unit_cannot_speak_for_another(district: District, pool: Pool) -> None:
    assert proposed(district, unit=str(district.units[2].id)).unit == district.units[0]


def test_nothing_is_proposed_while_the_gathering_is_closed(district: District, office: Actor) -> None:
    with pytest.raises(Refused) as refused:
        proposed(district)
    assert refused.value.code == "closed"
    actions.set_pool(office, 2027, {})
    with pytest.raises(Refused):
        proposed(district)


def test_who_has_no_unit_proposes_nothing(district: District, pool: Pool) -> None:
    with pytest.raises(Refused) as refused:
        actions.propose(acting(district, "stranger"), 2027, WORDS)
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", "学"), ("title", "长" * 61), ("title", "\ud800x"), ("reason", " "), ("reason", "长" * 501),
     ("origin", "moon"), ("origin", ""), ("title_en", "x" * 121), ("keywords", "长" * 101)],
)  # fmt: skip
def test_each_field_is_named(district: District, pool: Pool, field: str, value: str) -> None:
    with pytest.raises(InvalidFields) as invalid:
        actions.propose(acting(district, "member1"), 2027, WORDS | {field: value})
    assert set(invalid.value.errors) == {field}
    assert not Topic.objects.exists()


def test_the_same_title_twice_is_said(district: District, pool: Pool) -> None:
    proposed(district)
    with pytest.raises(InvalidFields) as invalid:
        proposed(district)
    assert set(invalid.value.errors) == {"title"}


def test_a_declined_topic_tells_its_unit_why(district: District, office: Actor, pool: Pool) -> None:
    topic = proposed(district)
    with pytest.raises(InvalidFields) as invalid:
        actions.perform(office, "decline", topic.id, {"code": "other"})
    assert set(invalid.value.errors) == {"note"}
    actions.perform(office, "decline", topic.id, {"code": "duplicate", "note": "与第 3 条合并"})
    seen = queries.topics(acting(district, "member1"), 2027)[0]
    assert (seen.decline_code, seen.decline_note) == ("duplicate", "与第 3 条合并")
    assert Entry.objects.get(kind="topic.declined").facts == {"code": "duplicate"}


# -- the table, the oracle, the act ---------------------------------------------------------------------

ACTS = {
    "accept": {"proposed", "declined"}, "decline": {"proposed", "accepted"}, "restore": {"retired"},
    "edit": {"proposed", "accepted", "chosen"}, "retire": {"accepted", "chosen"},
}  # fmt: skip
FIELDS: dict[str, dict[str, str]] = {"decline": {"code": "unclear"}, "edit": WORDS}


@pytest.mark.parametrize(("verb", "state"), list(product(ACTS, State.values)))
def test_every_verb_in_every_state_by_everybody(
    district: District, office: Actor, pool: Pool, verb: str, state: str
) -> None:
    topic = proposed(district)
    Topic.objects.filter(id=topic.id).update(state=state, decline_code="other" if state == "declined" else "")
    topic.refresh_from_db()
    allowed = state in ACTS[verb]
    assert (flow.refusal(office, verb, topic) is None) is allowed
    assert (queries.moves(office, topic).get(verb, "absent") is None) is allowed
    for name in ("member1", "mayor", "moderator", "stranger"):
        with pytest.raises(Refused) as refused:
            actions.perform(acting(district, name), verb, topic.id, FIELDS.get(verb, {}))
        assert refused.value.status == 403
    if allowed:
        moved = actions.perform(office, verb, topic.id, FIELDS.get(verb, {}))
        assert moved.state == (flow.MOVES[verb].target or state)
    else:
        with pytest.raises(Refused) as refused:
            actions.perform(office, verb, topic.id, FIELDS.get(verb, {}))
        assert refused.value.status == 409


@pytest.mark.parametrize(("verb", "there"), [("explode", True), ("choose", True), ("accept", False)])
def test_what_does_not_exist_is_404(
    district: District, office: Actor, pool: Pool, verb: str, there: bool
) -> None:
    topic = proposed(district)
    with pytest.raises(Refused) as refused:
        actions.perform(office, verb, topic.id if there else 10**9, {})
    assert refused.value.status == 404


# -- choosing -------------------------------------------------------------------------------------------


def test_choosing_names_the_hour_and_keeps_the_evidence(
    district: District, office: Actor, pool: Pool
) -> None:
    topic = actions.propose(office, 2027, WORDS | {"title_en": "Schools and day care"})
    citizen_actions.support(topic.id, browser="a")
    hour, actor = next_hour(district)
    choice = actions.choose(actor, topic.id, {"reason": "开学季"})
    hour.refresh_from_db()
    assert (hour.topic, hour.topic_en) == ("就学与社区托育", "Schools and day care")
    assert choice.evidence["supports"] == 1
    citizen_actions.support(topic.id, browser="b")
    assert Choice.objects.get().evidence["supports"] == 1
    assert queries.chosen_for(hour) == topic
    assert published.for_hour(hour) == {
        "title": "就学与社区托育", "origin": "concern", "origin_label": "社会热点", "unit": "",
    }  # fmt: skip
    assert queries.chosen_for(district.hour) is None and published.for_hour(district.hour) is None


def test_another_choice_releases_the_first(district: District, office: Actor, pool: Pool) -> None:
    one = actions.propose(office, 2027, WORDS)
    other = actions.propose(office, 2027, WORDS | {"title": "菜价与菜场"})
    hour, actor = next_hour(district)
    actions.choose(actor, one.id, {})
    actions.choose(actor, other.id, {})
    states = dict(Topic.objects.values_list("title", "state"))
    assert states == {"就学与社区托育": "accepted", "菜价与菜场": "chosen"}
    assert queries.chosen_for(hour) == other
    assert Entry.objects.filter(line=hour.id, kind="topic.released").count() == 1


def test_a_topic_of_two_hours_stays_chosen_when_one_lets_it_go(
    district: District, office: Actor, pool: Pool
) -> None:
    one = actions.propose(office, 2027, WORDS)
    other = actions.propose(office, 2027, WORDS | {"title": "菜价与菜场"})
    march, may = next_hour(district)[1], next_hour(district, "2027-05")[1]
    for actor in (march, may):
        actions.choose(actor, one.id, {})
    actions.choose(may, other.id, {})
    one.refresh_from_db()
    assert one.state == "chosen"


def test_a_topic_an_hour_waits_for_is_not_retired(district: District, office: Actor, pool: Pool) -> None:
    topic = actions.propose(office, 2027, WORDS)
    actions.choose(next_hour(district)[1], topic.id, {})
    with pytest.raises(Refused) as refused:
        actions.perform(office, "retire", topic.id, {})
    assert refused.value.code == "not_awaited"


def test_once_begun_an_hours_topic_stands(live: District) -> None:
    office = acting(live, "coordinator")
    actions.set_pool(office, 2026, {})
    topic = actions.propose(office, 2026, WORDS)
    with pytest.raises(Refused) as refused:
        actions.choose(live.actor("coordinator"), topic.id, {})
    assert refused.value.code == "stage"
    with pytest.raises(Refused) as refused:
        actions.choose(live.actor("moderator"), topic.id, {})
    assert refused.value.status == 403


def test_the_evidence_counts_what_was_asked_since_the_last_hour_about_it(live: District) -> None:
    office = acting(live, "coordinator")
    actions.set_pool(office, 2027, {"public_open": "on"})
    topic = actions.propose(office, 2027, WORDS | {"title": "入园与托班", "keywords": "入园、托班"})
    question = live.walk("published")
    live.walk("assigned")
    found = evidence.of(topic)
    assert (found["questions"], found["samples"][0]["id"]) == (1, question.id)
    assert found["keywords"] == ["入园", "托班"]
    assert found["hours"] == []
    about_it = actions.propose(office, 2027, WORDS)
    hours = evidence.of(about_it)["hours"]
    assert [one["slug"] for one in hours] == ["2026-11"]


def test_evidence_asks_the_database_as_often_for_many_questions(
    live: District, django_assert_max_num_queries: Any
) -> None:
    office = acting(live, "coordinator")
    actions.set_pool(office, 2027, {})
    topic = actions.propose(office, 2027, WORDS | {"keywords": "入园"})
    for _time in range(4):
        live.walk("published")
    with django_assert_max_num_queries(12):
        assert evidence.of(topic)["questions"] == 4


# -- the public -----------------------------------------------------------------------------------------


def test_a_suggestion_is_public_only_after_screening(office: Actor, pool: Pool) -> None:
    topic = citizen_actions.suggest(pool.id, {"title": "夜间公交", "reason": "电话 13812345678"}, browser="a")
    assert (topic.origin, topic.state, topic.proposed_by) == ("suggestion", "proposed", None)
    assert topic.suggester_digest not in ("", "a")
    shown = published.open_pool()
    assert shown is not None and shown["topics"] == []
    with pytest.raises(Refused):
        citizen_actions.support(topic.id, browser="b")
    actions.perform(office, "accept", topic.id, {})
    shown = published.open_pool()
    assert shown is not None
    assert "13812345678" not in str(shown)
    assert citizen_actions.support(topic.id, browser="b") == 1


def test_the_same_suggestion_twice_is_one(pool: Pool) -> None:
    data = {"title": "夜间公交", "reason": "末班车太早"}
    assert citizen_actions.suggest(pool.id, data, browser="a") == citizen_actions.suggest(
        pool.id, data, browser="a"
    )
    assert Topic.objects.count() == 1


def test_one_person_does_not_flood_the_pool(pool: Pool) -> None:
    for number in range(5):
        citizen_actions.suggest(pool.id, {"title": f"主题{number}", "reason": "x"}, browser="a")
    with pytest.raises(Refused):
        citizen_actions.suggest(pool.id, {"title": "又一个", "reason": "x"}, browser="a")
    assert citizen_actions.suggest(pool.id, {"title": "又一个", "reason": "x"}, browser="b")


def test_support_counts_each_once(office: Actor, pool: Pool) -> None:
    topic = actions.propose(office, 2027, WORDS)
    for browser in ("a", "a", "b"):
        citizen_actions.support(topic.id, browser=browser)
    topic.refresh_from_db()
    assert topic.supports == Support.objects.count() == 2


def test_a_pool_may_demand_verified_people(office: Actor, db: None) -> None:
    pool = actions.set_pool(office, 2027, {"public_open": "on", "identity": "verified"})
    topic = actions.propose(office, 2027, WORDS)
    for act in (
        lambda: citizen_actions.support(topic.id, browser="a"),
        lambda: citizen_actions.support(topic.id, verification="forged"),
        lambda: citizen_actions.suggest(pool.id, {"title": "夜间公交", "reason": "x"}, browser="a"),
    ):
        with pytest.raises(InvalidFields) as invalid:
            act()
        assert set(invalid.value.errors) == {"verification"}
    contact = identity._contact("index", "13800138000", clock.now())
    token = identity.token_for(contact, clock.now() + timedelta(hours=1))
    assert citizen_actions.support(topic.id, verification=token) == 1


@pytest.mark.parametrize("open_", [False, True])
def test_a_closed_pool_takes_nothing_and_shows_nothing(office: Actor, open_: bool) -> None:
    pool = actions.set_pool(office, 2027, {"public_open": "on" if open_ else ""})
    topic = actions.propose(office, 2027, WORDS)
    assert (published.open_pool() is not None) is open_
    if not open_:
        with pytest.raises(Refused):
            citizen_actions.suggest(pool.id, {"title": "夜间公交", "reason": "x"}, browser="a")
        with pytest.raises(Refused):
            citizen_actions.support(topic.id, browser="a")


def test_a_planned_hour_is_not_given_away(district: District, office: Actor, pool: Pool) -> None:
    topic = actions.propose(office, 2027, WORDS)
    actions.choose(next_hour(district)[1], topic.id, {})
    shown = published.open_pool()
    assert shown is not None
    assert (shown["topics"][0]["chosen"], shown["topics"][0]["hours"]) == (False, [])


# -- the poll -------------------------------------------------------------------------------------------


@pytest.fixture
def poll(office: Actor, pool: Pool) -> Poll:
    topics = [actions.propose(office, 2027, WORDS | {"title": f"主题{n}号"}) for n in range(3)]
    made = actions.make_poll(office, 2027, [str(one.id) for one in topics])
    return actions.move_poll(office, "open", made.id)


def votes(poll: Poll) -> list[int]:
    return list(poll.options.order_by("id").values_list("votes", flat=True))


def test_one_vote_each_and_it_may_move_while_open(office: Actor, poll: Poll) -> None:
    first, second, _third = poll.options.order_by("id")
    citizen_actions.vote(first.id, browser="a")
    citizen_actions.vote(first.id, browser="a")
    citizen_actions.vote(second.id, browser="b")
    assert votes(poll) == [1, 1, 0]
    citizen_actions.vote(second.id, browser="a")
    assert votes(poll) == [0, 2, 0]
    actions.move_poll(office, "close", poll.id)
    with pytest.raises(Refused):
        citizen_actions.vote(first.id, browser="c")
    assert Entry.objects.get(kind="poll.closed").facts == {"votes": 2}
    assert evidence.of(second.topic)["poll"] == {"votes": 2, "of": 2}


def test_the_result_is_public_when_it_is_over_and_not_before(office: Actor, poll: Poll) -> None:
    citizen_actions.vote(poll.options.order_by("id")[1].id, browser="a")
    shown = published.open_pool()
    assert shown is not None
    assert [one["votes"] for one in shown["polls"][0]["options"]] == [None, None, None]
    actions.move_poll(office, "close", poll.id)
    shown = published.open_pool()
    assert shown is not None
    assert next((one["title"], one["votes"], one["percent"]) for one in shown["polls"][0]["options"]) == (
        "主题1号",
        1,
        100,
    )


def test_a_poll_is_opened_once_and_only_one_at_a_time(office: Actor, poll: Poll) -> None:
    ids = [str(one.topic_id) for one in poll.options.all()]
    with pytest.raises(Refused):
        actions.move_poll(office, "open", poll.id)
    another = actions.make_poll(office, 2027, ids[:2])
    with pytest.raises(Refused) as refused:
        actions.move_poll(office, "open", another.id)
    assert refused.value.code == "another"
    with pytest.raises(Refused):
        actions.move_poll(office, "close", another.id)
    with pytest.raises(Refused):
        citizen_actions.vote(another.options.all()[0].id, browser="a")


@pytest.mark.parametrize("many", [0, 1, 7])
def test_a_poll_is_a_choice_between_a_few(office: Actor, pool: Pool, many: int) -> None:
    topics = [actions.propose(office, 2027, WORDS | {"title": f"主题{n}号"}) for n in range(many)]
    with pytest.raises(InvalidFields):
        actions.make_poll(office, 2027, [str(one.id) for one in topics] + ["x", "9" * 30])


def test_only_the_office_keeps_pool_and_poll(district: District, poll: Poll) -> None:
    mayor = acting(district, "mayor")
    for act in (
        lambda: actions.set_pool(mayor, 2027, {}),
        lambda: actions.make_poll(mayor, 2027, []),
        lambda: actions.move_poll(mayor, "close", poll.id),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 403


class Voting(RuleBasedStateMachine):
    """People vote, change their minds and come back: the sums are always those of the ballots."""

    poll: Poll

    @rule(who=st.sampled_from("abcdef"), what=st.integers(0, 2))
    def vote(self, who: str, what: int) -> None:
        citizen_actions.vote(self.poll.options.order_by("id")[what].id, browser=who)

    @invariant()
    def sums_agree(self) -> None:
        ballots = list(Vote.objects.filter(poll=self.poll).values_list("option_id", flat=True))
        for option in self.poll.options.all():
            assert option.votes == ballots.count(option.id)


def test_whoever_votes_when_the_sums_agree(poll: Poll) -> None:
    Voting.poll = poll
    run_state_machine_as_test(
        Voting, settings=hypothesis_settings(max_examples=8, stateful_step_count=12, deadline=None)
    )
