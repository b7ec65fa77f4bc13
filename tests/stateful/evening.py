"""An evening as a machine of chance: anybody does anything, in any order."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.fixtures import GOOD_ANSWER, START
from tests.questions.every_state import undone
from tests.stateful import truths
from townhall.hours import actions as hour_actions
from townhall.hours import flow as hour_flow
from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, citizen_actions, flow, holding, remarks
from townhall.questions.models import Comment, Question

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.hours.seats import Actor

PEOPLE = ("moderator", "moderator2", "lead1", "member1", "member2", "member3", "mayor", "deputy", "authorised",
          "assistant", "coordinator", "clerk")  # fmt: skip
VERBS = sorted(flow.MOVES)
HOUR_VERBS = sorted(set(hour_flow.MOVES) - {"stand_in", "announce", "cancel"})
CODES = ("unrelated", "unclear", "petition", "outside_remit", "abusive")
TOLD = (Refused, InvalidFields)


class Evening(RuleBasedStateMachine):
    """People at one office hour."""

    district: ClassVar[District]  # made once, in a transaction around all examples

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        self.now = START
        self.stack.enter_context(clock.steer(self.now))
        self.district.asked.clear()
        self.signed: dict[int, tuple[Any, ...]] = {}
        self.page: dict[int, dict[str, Any]] = {}
        self.seq = 0
        self.serial = 0

    # -- what they need ------------------------------------------------------------------------------

    @property
    def hour(self) -> OfficeHour:
        return OfficeHour.objects.get(id=self.district.hour.id)

    def questions(self) -> list[Question]:
        rows = Question.objects.filter(hour_id=self.district.hour.id)
        return list(
            rows.select_related("hour", "merged_into", "hold__account", "unit", "lead", "appeal").order_by(
                "id"
            )
        )

    def actor(self, name: str) -> Actor | None:
        from townhall.hours.seats import actor_for

        return actor_for(self.district.accounts[name], self.hour)

    def pick(self, data: st.DataObject) -> Question:
        return data.draw(st.sampled_from(self.questions()), label="question")

    def words(self, question: Question, what: str = "答") -> str:
        self.serial += 1
        return f"{GOOD_ANSWER}【{what}{question.id}】第{self.serial}稿。"

    def fields(self, data: st.DataObject, verb: str, question: Question) -> dict[str, Any]:
        groups, units = self.district.groups, self.district.units
        lead = data.draw(st.sampled_from(groups))
        code = "urgent" if question.urgent else data.draw(st.sampled_from(CODES))
        text = self.words(question)
        promise = [{"text": text[:20], "unit": units[0].id, "due": "2026-12-15"}]
        promised = data.draw(st.booleans())
        note = {"note": "【内部】备注"}
        return {
            "decline": {"code": code, "handed_to": "信访办", "handed_at": clock.now().isoformat(), **note,
                        "fill": {"missing": "小区名称", "phone": "021-64120000"}},
            "reopen": note, "uphold": note, "send_back": note, "restore": note, "release": note,
            "edit": {"title": f"【问{question.id}】改过的标题", **note},
            "split": {"parts": [{"title": f"【问{question.id}】甲", "text": "甲事"}, {"title": "乙", "text": "乙事"}]},
            "merge": {"into": data.draw(st.sampled_from(self.questions())).id},
            "assign": {"lead": lead.id, "assisting": [groups[1].id], **note},
            "designate": {"lead": lead.id, **note},
            "return": {"reason_code": "not_ours", "proposed_unit": units[2].id, **note},
            "contribute": {"text": "【内部】协办意见"},
            "draft": {"text": text, "outcome": "promised" if promised else "answered",
                      "commitments": promise if promised else []},
            "change": {"version": question.draft_version, "text": text},
            "sign": {"version": question.draft_version},
            "enter_paper": {"version": question.draft_version, "signer": self.district.accounts["mayor"].username, "signed_at": clock.now().isoformat()},
            "confirm_paper": {"version": question.draft_version},
            "correct": {"text": text, **note},
            "withhold": {"code": "minor", **note},
            "urgent": {"handed_to": "110", **note},
            "convene": {"units": [units[1].id]},
            "close_convening": {"result": "【内部】结果", "present": "【内部】名单"},
            "flag": {"about_official": data.draw(st.booleans()), "unit": data.draw(st.sampled_from(units)).id},
            "note": {"text": "【内部】备注"},
        }.get(verb, {})  # fmt: skip

    def mark_new_parts(self) -> None:
        """A part of a split question gets words of its own to look for."""
        for part in Question.objects.exclude(part_of=None).filter(title="乙"):
            Question.objects.filter(id=part.id).update(title=f"【问{part.id}】乙")

    # -- what they do --------------------------------------------------------------------------------

    @initialize(
        stage=st.sampled_from(["announced", "live", "live", "live"]),
        publish_at=st.sampled_from(["acceptance", "answer"]),
    )
    def begin(self, stage: str, publish_at: str) -> None:
        OfficeHour.objects.filter(id=self.district.hour.id).update(publish_at=publish_at, allow_private=True)
        self.district.to_stage(stage)
        self.seq = read.head(self.district.hour.id)

    @rule(private=st.integers(0, 5), data=st.data())
    def ask(self, private: int, data: st.DataObject) -> None:
        try:
            question = self.district.ask("路灯坏了，请修。", reply_privately=private == 0)
        except TOLD:
            return
        Question.objects.filter(id=question.id).update(title=f"【问{question.id}】路灯坏了")

    @precondition(lambda self: Question.objects.exists())
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Somebody does what the oracle allows: it must be done."""
        question = self.pick(data)
        name = data.draw(st.sampled_from(PEOPLE), label="who")
        actor = self.actor(name)
        allowed = [verb for verb in VERBS if actor and flow.refusal(actor, verb, question) is None]
        if not allowed or actor is None:
            return
        verb = data.draw(st.sampled_from(allowed), label="verb")
        fields = self.fields(data, verb, question)
        try:
            actions.perform(actor, verb, question.id, fields)
        except InvalidFields as invalid:
            assert verb in {"merge", "assign", "designate", "convene"}, invalid.errors
        except Refused as refused:
            hidden = question.about_official and question.accused_unit_id == actor.unit_id
            assert refused.status == 404 and hidden, (verb, refused)
        self.mark_new_parts()

    @precondition(lambda self: Question.objects.exists())
    @rule(data=st.data(), name=st.sampled_from([*PEOPLE, "inspector", "editor"]), verb=st.sampled_from(VERBS))
    def bumble(self, data: st.DataObject, name: str, verb: str) -> None:
        """Somebody tries anything: done, or told; if told, nothing has changed."""
        question, actor = self.pick(data), self.actor(name)
        if actor is None:
            return
        head = read.head(question.hour_id)
        try:
            actions.perform(actor, verb, question.id, self.fields(data, verb, question))
        except TOLD:
            assert read.head(question.hour_id) == head
        self.mark_new_parts()

    @precondition(lambda self: bool(self.district.asked))
    @rule(data=st.data(), verb=st.sampled_from(["withdraw", "appeal", "supplement", "rate"]))
    def citizen(self, data: st.DataObject, verb: str) -> None:
        receipt = self.district.asked[data.draw(st.sampled_from(sorted(self.district.asked)))]
        try:
            if verb == "withdraw":
                citizen_actions.withdraw(receipt)
            else:
                getattr(citizen_actions, verb)(receipt, {"text": "补充一句", "level": 4})
        except TOLD:
            return

    @precondition(lambda self: Question.objects.exists())
    @rule(data=st.data(), comment=st.booleans())
    def reader(self, data: st.DataObject, comment: bool) -> None:
        question = self.pick(data)
        try:
            if comment:
                row = citizen_actions.comment(
                    question.id, {"display_name": "邻居", "text": "【内部】还没审核"}
                )
                remarks.screen_comment(self.district.actor("editor"), "decline", row.id)
            else:
                citizen_actions.support(question.id, browser=f"b{self.serial}")
        except TOLD:
            return
        assert not Comment.objects.filter(state="shown").exists()

    @precondition(lambda self: Question.objects.exists())
    @rule(data=st.data(), name=st.sampled_from(PEOPLE[:8]))
    def hold(self, data: st.DataObject, name: str) -> None:
        actor = self.actor(name)
        if actor is None:
            return
        try:
            holding.hold(actor, self.pick(data))
        except TOLD:
            return

    @rule(
        name=st.sampled_from(["coordinator", "coordinator", "moderator", "mayor"]),
        verb=st.sampled_from(HOUR_VERBS),
    )
    def hour_verb(self, name: str, verb: str) -> None:
        actor = self.actor(name)
        far = {
            "starts_at": "2026-12-31T19:00+08:00",
            "minutes": 10,
            "reason_code": "other",
            "username": "deputy",
        }
        if actor is None or (verb == "wrap" and self.serial < 8):
            return  # evenings that end before anything was drafted teach little
        try:
            hour_actions.perform(actor, verb, far)
        except TOLD:
            return

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.stack.enter_context(clock.steer(self.now))

    # -- what is true all the same -------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        hour, questions = self.hour, self.questions()
        truths.numbers_and_counts(hour.id)
        public = truths.who_is_public(questions, hour)
        truths.signatures(self.signed)
        truths.ends(questions, hour)
        fresh = truths.words_shown(questions, public, hour.id)
        # The page as it was, with the frames since, is the page as it is.
        truths.apply_frames(self.page, hour.slug, self.seq)
        assert self.page == fresh
        self.seq = read.head(hour.id)
        if self.district.asked:
            asked = sorted(self.district.asked)
            truths.receipt(self.district, asked[self.seq % len(asked)])

    def teardown(self) -> None:
        """At the end of the evening everybody looks once more."""
        try:
            for question_id in self.district.asked:
                truths.receipt(self.district, question_id)
            truths.journal(self.district.hour.id)
            if self.hour.stage != "archived":
                truths.desks(self.district, self.questions())
            replayed: dict[int, dict[str, Any]] = {}
            truths.apply_frames(replayed, self.district.hour.slug, 0)
            assert replayed == self.page
        finally:
            self.stack.close()
