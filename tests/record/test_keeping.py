"""From journal to signed tree: what becomes a leaf, what leaves no trace, what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction

from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER, START
from townhall.commitments import published as published_promises
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.journal import kinds
from townhall.questions import citizen_actions, remarks
from townhall.record import actions, altered, keys, leaves, merkle, notes, proofs, published, tiles, verifying
from townhall.record.hiding import commitment_to
from townhall.record.models import Leaf, Opening, Place, Sealed
from townhall.wrapping import actions as wrapping
from townhall.wrapping import taking_down

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question
    from townhall.record.actions import Keeper
    from townhall.wrapping.models import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def told() -> list[dict[str, Any]]:
    """Every leaf, read."""
    return [json.loads(data) for data in Leaf.objects.order_by("index").values_list("data", flat=True)]


def kinds_told() -> list[str]:
    return [one["kind"] for one in told()]


def checked(name: str) -> verifying.Finding:
    """A receipt as a stranger verifies it."""
    receipt = published.receipt(name)
    assert receipt is not None
    return verifying.verify_receipt(receipt, published.vkeys())


def promised(live: District) -> Question:
    question = live.walk("assigned")
    item = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[item])
    live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=1)


def test_an_answer_is_a_leaf_that_verifies(live: District, keeper: Keeper) -> None:
    question = live.walk("published")
    keeper.turn()
    finding = checked(str(question.id))
    assert finding.code == verifying.VERIFIED, finding.detail
    texts = dict(finding.texts)
    assert texts["answer"] == GOOD_ANSWER
    assert texts["title"] == question.title
    assert (texts["unit"], texts["signed_by"]) == ("区教育局", "mayor甲")
    assert finding.receipt is not None
    leaf = finding.receipt.told
    assert (leaf["kind"], leaf["question"], leaf["number"]) == (
        "question.signed",
        question.id,
        question.number,
    )
    assert leaf["at"] == "2026-11-30T19:10:00.000+08:00"
    assert leaf["facts"]["office"] == "mayor"


def test_stages_promises_corrections_and_counts_are_leaves(live: District, keeper: Keeper) -> None:
    question = promised(live)
    live.does("member1", "correct", question, text="更正：12月20日前完成大门改造。", note="改期")
    question.refresh_from_db()
    live.does("mayor", "sign", question, version=question.draft_version)
    live.hour_does("wrap", reason_code="other")
    keeper.turn()
    found = kinds_told()
    assert {"hour.announced", "hour.opened", "hour.wrapped", "question.accepted", "commitment.made",
            "record.key_made"} <= set(found)  # fmt: skip
    assert found.count("question.signed") == 2
    wrapped = told()[found.index("hour.wrapped")]
    assert wrapped["counts"]["asked"] == sum(wrapped["counts"].values()) - wrapped["counts"]["asked"] == 1
    promise = published_promises.of_questions([question.id])[question.id][0]
    assert dict(checked(f"promise-{promise['id']}").texts)["promise"] == "12月15日前完成大门改造"


def test_comments_and_clarifications_are_leaves(live: District, keeper: Keeper) -> None:
    question = live.walk("published")
    comment = citizen_actions.comment(
        question.id, {"display_name": "路人", "text": "电话13800138000，谢谢。"}
    )
    remarks.screen_comment(live.actor("moderator"), "accept", comment.id)
    words = {"rumour": "幼儿园要停办", "fact": "没有停办", "source": "区教育局", "dated": "2026-11-30"}
    clarification = remarks.draft_clarification(live.actor("coordinator"), words)
    remarks.sign_clarification(live.actor("mayor"), clarification.id)
    keeper.turn()
    assert dict(checked(f"comment-{comment.id}").texts)["comment"] == "电话138****8000，谢谢。"
    assert dict(checked(f"clarification-{clarification.id}").texts)["rumour"] == "幼儿园要停办"


def test_a_comment_taken_down_leaves_its_leaf_and_nothing_that_opens_it(
    live: District, keeper: Keeper
) -> None:
    question = live.walk("published")
    rows = [
        citizen_actions.comment(question.id, {"display_name": "路人", "text": text})
        for text in ("张三丰骗人。", "说得明白。")
    ]
    for row in rows:
        remarks.screen_comment(live.actor("moderator"), "accept", row.id)
    keeper.turn()
    name = f"comment-{rows[0].id}"
    before = checked(name).receipt
    assert before is not None
    remarks.remove_comment(live.actor("editor"), rows[0].id, {"code": "infringement"})
    assert checked(name).code == verifying.REMOVED  # before the record has noticed
    keeper.turn()
    about = {"leaf__subject": "comment", "leaf__subject_id": rows[0].id}
    assert not Opening.objects.filter(**about).exists(), "text and salt are gone"
    finding = checked(name)
    assert (finding.code, finding.texts) == (verifying.REMOVED, ())
    assert finding.receipt is not None and finding.receipt.leaf == before.leaf
    assert dict(checked(f"comment-{rows[1].id}").texts)["comment"] == "说得明白。"
    assert list(altered.among()) == [], "what was taken down was not tampered with"


def test_a_clarification_taken_down_leaves_its_leaf_and_nothing_that_opens_it(
    live: District, keeper: Keeper
) -> None:
    words = {"rumour": "幼儿园要停办", "fact": "没有停办", "source": "区教育局", "dated": "2026-11-30"}
    row = remarks.draft_clarification(live.actor("editor"), words)
    remarks.sign_clarification(live.actor("mayor"), row.id)
    other = remarks.draft_clarification(live.actor("editor"), words | {"rumour": "要停水"})
    remarks.sign_clarification(live.actor("mayor"), other.id)
    keeper.turn()
    name = f"clarification-{row.id}"
    before = checked(name).receipt
    assert before is not None
    remarks.cover_clarification(live.actor("moderator"), "withhold", row.id, {"code": "infringement"})
    finding = checked(name)  # before the record has noticed
    assert finding.code == verifying.REMOVED and "fact" in finding.removed
    remarks.cover_clarification(live.actor("moderator"), "restore", row.id, {})
    keeper.turn()
    assert checked(name).code == verifying.VERIFIED
    remarks.cover_clarification(live.actor("moderator"), "withhold", row.id, {"code": "infringement"})
    remarks.cover_clarification(live.actor("coordinator"), "confirm_withhold", row.id, {})
    keeper.turn()
    about = {"leaf__subject": "clarification", "leaf__subject_id": row.id}
    assert not Opening.objects.filter(**about).exists(), "text and salt are gone"
    finding = checked(name)
    assert (finding.code, finding.texts) == (verifying.REMOVED, ())
    assert finding.receipt is not None and finding.receipt.leaf == before.leaf
    assert "clarification.withhold_confirmed" in kinds_told()
    assert dict(checked(f"clarification-{other.id}").texts)["rumour"] == "要停水"
    assert list(altered.among()) == [], "what was taken down by law was not tampered with"


def test_what_nobody_may_see_is_no_leaf(live: District, keeper: Keeper) -> None:
    live.walk("declined")
    live.walk("submitted")
    question = live.walk("accepted")
    live.does("moderator", "urgent", question, handed_to="110", note="有危险")
    keeper.turn()
    assert not {"question.declined", "question.drafted", "question.urgent"} & set(kinds_told())
    for leaf in told():
        assert not {"accounts", "account", "lead", "group"} & set(leaf["facts"])


def test_a_private_answer_is_a_leaf_without_words(live: District, keeper: Keeper) -> None:
    OfficeHour.objects.update(allow_private=True)
    question = live.walk("published", reply_privately=True)
    keeper.turn()
    finding = checked(str(question.id))
    assert finding.code == verifying.VERIFIED
    assert finding.texts == ()
    assert finding.receipt is not None
    assert finding.receipt.told["texts"] == {}


def test_a_covered_text_is_not_served_and_comes_back(live: District, keeper: Keeper) -> None:
    question = live.walk("published")
    keeper.turn()
    live.does("moderator", "withhold", question, code="personal_data")
    finding = checked(str(question.id))  # before the record has noticed
    assert finding.code == verifying.REMOVED
    assert "answer" in finding.removed
    live.does("moderator", "restore", question, note="误判")
    keeper.turn()
    assert checked(str(question.id)).code == verifying.VERIFIED


def test_a_lawful_removal_takes_text_and_salt_and_leaves_the_leaf(live: District, keeper: Keeper) -> None:
    question = promised(live)
    keeper.turn()
    before = verifying.verify_receipt(published.receipt(str(question.id)) or b"", published.vkeys())
    assert before.receipt is not None
    live.does("moderator", "withhold", question, code="personal_data")
    live.does("coordinator", "confirm_withhold", question)
    keeper.turn()
    assert not Opening.objects.filter(question=question.id).exists()
    finding = checked(str(question.id))
    assert finding.code == verifying.REMOVED
    assert finding.texts == ()
    assert finding.receipt is not None
    assert finding.receipt.leaf == before.receipt.leaf
    assert "question.withhold_confirmed" in kinds_told()
    served = b"".join(
        tiles.Files(actions.folder()).read(tiles.address("entries", 0, Leaf.objects.count())) for _ in "1"
    )
    salt, text = before.receipt.openings["answer"]
    assert text.encode() not in served
    assert salt.hex().encode() not in served


def signed_summary(live: District) -> Paper:
    paper: Any = wrapping.perform(live.actor("coordinator"), "compose", None, {"kind": "summary"})
    wrapping.perform(live.actor("coordinator"), "submit_paper", paper.id, {})
    wrapping.perform(live.actor("mayor"), "sign_paper", paper.id, {})
    return paper


def test_a_closing_paper_opens_no_more_once_a_question_it_tells_of_is_taken_down(
    live: District, keeper: Keeper
) -> None:
    question, other = promised(live), live.walk("published")
    live.hour_does("wrap", reason_code="other")
    paper = signed_summary(live)
    keeper.turn()
    name = f"closing-{paper.id}"
    before = checked(name)
    assert "12月15日前完成大门改造" in dict(before.texts)["paper"]
    live.does("moderator", "withhold", other, code="threat")
    live.does("coordinator", "confirm_withhold", other)
    keeper.turn()
    assert checked(name).code == verifying.VERIFIED, "it says nothing of the other one"
    live.does("moderator", "withhold", question, code="personal_data")
    assert (checked(name).code, checked(name).texts) == (
        verifying.REMOVED,
        (),
    )  # before the record has noticed
    live.does("moderator", "restore", question, note="误判")
    keeper.turn()
    assert checked(name).code == verifying.VERIFIED
    live.does("moderator", "withhold", question, code="personal_data")
    live.does("coordinator", "confirm_withhold", question)
    keeper.turn()
    assert not Opening.objects.filter(leaf__subject="closing").exists(), "text and salt are gone"
    assert checked(name).receipt.leaf == before.receipt.leaf  # type: ignore[union-attr]
    assert list(altered.among()) == [], "what was taken down by law was not tampered with"


def test_a_closing_paper_taken_down_leaves_its_leaves_and_nothing_that_opens_them(
    live: District, keeper: Keeper
) -> None:
    live.walk("published")
    live.hour_does("wrap", reason_code="other")
    first = signed_summary(live)
    second: Any = wrapping.perform(
        live.actor("coordinator"), "correct_paper", first.id, {"note": "写错了数字。"}
    )
    wrapping.perform(live.actor("coordinator"), "submit_paper", second.id, {})
    wrapping.perform(live.actor("mayor"), "sign_paper", second.id, {})
    keeper.turn()
    assert dict(checked(f"closing-{second.id}").texts)["reason"] == "写错了数字。"
    assert "closing.corrected" in kinds_told()
    taking_down.cover(live.actor("moderator"), "withhold", second.id, {"code": "infringement"})
    names = [f"closing-{one.id}" for one in (first, second)]
    assert [checked(name).code for name in names] == [verifying.REMOVED] * 2  # before the record has noticed
    taking_down.cover(live.actor("coordinator"), "confirm_withhold", second.id, {})
    keeper.turn()
    assert not Opening.objects.filter(leaf__subject="closing").exists(), "text and salt are gone"
    assert [checked(name).texts for name in names] == [(), ()]
    assert kinds_told().count("closing.withhold_confirmed") == 2
    assert list(altered.among()) == [], "what was taken down by law was not tampered with"


def test_a_closing_paper_signed_after_the_removal_is_never_opened(live: District, keeper: Keeper) -> None:
    question = promised(live)
    live.hour_does("wrap", reason_code="other")
    paper: Any = wrapping.perform(live.actor("coordinator"), "compose", None, {"kind": "summary"})
    live.does("moderator", "withhold", question, code="personal_data")
    live.does("coordinator", "confirm_withhold", question)
    wrapping.perform(live.actor("coordinator"), "submit_paper", paper.id, {})
    wrapping.perform(live.actor("mayor"), "sign_paper", paper.id, {})
    keeper.turn()
    assert not Opening.objects.filter(leaf__subject="closing").exists()
    assert checked(f"closing-{paper.id}").code == verifying.REMOVED
    assert list(altered.among()) == []


def test_words_edited_away_are_gone(live: District, keeper: Keeper) -> None:
    question = live.walk("accepted", text="张某某的孩子在三班，路灯坏了，什么时候修？")
    keeper.turn()
    live.does("moderator", "edit", question, text="路灯坏了，什么时候修？", title="路灯", note="去掉姓名")
    keeper.turn()
    kept = json.dumps([row.words for row in Opening.objects.all()], ensure_ascii=False)
    assert "张某某" not in kept
    assert checked(str(question.id)).code == verifying.VERIFIED
    accepted = Leaf.objects.get(kind="question.accepted", question=question.id)
    assert checked(f"leaf-{accepted.index}").code == verifying.REMOVED


def test_a_withdrawn_question_takes_its_words_along(live: District, keeper: Keeper) -> None:
    question = live.walk("accepted")
    keeper.turn()
    citizen_actions.withdraw(live.receipt(question))
    assert checked(str(question.id)).texts == ()
    keeper.turn()
    assert not Opening.objects.filter(question=question.id).exists()


def test_a_rehearsal_is_not_in_the_record(district: District, keeper: Keeper) -> None:
    planning.create_hour(
        slug="rehearsal-1", title="预演", topic="预演", starts_at=START + timedelta(days=1), rehearsal=True
    )
    keeper.turn()
    assert "rehearsal-1" not in {leaf["hour"] for leaf in told()}


def test_each_entry_is_one_leaf_however_often_one_looks(live: District, keeper: Keeper) -> None:
    live.walk("published")
    keeper.turn()
    first = kinds_told()
    assert keeper.turn() == 0
    actions.Keeper().turn()
    live.walk("published")
    actions.Keeper().turn()
    assert kinds_told()[: len(first)] == first
    entries = list(Leaf.objects.values_list("line", "seq"))
    assert len(entries) == len(set(entries))
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(len(entries)))


def test_every_published_size_is_the_beginning_of_the_next(live: District, keeper: Keeper) -> None:
    kept = []
    for _round in range(3):
        live.walk("published")
        keeper.turn()
        kept.append(published.checkpoint() or b"")
    files = tiles.Files(actions.folder())
    for old in kept:
        _now, finding = verifying.verify_checkpoint(files.read, published.vkeys(), old)
        assert finding.code == verifying.VERIFIED, finding.detail
    now = notes.open_checkpoint(kept[-1], published.vkeys())[0]
    assert verifying.verify_whole(files.read, now).code == verifying.VERIFIED


def test_the_database_refuses_to_change_a_leaf(live: District, keeper: Keeper) -> None:
    keeper.turn()
    for rows in (Leaf.objects.all(), Sealed.objects.all()):
        field = "data" if rows.model is Leaf else "root"
        with pytest.raises(DatabaseError, match="never"), transaction.atomic():
            rows.update(**{field: "x"})


def test_another_root_for_the_same_size_is_never_signed(live: District, keeper: Keeper) -> None:
    keeper.turn()
    size = Sealed.objects.get().size
    with pytest.raises(tiles.RecordBroken, match="fork"):
        actions.seal(notes.Checkpoint("wsbg.example.gov/record", size, bytes(32)))


def test_the_files_can_be_made_again_from_the_rows(live: District, keeper: Keeper) -> None:
    live.walk("published")
    keeper.turn()
    before = published.checkpoint()
    for path in sorted(actions.folder().rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    actions.Keeper().turn()
    assert published.checkpoint() == before


def test_damaged_tiles_are_not_signed_over(live: District, keeper: Keeper) -> None:
    keeper.turn()
    size = Leaf.objects.count()
    path = actions.folder() / tiles.address(0, 0, size)
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(tiles.RecordBroken, match="root"):
        actions.Keeper().turn()
    path.unlink()
    with pytest.raises(tiles.RecordBroken, match="missing"):
        actions.Keeper().turn()


def test_a_checkpoint_of_a_stranger_is_not_taken_for_ours(live: District, keeper: Keeper) -> None:
    keeper.turn()
    stranger = notes.make_signer("wsbg.example.gov/record")
    (actions.folder() / "checkpoint").write_bytes(
        bytes(notes.Checkpoint(stranger.name, 0, merkle.EMPTY_ROOT).signed([stranger]))
    )
    with pytest.raises(tiles.RecordBroken, match="not ours"):
        actions.Keeper().turn()


def test_a_real_installation_waits_for_its_key(
    live: District, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from townhall.people.models import Installation

    Installation.objects.update(kind="real")
    with pytest.raises(keys.KeyMissing):
        keeper.turn()
    assert Leaf.objects.exists()
    assert published.checkpoint() is None
    made = actions.make_key()
    keeper.turn()
    assert keys.path().stat().st_mode & 0o777 == 0o600
    assert made[0].name == "wsbg.example.gov/record"
    assert notes.open_checkpoint(published.checkpoint() or b"", [made[0].verifier])


def test_a_lost_key_is_not_silently_replaced(live: District, keeper: Keeper) -> None:
    keeper.turn()
    keys.path().unlink()
    with pytest.raises(keys.KeyMissing):
        actions.make_key()
    keys.keep([notes.make_signer("wsbg.example.gov/record")])
    with pytest.raises(keys.KeyMissing, match="rotate"):
        actions.Keeper().turn()


def test_the_texts_of_a_leaf_are_salted(live: District, keeper: Keeper) -> None:
    live.walk("published")
    live.walk("published")
    keeper.turn()
    found = [leaf["texts"]["answer"] for leaf in told() if leaf["kind"] == "question.signed"]
    assert len(set(found)) == 2
    assert commitment_to(GOOD_ANSWER, b"") not in found


def test_places_move_on_past_what_is_no_leaf(
    live: District, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.turn()
    monkeypatch.setattr(actions, "IDLE", 2)
    for _number in range(4):
        live.ask()
    keeper.turn()
    from townhall.journal import read

    assert Place.objects.get(line=live.hour.id).seq == read.head(live.hour.id)


def test_a_leaf_tells_of_nobody_inside() -> None:
    """What is not named is not shown; what is named must exist, and is no account and no group."""
    assert {fact for kind in kinds.KINDS.values() for fact in kind.facts} >= leaves.SHOWN_FACTS
    assert not leaves.SHOWN_FACTS & {
        "accounts",
        "account",
        "lead",
        "group",
        "groups",
        "assisting",
        "ids",
        "note",
    }


def test_receipts_name_what_they_are_asked_for(live: District, keeper: Keeper) -> None:
    keeper.turn()
    for name in ("999", "leaf-99999", "promise-1", "x", "leaf--1", "", "1\n"):
        assert published.receipt(name) is None
    with pytest.raises(proofs.ReceiptBroken):
        proofs.parse(b"x")
