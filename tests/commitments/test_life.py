"""Promises: made from the answer's words, worked on, extended, reported, verified, closed, ended, disputed."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from tests.commitments.conftest import ANSWER, DUE, WORDS, later, photo
from townhall.commitments import actions, citizen_actions, clocks, inputs, queries
from townhall.commitments import published as commitments
from townhall.commitments.actions import Files
from townhall.commitments.models import Commitment, Proof, Request, Step
from townhall.documents import uploads
from townhall.documents.models import Upload
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.live import frames
from townhall.questions import promised
from townhall.questions import queries as question_queries

if TYPE_CHECKING:
    from tests.commitments.conftest import Promises

pytestmark = pytest.mark.django_db


def refused(act: Any) -> Refused:
    with pytest.raises(Refused) as found:
        act()
    return found.value


def invalid(act: Any) -> dict[str, Any]:
    with pytest.raises(InvalidFields) as found:
        act()
    return found.value.errors


# -- made from the answer's words ---------------------------------------------------------------------


def test_a_signature_makes_promises_with_owner_helpers_handling_and_both_clocks(promises: Promises) -> None:
    lead, helper = promises.district.units[:2]
    item = {"text": WORDS, "workdays": 5, "handling": "site_visit", "assisting": [helper.id, lead.id]}
    one = promises.make(item, {"text": "完工后在本页公布", "due": "2026-12-18", "unit": helper.id})
    assert (one.due, one.first_due, one.handling, one.state) == (
        date(2026, 12, 7),
        one.due,
        "site_visit",
        "open",
    )
    assert [unit.id for unit in one.assisting.all()] == [helper.id]
    assert one.prescribed == date(2026, 12, 14)
    shown = commitments.of_questions([one.question_id])[one.question_id]
    assert [(row["unit"], row["assisting"]) for row in shown] == [
        ("区教育局", ["区住建局"]),
        ("区住建局", []),
    ]
    entry = Entry.objects.filter(kind="commitment.made").first()
    assert entry is not None
    assert entry.public
    assert promises.district.accounts["member2"].id in entry.facts["accounts"]


def test_working_days_are_counted_from_the_signature(promises: Promises) -> None:
    live = promises.district
    question = live.does("moderator", "assign", live.ask(), lead=live.groups[0].id)
    item = {"text": WORDS, "workdays": 3}
    question = live.does("member1", "draft", question, text=ANSWER, outcome="promised", commitments=[item])
    assert question.versions.get().commitments[0]["due"] == "2026-12-03"
    question = live.does("lead1", "submit", question)
    with clock.steer(later(7)):
        live.does("mayor", "sign", question, version=question.draft_version)
    assert Commitment.objects.get().due == date(2026, 12, 10)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"due": "2026-11-29"}, "due"), ({"due": "yesterday"}, "due"), ({"due": 5}, "due"), ({}, "due"),
        ({"workdays": 0}, "workdays"), ({"workdays": 251}, "workdays"), ({"workdays": "soon"}, "workdays"),
        ({"workdays": 30}, "workdays"), ({"due": DUE, "handling": "magic"}, "handling"),
        ({"due": DUE, "assisting": [99999]}, "assisting"), ({"due": DUE, "assisting": "x"}, "assisting"),
        ({"due": DUE, "unit": 99999}, "unit"), ({"due": DUE, "unit": {"a": 1}}, "unit"), ({"due": DUE, "text": ""}, "text"),
        ({"due": DUE, "text": "\ud800"}, "text"),
    ],
)  # fmt: skip
def test_a_bad_promise_names_the_field(promises: Promises, item: dict[str, Any], field: str) -> None:
    live = promises.district
    question = live.does("moderator", "assign", live.ask(), lead=live.groups[0].id)
    data = {"text": ANSWER, "outcome": "promised", "commitments": [{"text": WORDS, **item}]}
    assert list(invalid(lambda: live.does("member1", "draft", question, **data))) == [
        f"commitments[0].{field}"
    ]
    assert not question.versions.exists()


def test_words_that_are_not_the_answers_and_days_nobody_works_are_pointed_out(promises: Promises) -> None:
    live = promises.district
    question = live.does("moderator", "assign", live.ask(), lead=live.groups[0].id)
    items = [
        {"text": "一定办好", "due": "2026-12-12"},
        {"text": "12月15日前\n完成大门改造", "due": "2027-03-01"},
    ]
    question = live.does("member1", "draft", question, text=ANSWER, outcome="promised", commitments=items)
    found = {(one["code"], one["due"]) for one in question.versions.get().findings if "due" in one}
    assert found == {
        ("commitment_not_in_answer", "2026-12-12"), ("due_not_working_day", "2026-12-12"),
        ("due_in_unknown_year", "2027-03-01"),
    }  # fmt: skip


def corrected(promises: Promises, one: Commitment, text: str, **data: Any) -> None:
    live = promises.district
    question = live.does("lead1", "correct", live.hour.questions.get(id=one.question_id), text=text, **data)
    live.does("mayor", "sign", question, version=question.draft_version)


def test_a_correction_that_says_the_same_keeps_the_promise_and_its_history(promises: Promises) -> None:
    one = promises.make()
    promises.does("member1", "progress", one, text="已经开工。")
    with clock.steer(later(40)):  # its day has passed, and may be repeated all the same
        corrected(
            promises, one, ANSWER + "电话改为 021-64120012。", commitments=[{"text": WORDS, "due": DUE}]
        )
    assert [(row.id, row.state, row.words_stand) for row in Commitment.objects.all()] == [
        (one.id, "open", True)
    ]
    assert one.steps.filter(verb="progress").exists()


def test_a_correction_that_brings_help_or_another_handling_changes_the_promise_and_says_so(
    promises: Promises,
) -> None:
    live = promises.district
    one = promises.make()
    promises.does("member1", "progress", one, text="已经开工。")
    item = {"text": WORDS, "due": DUE, "assisting": [live.units[1].id], "handling": "works"}
    question = live.hour.questions.get(id=one.question_id)

    def corrected(text: str, promised: dict[str, Any]) -> Commitment:
        row = live.does("lead1", "correct", question, text=text, commitments=[promised])
        live.does("mayor", "sign", row, version=row.draft_version)
        return Commitment.objects.get(id=one.id)

    one = corrected(ANSWER + "区住建局协助。", item)
    assert (one.state, one.joint, one.handling) == ("open", True, "works")
    assert list(one.assisting.all()) == [live.units[1]]
    assert one.prescribed == clocks.prescribed_for("works", clock.local(one.made_at).date())
    assert one.steps.filter(verb="progress").exists()
    told = commitments.timeline(one.id)[-1]
    assert (told["verb"], told["handling"]) == ("amended", "工程整改")
    assert live.units[1].name in told["text"]
    entry = Entry.objects.get(kind="commitment.amended")
    assert entry.public and live.accounts["member2"].id in entry.facts["accounts"]
    one = corrected(ANSWER + "由区教育局单独办理。", {"text": WORDS, "due": DUE, "handling": "works"})
    assert (one.joint, list(one.assisting.all())) == (False, [])
    one = promises.walk("closed", one)
    one = corrected(ANSWER + "再次更正。", item)
    assert (one.state, one.joint, one.steps.filter(verb="amended").count()) == ("closed", False, 2)


def test_a_promise_whose_words_a_correction_dropped_stands_and_is_shown_to_the_inspector(
    promises: Promises,
) -> None:
    one = promises.make()
    corrected(promises, one, "您好！大门改造已经列入计划，具体日期另行公布。联系电话021-64120011。")
    one.refresh_from_db()
    assert (one.state, one.words_stand) == ("open", False)
    _view, rows, _more = queries.listed(promises.hand("inspector"), "words")
    assert [row["commitment"].id for row in rows] == [one.id]


def test_a_correction_that_says_something_else_replaces_what_is_owed(promises: Promises) -> None:
    old = promises.walk("replaced")
    new = Commitment.objects.get(state="open")
    assert (new.replaces_id, new.due) == (old.id, date(2026, 12, 31))
    found = promised.promise(old.id)
    assert found is not None
    assert found["replaced_by"] == new.id


def test_what_is_closed_is_not_replaced_by_a_correction(promises: Promises) -> None:
    one = promises.walk("closed")
    corrected(promises, one, ANSWER + "谢谢。", commitments=[{"text": WORDS, "due": DUE}])
    assert [row.state for row in Commitment.objects.all()] == ["closed"]


# -- the unit -------------------------------------------------------------------------------------------


def test_a_unit_says_how_far_it_is_with_date_and_picture(promises: Promises) -> None:
    one = promises.make()
    with clock.steer(later(3)):
        files = Files(pictures=[photo(gps=True)], captions=["大门东侧"])
        promises.does(
            "member1", "progress", one, files, text="开始拆旧门。", on="2026-12-02", handling="works"
        )
    one.refresh_from_db()
    assert one.first_action_at is not None
    _made, step = commitments.timeline(one.id)
    assert (step["on"], step["who"], step["text"], step["reason"]) == (
        "2026-12-02", "区教育局", "开始拆旧门。", "工程整改",
    )  # fmt: skip
    assert [picture["caption"] for picture in step["pictures"]] == ["大门东侧"]
    kept = commitments.picture(one.id, step["pictures"][0]["id"])
    assert kept is not None
    data = uploads.path_of(kept.digest).read_bytes()
    assert b"SecretCamera" in photo(gps=True).read()
    assert b"SecretCamera" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.size, dict(picture.getexif()), picture.info.get("exif")) == ((64, 48), {}, None)
    assert kept.name == "photo.jpg"


def test_a_sideways_picture_stands_upright_and_a_large_one_becomes_small(promises: Promises) -> None:
    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.new("RGB", (3000, 2000)).save(out, "JPEG", exif=tags)
    one = promises.make()
    file = SimpleUploadedFile("a.jpg", out.getvalue())
    promises.does("member1", "progress", one, Files(pictures=[file]), text="照片。")
    with Image.open(uploads.path_of(Proof.objects.get().upload.digest)) as picture:
        assert picture.size == (1067, 1600)


@pytest.mark.parametrize(
    ("verb", "data", "field"),
    [
        ("progress", {"text": ""}, "text"), ("progress", {"text": "a" * 1001}, "text"),
        ("progress", {"text": "x", "on": "2026-12-01"}, "on"), ("progress", {"text": "x", "on": "2026-11-29"}, "on"),
        ("progress", {"text": "x", "on": "gestern"}, "on"), ("progress", {"text": 7}, "text"),
        ("report", {"text": "x"}, "pictures"), ("report", {}, "text"),
        ("ask_extension", {"due": DUE, "reason_code": "weather", "text": "x"}, "due"),
        ("ask_extension", {"due": "", "reason_code": "weather", "text": "x"}, "due"),
        ("ask_extension", {"due": "2027-01-15", "reason_code": "lazy", "text": "x"}, "reason_code"),
        ("ask_extension", {"due": "2027-01-15", "reason_code": "weather", "text": ""}, "text"),
        ("propose_end", {"reason_code": "", "text": "x"}, "reason_code"),
    ],
)  # fmt: skip
def test_bad_input_of_a_unit_names_the_field_and_keeps_nothing(
    promises: Promises, verb: str, data: dict[str, Any], field: str
) -> None:
    one = promises.make()
    assert field in invalid(lambda: promises.does("member1", verb, one, **data))
    assert one.steps.count() == 1
    assert not Request.objects.exists()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 broken", b"GIF89a" + b"0" * 40])
def test_what_is_no_picture_is_refused_and_no_file_stays(promises: Promises, content: bytes) -> None:
    one = promises.make()
    files = Files(pictures=[photo(), SimpleUploadedFile("a.jpg", content)])
    assert "pictures" in invalid(lambda: promises.does("member1", "progress", one, files, text="x"))
    assert not Upload.objects.exists()


def test_files_of_an_act_that_lost_a_race_are_thrown_away(
    promises: Promises, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = promises.make()
    keep = actions.documents.keep_upload

    def meanwhile(*args: Any, **options: Any) -> Any:
        kept = keep(*args, **options)
        monkeypatch.setattr(actions.documents, "keep_upload", keep)
        promises.report(one, "lead1")
        return kept

    monkeypatch.setattr(actions.documents, "keep_upload", meanwhile)
    files = Files(pictures=[photo(size=(10, 10))])
    assert refused(lambda: promises.does("member1", "progress", one, files, text="x")).status == 409
    assert Upload.objects.count() == 1


# -- extensions -----------------------------------------------------------------------------------------


def asked(promises: Promises, one: Commitment, **data: Any) -> Commitment:
    usual = {"due": "2027-01-20", "reason_code": "procedure", "text": "公示期未满，须等到明年一月。"}
    return promises.does("member1", "ask_extension", one, **usual | data)


def test_an_extension_asked_in_time_and_approved_by_a_leader_is_public_and_counted(
    promises: Promises,
) -> None:
    one = asked(promises, promises.make())
    one = promises.does("deputy", "approve_extension", one)
    assert (one.due, one.first_due, one.extensions) == (date(2027, 1, 20), date(2026, 12, 15), 1)
    step = commitments.timeline(one.id)[-1]
    assert (step["was"], step["due"], step["who"]) == (DUE, "2027-01-20", "deputy甲")
    assert step["reason"] == "法定程序未完成（招标、公示、审批）"
    with clock.steer(later(30)):
        one.refresh_from_db()
        assert not clocks.is_late(one, clock.today())
        assert promised.promises(late=True)[0] == []


def test_an_extension_asked_after_the_day_is_refused_by_the_desk_and_by_the_database(
    promises: Promises,
) -> None:
    one = promises.make()
    with clock.steer(later(16)):
        found = refused(lambda: asked(promises, one))
        assert (found.status, found.code) == (409, "in_time")
        with pytest.raises(IntegrityError), transaction.atomic():
            Request.objects.create(
                commitment=one, kind="extension", reason_code="weather", words="x", due_then=one.due,
                new_due=date(2027, 1, 1), asked_by=promises.district.accounts["member1"], asked_at=clock.now(),
                asked_on=clock.today(),
            )  # fmt: skip


def test_an_extension_is_for_a_year_at_most_and_a_day_nobody_works_is_pointed_out(promises: Promises) -> None:
    one = promises.make()
    assert "due" in invalid(lambda: asked(promises, one, due="2027-12-17"))
    assert not Request.objects.exists()
    for due, said in (("2026-12-26", "不是工作日"), ("2026-12-28", ""), ("2027-12-16", "还没有公布")):
        asked(promises, one, due=due)
        request = Request.objects.get(state="waiting")
        told = queries.off_day(request.new_due)
        assert (said in told) if said else told == ""
        promises.does("deputy", "refuse_extension", one, text="请按期办好。")


def test_a_refused_extension_leaves_the_day_and_a_report_withdraws_what_waits(promises: Promises) -> None:
    one = asked(promises, promises.make())
    one = promises.does("mayor", "refuse_extension", one, text="可以先装临时门。")
    assert one.due == date(2026, 12, 15)
    asked(promises, one)
    promises.report(one)
    assert [request.state for request in Request.objects.all()] == ["refused", "withdrawn"]


# -- the inspector --------------------------------------------------------------------------------------


def test_reported_in_time_is_not_late_while_it_waits_and_closes_on_time(promises: Promises) -> None:
    one = promises.walk("reported")
    with clock.steer(later(30)):
        assert not clocks.is_late(one, clock.today())
        one = promises.does("inspector", "verify", one)
        one = promises.does("inspector", "close", one)
        assert clocks.kept(one) == "on_time"
    assert promised.promises(state="closed")[0][0]["kept"] == "on_time"


def test_the_list_goes_by_due_date_whatever_was_promised_first(promises: Promises) -> None:
    days = ("2026-12-22", "2026-12-15", "2026-12-18", "2026-12-15")
    a, b, c, d = (promises.make({"text": WORDS, "due": day}).id for day in days)
    first, place = promised.promises(limit=3)
    rest, end = promised.promises(limit=3, after=place)
    assert [(one["due"], one["id"]) for one in [*first, *rest]] == [
        ("2026-12-15", b), ("2026-12-15", d), ("2026-12-18", c), ("2026-12-22", a),
    ]  # fmt: skip
    assert end is None
    first, place = promised.promises(limit=3, latest_first=True)
    rest, end = promised.promises(limit=3, latest_first=True, before=place)
    assert [one["id"] for one in [*first, *rest]] == [a, c, d, b]


def test_two_verdicts_at_once_the_second_is_refused(promises: Promises) -> None:
    one = promises.walk("reported")
    promises.does("inspector", "rework", one, text="东侧还没有装。")
    found = refused(lambda: promises.does("inspector2", "verify", one))
    assert (found.status, found.code) == (409, "state")


def test_rework_goes_back_to_the_unit_and_is_counted(promises: Promises) -> None:
    one = promises.does("inspector", "rework", promises.walk("verified"), text="东侧还没有装。")
    assert (one.state, one.reworks, one.verified_by_id) == ("open", 1, None)
    assert "东侧还没有装。" in [step["text"] for step in commitments.timeline(one.id)]


def test_a_site_check_is_public_only_when_the_inspector_says_so(promises: Promises) -> None:
    one = promises.make()
    promises.does("inspector", "site_check", one, text="工人三名，正在焊接。")
    promises.does("inspector", "site_check", one, text="门框已立好。", public="on")
    assert [step["text"] for step in commitments.timeline(one.id)][1:] == ["门框已立好。"]


def test_only_the_mayor_ends_a_promise_and_the_database_says_so_too(promises: Promises) -> None:
    one = promises.make()
    promises.does("member1", "propose_end", one, reason_code="not_feasible", text="地下管线不允许。")
    assert refused(lambda: promises.does("deputy", "sign_end", one)).status == 403
    one = promises.does("mayor", "sign_end", one)
    assert (one.state, one.ended_as) == ("ended", "mayor")
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(id=one.id).update(ended_as="deputy")


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        ("closed", {"state": "lost"}), ("open", {"state": "closed"}), ("open", {"state": "reported"}),
        ("open", {"due": date(2027, 1, 1)}), ("open", {"state": "ended"}), ("closed", {"closed_at": None}),
        ("reported", {"state": "verified"}), ("open", {"extensions": 1}),
    ],
)  # fmt: skip
def test_the_database_refuses_what_the_flow_refuses(
    promises: Promises, state: str, wrong: dict[str, Any]
) -> None:
    one = promises.walk(state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(id=one.id).update(**wrong)


def test_the_reporter_never_verifies_in_the_database_either(promises: Promises) -> None:
    one = promises.walk("verified")
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(id=one.id).update(verified_by=one.reported_by)


# -- the asker ------------------------------------------------------------------------------------------


def test_not_done_goes_back_to_the_inspector_twice_and_then_becomes_a_follow_up(promises: Promises) -> None:
    one = promises.walk("closed")
    for _time in range(2):
        one = promises.dispute(one)
        assert (one.state, one.closed_at) == ("reported", None)
        promises.does("inspector2", "verify", one)
        one = promises.does("inspector2", "close", one)
    assert refused(lambda: promises.dispute(one)).code == "disputable"
    entry = Entry.objects.filter(kind="commitment.disputed").first()
    assert entry is not None
    assert entry.facts["reason"] == "not_solved"
    assert promises.district.accounts["inspector"].id in entry.facts["accounts"]
    assert citizen_actions.closed_of(one.question_id) == [one.id]


def test_an_asker_cannot_dispute_what_is_not_closed(promises: Promises) -> None:
    assert refused(lambda: promises.dispute(promises.make())).status == 409
    assert refused(lambda: citizen_actions.reopen(99)).status == 404


def test_free_text_never_becomes_the_reason(promises: Promises) -> None:
    one = promises.walk("closed")
    citizen_actions.reopen(one.id, reason="门是歪的！")
    assert Step.objects.get(verb="dispute").code == ""


# -- readers --------------------------------------------------------------------------------------------


def test_each_public_change_shows_the_questions_card_again(promises: Promises) -> None:
    one = promises.make()
    seq = frames.head("2026-11") or 0
    promises.does("member1", "progress", one, text="开工。")
    promises.does("inspector", "chase", one, template="due_soon")
    promises.report(one)
    (frame,) = frames.after("2026-11", seq)
    assert frame.event == "question"
    assert "待核查" in frame.data
    assert f"/promises/{one.id}/" in frame.data


def test_a_private_questions_promise_is_counted_without_its_words(promises: Promises) -> None:
    one = promises.make()
    promises.district.does(
        "moderator2", "withhold", promises.district.hour.questions.get(), code="personal_data"
    )
    (item,), _more = promised.promises()
    assert (item["text"], item["covered"]) == ("", True)
    found = promised.promise(one.id)
    assert found is not None
    assert (found["text"], found["timeline"]) == ("", [])


def test_after_archiving_standing_offices_and_the_unit_act(promises: Promises) -> None:
    one = promises.make()
    live = promises.district
    live.hour_does("wrap", reason_code="other")
    live.hands_over()
    live.hour_does("archive")
    assert promises.walk("closed", one).state == "closed"
    assert refused(lambda: promises.does("member2", "progress", one, text="x")).status == 403


def test_an_unknown_verb_or_promise_is_404(promises: Promises) -> None:
    one = promises.make()
    assert refused(lambda: promises.does("inspector", "sign", one)).status == 404
    assert refused(lambda: promises.does("inspector", "dispute", one)).status == 404
    assert refused(lambda: actions.perform(promises.hand("inspector"), "close", 999, {})).status == 404


def test_staff_see_their_own_promises_only(promises: Promises) -> None:
    one = promises.make()
    assert queries.counts(promises.hand("member1"))["mine"] == 1
    assert queries.counts(promises.hand("member2"))["mine"] == 0
    assert refused(lambda: queries.detail(promises.hand("member2"), one.id)).status == 404
    assert refused(lambda: queries.listed(promises.hand("member1"), "late")).status == 404
    assert question_queries.get(promises.district.actor("mayor"), one.question_id).outcome == "promised"


def test_prescribed_limits_wait_for_the_calendar(promises: Promises) -> None:
    one = promises.make({"text": WORDS, "due": DUE, "handling": "works"})
    assert one.prescribed is None
    assert actions.settle_prescribed() == 0
    assert clocks.prescribed_for("explain", date(2026, 11, 30)) == date(2026, 12, 7)
    assert inputs.stands_in("甲 乙", "丙甲\n乙") is True


def test_pages_of_a_list_do_not_grow_in_queries(promises: Promises, django_assert_num_queries: Any) -> None:
    for rows in (1, 29):
        for _number in range(rows):
            promises.make({"text": WORDS, "due": DUE, "assisting": [promises.district.units[1].id]})
        inspector = promises.hand("inspector")
        with django_assert_num_queries(4):  # one of them: after how many days a promise is silent
            _view, listed, _more = queries.listed(inspector, "all")
        with django_assert_num_queries(2):
            queries.counts(inspector)
        assert len(listed) in {1, 30}
