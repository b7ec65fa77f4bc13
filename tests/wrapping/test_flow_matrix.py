"""Every verb × seat × state × stage against tables written from the decision, never read from the product."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from tests.wrapping.conftest import ENDED
from townhall.hours.choices import Role
from townhall.hours.models import OfficeHour
from townhall.hours.seats import Actor
from townhall.questions import clarification_flow
from townhall.wrapping import flow, taking_down
from townhall.wrapping.choices import AuthorisationState, HandoverState, LeftoverState, PaperState
from townhall.wrapping.models import Authorisation, Leftover, Paper, PaperWithholding

if TYPE_CHECKING:
    from tests.wrapping.conftest import Wrapping

STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")
SEATS = (
    "coordinator", "inspector", "mayor", "deputy", "moderator", "lead1", "member1", "lead3", "assistant", "editor",
    "clerk", "technician", "authorised",
)  # fmt: skip
WRAPPING, AFTER = {"wrapping"}, {"wrapping", "archived"}
UP_TO = {"planned", "announced", "preparing", "live", "wrapping"}
SIGNERS, WRITERS = {"mayor", "deputy"}, {"coordinator", "assistant", "editor"}
GROUPS = {"lead1", "member1", "lead3"}

# verb -> from which states, in which stages, who may at all.
Table = dict[str, tuple[set[str], set[str], set[str]]]
LEFTOVERS: Table = {
    "ask_extension": ({"running"}, WRAPPING, GROUPS | {"coordinator"}),
    "approve_extension": ({"asked"}, WRAPPING, SIGNERS),
    "refuse_extension": ({"asked"}, WRAPPING, SIGNERS),
    "chase": ({"running", "asked", "extended"}, WRAPPING, {"coordinator", "inspector"}),
}
AUTHORISATIONS: Table = {
    "authorise": ({"none"}, UP_TO, SIGNERS),
    "end_authorisation": ({"standing"}, UP_TO, SIGNERS | {"coordinator"}),
}
HANDOVERS: Table = {
    "compile": ({"none", "compiled"}, AFTER, {"coordinator"}),
    "hand_over": ({"compiled"}, AFTER, {"coordinator"}),
    "return_list": ({"handed"}, AFTER, {"inspector"}),
    "sign_for": ({"handed"}, AFTER, {"inspector"}),
}
PAPERS: Table = {
    "compose": ({"none", "signed"}, AFTER, WRITERS),
    "correct_paper": ({"signed"}, AFTER, WRITERS),
    "save": ({"draft"}, AFTER, WRITERS),
    "submit_paper": ({"draft"}, AFTER, WRITERS),
    "send_back_paper": ({"submitted"}, AFTER, SIGNERS),
    "sign_paper": ({"submitted"}, AFTER, SIGNERS),
}


SCREENED = {"moderator", "coordinator"}
COVERERS = SCREENED | SIGNERS
# verb -> from which state; who while the hour works, who once it is archived.
COVERINGS: dict[str, tuple[str, set[str], set[str]]] = {
    "withhold": ("shown", COVERERS, COVERERS),
    "confirm_withhold": ("pending", COVERERS, {"coordinator"}),
    "restore": ("pending", SCREENED, SCREENED),
}


def test_the_tables_name_every_verb() -> None:
    assert set(LEFTOVERS) == set(flow.LEFTOVER_MOVES)
    assert set(AUTHORISATIONS) == set(flow.AUTHORISATION_MOVES)
    assert set(HANDOVERS) == set(flow.HANDOVER_MOVES)
    assert set(PAPERS) == set(flow.PAPER_MOVES)
    assert set(COVERINGS) == set(clarification_flow.MOVES) == set(taking_down.KINDS)


def walk(ended: Wrapping, thing: Any, table: Table, states: Any) -> None:
    seated = {seat: ended.district.actor(seat) for seat in SEATS}
    for stage, state in product(STAGES, states.values):
        thing.hour, thing.state = OfficeHour(stage=stage), state
        for (verb, (sources, stages, who)), seat in product(table.items(), SEATS):
            refused = flow.refusal(seated[seat], verb, thing)
            wanted = 403 if seat not in who else 200 if stage in stages and state in sources else 409
            if verb == "ask_extension" and seat == "lead3" and wanted == 200:
                wanted = 409  # another group's question
            assert (refused.status if refused else 200) == wanted, (verb, seat, state, stage)


def test_leftovers(ended: Wrapping) -> None:
    thing = Leftover.objects.select_related("question").get(question=ended.questions["assigned"])
    walk(ended, thing, LEFTOVERS, LeftoverState)


def test_authorisations(ended: Wrapping) -> None:
    walk(ended, Authorisation(), AUTHORISATIONS, AuthorisationState)


def test_handover_lists(ended: Wrapping) -> None:
    walk(ended, ended.does("coordinator", "compile"), HANDOVERS, HandoverState)


def test_closing_papers(ended: Wrapping) -> None:
    paper: Paper = ended.does("coordinator", "compose", kind="summary")
    walk(ended, paper, PAPERS, PaperState)


def test_covering_closing_papers(ended: Wrapping) -> None:
    people = ended.district.accounts
    somebody, another = people["stranger"].id, people["mayor"].id
    for signed, covered in product((True, False), ("shown", "pending", "confirmed")):
        paper = Paper(
            kind="summary",
            number=1,
            state="signed" if signed else "draft",
            signed_at=ENDED if signed else None,
        )
        if covered != "shown":
            paper.withholding = PaperWithholding(
                code="minor", withheld_by_id=another, confirmed_at=ENDED if covered == "confirmed" else None
            )
        for stage, (verb, (source, working, archived)), role in product(
            STAGES, COVERINGS.items(), Role.values
        ):
            paper.hour = OfficeHour(stage=stage)
            actor = Actor(somebody, "stranger", "", 0, frozenset({role}))
            refused = flow.cover_refusal(actor, verb, paper)
            right = role in (archived if stage == "archived" else working)
            possible = covered == source and (signed or verb != "withhold")
            wanted = 403 if not right else 200 if possible else 409
            assert (refused.status if refused else 200) == wanted, (verb, role, covered, stage, signed)


def test_nothing_pending_is_asked_about(ended: Wrapping) -> None:
    """A settled question's limit neither moves nor is anybody reminded of it."""
    one = Leftover.objects.select_related("question").get(question=ended.questions["assigned"])
    one.question.status = "published"
    for verb, seat in (("ask_extension", "lead1"), ("chase", "coordinator")):
        refused = flow.refusal(ended.district.actor(seat), verb, one)
        assert refused is not None
        assert refused.code == "still_pending"
