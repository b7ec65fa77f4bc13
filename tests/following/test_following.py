"""Following a promise, a unit, a subject: asked twice, told once, stopped with one tap, forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from tests.commitments.conftest import WORDS
from tests.fixtures import GOOD_ANSWER
from tests.following.conftest import MAIL, MOBILE, Reader, at
from townhall.following import actions, citizen_actions, links, reading
from townhall.following.models import Cursor, Follow, Note
from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.keeping.actions import Clerk
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.secrets import encrypt
from townhall.outreach import outbox, sending
from townhall.outreach.models import Message
from townhall.people.models import Contact
from townhall.portal import pace

if TYPE_CHECKING:
    from townhall.commitments.models import Commitment
    from townhall.questions.models import Question

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def step(reader: Reader, one: Commitment, text: str = "门框已立好。") -> None:
    reader.promises.does("member1", "progress", one, text=text)


def told(reader: Reader) -> list[str]:
    found = [mail.body for mail in reader.box]
    reader.box.clear()
    return found


# -- asking twice ---------------------------------------------------------------------------------------


def test_a_mail_address_is_told_only_once_its_owner_agreed(reader: Reader) -> None:
    one = reader.promises.make()
    assert WORDS in reader.client.get(reader.page(one)).content.decode()
    reader.asks(reader.page(one))
    step(reader, one)
    reader.waits()
    (letter,) = reader.box
    assert letter.to == [MAIL] and WORDS in letter.body and "48 小时" in letter.body
    link = reader.link()
    opened = reader.client.get(link)
    assert "l***@example.org" in opened.content.decode() and opened.headers["Cache-Control"] == "no-store"
    assert Follow.objects.get().agreed_at is None, "opening it agrees to nothing: programs open links"
    reader.client.post(link)
    assert "已订阅" in reader.client.post(link).content.decode(), "twice does no harm"
    reader.box.clear()
    reader.waits()
    assert told(reader) == [], "what happened before is no news"
    with clock.steer(clock.now() + timedelta(minutes=1)):
        step(reader, one, "门扇已装好，电话13800138000。")
    reader.waits(8)
    (news,) = reader.box
    assert "门扇已装好" in news.body and f"/promises/{one.id}/" in news.body and "办理进展" in news.subject
    assert "13800138000" not in news.body
    assert "/unfollow/" in news.extra_headers["List-Unsubscribe"]
    assert news.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert news.extra_headers["List-Unsubscribe"].strip("<>") in news.body
    reader.waits(30)
    assert len(reader.box) == 1, "once"


def test_the_address_is_sealed_and_stands_in_no_journal(reader: Reader) -> None:
    reader.follows(reader.page(reader.promises.make()))
    stored = str(list(Follow.objects.values())) + str(list(Entry.objects.values_list("facts", flat=True)))
    assert MAIL not in stored
    kinds = list(Entry.objects.filter(subject="follow").order_by("id").values_list("kind", flat=True))
    assert kinds == ["follow.asked", "follow.made"]


def test_a_verified_mobile_is_told_in_words_that_name_nobody(reader: Reader) -> None:
    one = reader.promises.make()
    row = reader.follows_by_sms(reader.page(one))
    with clock.steer(at(1, 10)):
        step(reader, one, "王小明家门口已修好。")
    reader.waits(to=at(1, 10, 6))
    shown = outbox.outgoing()
    assert shown is not None
    text = str(shown[0]["text"])
    assert "第 1 号提问的承诺" in text and "有新的办理进展" in text and links.stop_link(row) in text
    assert "王小明" not in text and shown[0]["to"] == "138****8000"


@pytest.mark.parametrize(
    ("when", "leaves"), [(at(1, 20, 50), at(1, 20, 56)), (at(1, 23), at(2, 8, 1)), (at(2, 3), at(2, 8, 1))]
)
def test_nobodys_telephone_rings_at_night(reader: Reader, when: Any, leaves: Any) -> None:
    one = reader.promises.make()
    reader.follows_by_sms(reader.page(one))
    with clock.steer(when):
        step(reader, one)
    reader.waits(to=leaves - timedelta(minutes=2))
    assert not Message.objects.filter(template="follow").exists()
    reader.waits(to=leaves)
    assert Message.objects.filter(template="follow").count() == 1


def test_a_try_that_failed_in_the_evening_waits_for_the_morning(reader: Reader, settings: Any) -> None:
    settings.SMS_SENDER, settings.GATEWAY_URL = "http", "http://127.0.0.1:9/"
    one = reader.promises.make()
    with clock.steer(at(1, 20, 40)):
        reader.follows_by_sms(reader.page(one))
        sending.tick()
    with clock.steer(at(1, 20, 45)):
        step(reader, one)
    reader.waits(to=at(1, 20, 51))
    message = Message.objects.get(template="follow")
    assert (message.state, message.attempts) == ("queued", 1)
    reader.waits(to=at(1, 23))
    message.refresh_from_db()
    assert message.attempts == 1
    reader.waits(to=at(2, 9))
    message.refresh_from_db()
    assert message.attempts == 2


# -- what is told ---------------------------------------------------------------------------------------


def test_every_public_step_is_told_and_the_last_one_ends_it(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    acts = reader.promises
    with clock.steer(at(1, 10)):
        acts.does("member1", "ask_extension", one, reason_code="weather", text="连日下雨。", due="2026-12-22")
        acts.does("inspector", "chase", one, template="due_soon", note="内部催办说明")
        acts.does("mayor", "approve_extension", one, note="内部批示")
    reader.waits(to=at(1, 10, 6))
    (granted,) = told(reader)
    assert "批准延期" in granted and "12月22日" in granted and "内部" not in granted
    with clock.steer(at(2, 10)):
        acts.walk("closed", one)
    reader.waits(to=at(2, 10, 6))
    (end,) = told(reader)
    for words in ("报结", "核查通过", "办结", "现场看过，已经改好。", "订阅到此结束"):
        assert words in end
    row = Follow.objects.get()
    assert row.ended_at is not None and row.address_sealed
    assert reader.asks(reader.page(one)).content.decode().count("不用订阅") == 1
    with clock.steer(at(3, 10)):
        acts.dispute(one)
    reader.waits(to=at(3, 10, 6))
    (again,) = told(reader)
    assert "提问人反映没有办好，重新核查" in again and "订阅到此结束" not in again
    with clock.steer(at(4, 10)):
        acts.does("inspector", "verify", one)
        acts.does("inspector", "close", one, text="第二次看过，坡道已补。")
    reader.waits(to=at(4, 10, 6))
    (end,) = told(reader)
    assert "第二次看过，坡道已补。" in end and "订阅到此结束" in end
    with clock.steer(at(5, 10)):
        acts.does("inspector", "reopen", one, text="又坏了。")
    reader.waits(to=at(5, 10, 6))
    (reopened,) = told(reader)
    assert "重新办理" in reopened and "又坏了。" in reopened


def test_an_ended_promise_is_told_with_the_mayors_name(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        reader.promises.walk("ended", one)
    reader.waits(to=at(1, 10, 6))
    (end,) = told(reader)
    assert "终止办理" in end and "学校已搬迁。" in end and "事由已经消失" in end


def test_who_follows_a_promise_follows_what_takes_its_place(reader: Reader) -> None:
    one = reader.promises.make()
    row = reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        reader.promises.walk("replaced", one)
    reader.waits(to=at(1, 10, 6))
    (changed,) = told(reader)
    assert "答复已更正" in changed
    row.refresh_from_db()
    assert (row.ended_at, row.target != str(one.id)) == (None, True)


def test_a_unit_and_a_subject_tell_of_answers_and_promises_once(reader: Reader) -> None:
    live = reader.promises.district
    live.walk("published")  # the public must have met the unit
    one = reader.promises.make()
    unit = f"/follow/unit/{live.units[0].id}/"
    for minute, path in enumerate((unit, "/follow/subject/education/", reader.page(one))):
        with clock.steer(clock.now() + timedelta(minutes=2 * minute)):
            reader.follows(path)
    with clock.steer(clock.now() + timedelta(minutes=9)):
        question = live.walk("assigned", subject="education", title="学位还有吗")
        live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
        live.does("member1", "submit", question)
        live.does("mayor", "sign", question, version=1)
        reader.promises.make()
        private = live.walk("published", title="只答复本人")
        type(private).objects.filter(id=private.id).update(reply_privately=True)
        step(reader, one)
    reader.waits(15)
    (news,) = reader.box
    assert news.body.count("学位还有吗") == 1, "told of the unit, so not of the subject once more"
    assert "新答复" in news.body and news.body.count(WORDS) > 1 and "门框已立好" in news.body
    assert "只答复本人" not in news.body
    assert "全部退订" in news.body and news.body.count("/unfollow/") == 3
    assert "您订阅的消息" in news.subject
    assert reader.client.post(reader.link(news.extra_headers["List-Unsubscribe"])).status_code == 200
    assert not Follow.objects.filter(erased_at=None).exists(), "a letter about several things stops them all"


@pytest.mark.parametrize("how", ["withheld", "urgent", "rehearsal"])
def test_what_is_covered_before_it_leaves_does_not_go_out(reader: Reader, how: str) -> None:
    live = reader.promises.district
    live.walk("published")
    one = reader.promises.make()
    reader.follows(reader.page(one))
    with clock.steer(clock.now() + timedelta(minutes=2)):
        reader.follows(f"/follow/unit/{live.units[0].id}/")
        step(reader, one)
        secret = live.walk("published", title="将要遮盖的标题")
    reader.waits(1)
    actions.tick()
    with clock.steer(clock.now() + timedelta(minutes=8)):
        actions.tick()  # the message is queued, not yet sent
        asked: list[Question] = [secret, live.hour.questions.get(id=one.question_id)]
        for question in asked:
            if how == "withheld":
                live.does("moderator", "withhold", question, code="personal_data")
            elif how == "urgent":
                type(question).objects.filter(id=question.id).update(urgent=True)
        if how == "rehearsal":
            OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True, secret="k")
        sending.tick()
    assert told(reader) == []
    message = Message.objects.get(template="follow")
    assert (message.state, message.error) == ("failed", "nothing left to tell")


def test_a_rehearsal_tells_nobody(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    OfficeHour.objects.update(rehearsal=True, secret="k")
    step(reader, one)
    reader.waits()
    assert not Note.objects.exists()


# -- how often ------------------------------------------------------------------------------------------


def test_what_comes_together_goes_together_and_more_than_three_a_day_wait_for_the_morning(
    reader: Reader,
) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    for number in range(6):
        with clock.steer(at(1, 9 + number)):
            step(reader, one, f"第{number}步，上午。")
            step(reader, one, f"第{number}步，下午。")
        reader.waits(to=at(1, 9 + number, 3))
        assert not reader.box, "it settles first"
        reader.waits(to=at(1, 9 + number, 6))
        letters = told(reader)
        assert len(letters) == (1 if number < 3 else 0)
        assert all("上午" in one and "下午" in one for one in letters)
    reader.waits(to=at(2, 7))
    assert told(reader) == []
    reader.waits(to=at(2, 8, 1))
    (digest,) = told(reader)
    assert all(f"第{number}步，上午。" in digest for number in (3, 4, 5))
    assert not Note.objects.filter(gathered_at=None).exists()


def test_a_sender_that_dies_between_the_two_turns_tells_nothing_twice(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        step(reader, one)
    with clock.steer(at(1, 10, 6)):
        actions.tick()
        Cursor.objects.all().delete()  # as if the reader had never written how far it was
        actions.tick()
        actions.tick()
        sending.tick()
    reader.waits(to=at(1, 12))
    assert len(told(reader)) == 1


def test_old_news_is_no_news(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        step(reader, one)
    reader.waits(to=at(9, 10))
    assert told(reader) == []


# -- bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["", "li", "li@", "@example.org", "li@example", "a b@example.org", "li@example.org, x@example.org",
                "li@example.org\nBcc: x@example.org", "字" * 130 + "@example.org", "x" * 110 + "@example.org", "\x00@a.cn"],
)  # fmt: skip
def test_a_wrong_address_comes_back_as_typed_and_nothing_is_sent(reader: Reader, address: str) -> None:
    one = reader.promises.make()
    answer = reader.asks(reader.page(one), address)
    assert answer.status_code == 422 and "请填写正确的邮箱地址" in answer.content.decode()
    assert not Follow.objects.exists() and not Message.objects.filter(channel="mail").exists()


def test_a_wrong_code_or_mobile_is_named_and_nothing_is_followed(reader: Reader) -> None:
    one = reader.promises.make()
    path = reader.page(one)
    assert reader.client.post(path, {"step": "mobile", "mobile": "12"}).status_code == 422
    reader.client.post(path, {"step": "mobile", "mobile": MOBILE})
    wrong = reader.client.post(path, {"step": "code", "mobile": MOBILE, "code": "0000000"})
    assert (
        wrong.status_code == 422
        and "验证码不对" in wrong.content.decode()
        and MOBILE in wrong.content.decode()
    )
    nobody = reader.client.post(path, {"step": "known"})
    assert nobody.status_code == 422 and "请先验证手机" in nobody.content.decode()
    assert not Follow.objects.exists()
    again = reader.client.post(path, {"step": "mobile", "mobile": MOBILE})
    assert again.status_code == 429 and again.headers["Retry-After"]


@pytest.mark.parametrize(
    "path", ["/follow/promise/999999/", "/follow/promise/x/", "/follow/promise/01/", "/follow/unit/999999/",
             "/follow/subject/none/", "/follow/hour/1/", "/follow/promise/" + "9" * 40 + "/"],
)  # fmt: skip
def test_what_is_not_public_cannot_be_followed(reader: Reader, path: str) -> None:
    assert reader.client.get(path).status_code == 404
    assert reader.asks(path).status_code == 404


def test_a_covered_promise_and_an_unmet_unit_cannot_be_followed(reader: Reader) -> None:
    one = reader.promises.make()
    live = reader.promises.district
    live.does("moderator", "withhold", live.hour.questions.get(), code="personal_data")
    assert reader.client.get(reader.page(one)).status_code == 404
    assert "/follow/" not in reader.client.get(f"/promises/{one.id}/").content.decode()
    assert reader.client.get(f"/follow/unit/{live.units[3].id}/").status_code == 404


@pytest.mark.parametrize("token", ["x", "1-0123456789abcdef0123", "%00", "a" * 300, "退订", "9" * 30 + "-x"])
def test_a_forged_link_says_so(reader: Reader, token: str) -> None:
    reader.follows(reader.page(reader.promises.make()))
    for path in (f"/unfollow/{token}/", f"/follow/confirm/{token}/"):
        assert reader.client.get(path).status_code == reader.client.post(path).status_code == 404
    assert Follow.objects.get().stopped_at is None


def test_a_link_is_good_for_one_purpose_and_one_follow(reader: Reader) -> None:
    one = reader.promises.make()
    mine = reader.follows(reader.page(one))
    with clock.steer(clock.now() + timedelta(minutes=2)):
        theirs = reader.follows(reader.page(one), "wang@example.org")
    number, sign = links.token_of(mine, links.STOP).split("-")
    assert number == str(mine.id)
    swapped = (
        f"/unfollow/{theirs.id}-{sign}/", f"/unfollow/{links.token_of(mine, links.CONFIRM)}/",
        f"/follow/confirm/{links.token_of(mine, links.STOP)}/",
    )  # fmt: skip
    for path in swapped:
        assert reader.client.post(path).status_code == 404
    reader.client.post(f"/unfollow/{links.token_of(theirs, links.STOP)}/")
    mine.refresh_from_db()
    assert mine.stopped_at is None


def test_guessing_links_comes_to_an_end(reader: Reader) -> None:
    row = reader.follows(reader.page(reader.promises.make()))
    seen = {reader.client.get(f"/unfollow/{row.id}-{n:020x}/").status_code for n in range(40)}
    assert seen == {404, 429}
    pace.GUESSES.forget_all()


def test_an_expired_link_leads_back_and_the_address_is_forgotten(reader: Reader) -> None:
    one = reader.promises.make()
    reader.asks(reader.page(one))
    link = reader.link()
    with clock.steer(clock.now() + timedelta(hours=49)):
        assert reader.client.get(link).status_code == 404
        late = reader.client.post(link)
        assert late.status_code == 404 and "重新订阅" in late.content.decode()
        Clerk().turn()
    row = Follow.objects.get()
    assert (row.address_sealed, row.address_index, row.agreed_at) == ("", "", None)
    assert not Message.objects.filter(template="follow_agree").exists()
    assert Entry.objects.get(kind="follow.data_erased").facts == {"follows": 1}


def test_following_twice_is_following_once_and_a_stranger_learns_nothing(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    fresh = reader.asks(reader.page(one), "new@example.org").content.decode()
    known = reader.asks(reader.page(one)).content.decode()
    assert fresh.replace("new@example.org", "") == known.replace(MAIL, ""), (
        "the page does not tell who follows"
    )
    with clock.steer(clock.now() + timedelta(minutes=2)):
        reader.asks(reader.page(one), "LI@example.org ")
        sending.tick()
    assert Follow.objects.exclude(agreed_at=None).count() == 1
    assert "您已经订阅了" in reader.box[-1].body and reader.box[-1].to == [MAIL]


def test_a_mail_box_is_not_filled_by_somebody_elses_form(reader: Reader) -> None:
    ones = [reader.promises.make() for _n in range(3)]
    for minute in range(0, 24 * 60, 30):
        with clock.steer(at(1, 0) + timedelta(minutes=minute)):
            answers = {reader.asks(reader.page(one)).status_code for one in ones}
            assert answers == {200}
            sending.tick()
    assert len(reader.box) == 6
    assert Follow.objects.count() <= 3


def test_only_so_much_is_followed_by_one_address(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen_actions, "MOST_FOLLOWS", 1)
    reader.follows(reader.page(reader.promises.make()))
    with clock.steer(clock.now() + timedelta(minutes=2)):
        reader.asks(reader.page(reader.promises.make()))
        full = reader.client.post(reader.link())
    assert full.status_code == 409 and "已经订阅了 1 项" in full.content.decode()


def test_another_site_and_a_flood_are_refused(reader: Reader) -> None:
    path = reader.page(reader.promises.make())
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert reader.client.post(path, {"step": "mail", "mail": MAIL}, headers=foreign).status_code == 403
    codes = {
        reader.client.post(path, {"step": "mail", "mail": f"a{n}@example.org"}).status_code for n in range(60)
    }
    assert codes == {200, 429}


def test_without_a_mail_server_there_is_no_mail_form(reader: Reader, settings: Any) -> None:
    one = reader.promises.make()
    settings.EMAIL_HOST = ""
    assert "用邮件订阅" not in reader.client.get(reader.page(one)).content.decode()
    assert "用邮件订阅" not in reader.client.get(f"/promises/{one.id}/").content.decode()
    assert reader.asks(reader.page(one)).status_code == 409


# -- stopping and forgetting ----------------------------------------------------------------------------


def test_one_tap_stops_and_forgets_at_once(reader: Reader) -> None:
    one = reader.promises.make()
    row = reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        step(reader, one)
    with clock.steer(at(1, 10, 6)):
        actions.tick()
        path = f"/unfollow/{links.token_of(row, links.STOP)}/"
        assert "l***@example.org" in reader.client.get(path).content.decode()
        assert Follow.objects.get().stopped_at is None, "opening it stops nothing"
        one_click = reader.client.post(path, {"List-Unsubscribe": "One-Click"})
        assert "已退订" in one_click.content.decode()
        assert reader.client.post(path).status_code == 200, "twice does no harm"
        sending.tick()
    assert told(reader) == []
    row.refresh_from_db()
    assert (row.address_sealed, row.address_index) == ("", "") and row.stopped_at is not None
    assert not Note.objects.exists() and not Message.objects.filter(template__startswith="follow").exists()
    with clock.steer(at(1, 11)):
        assert reader.follows(reader.page(one)).id != row.id, "one may follow again"


def test_who_stops_by_sms_leaves_no_number_behind(reader: Reader) -> None:
    row = reader.follows_by_sms(reader.page(reader.promises.make()))
    assert Contact.objects.count() == 1
    reader.client.post(f"/unfollow/{links.token_of(row, links.STOP)}/")
    assert not Contact.objects.exists()


def test_all_of_an_address_stops_from_one_page_and_nobody_elses(reader: Reader) -> None:
    ones = [reader.promises.make() for _n in range(2)]
    rows = []
    for minute, one in enumerate(ones):
        with clock.steer(clock.now() + timedelta(minutes=2 * minute)):
            rows.append(reader.follows(reader.page(one)))
    with clock.steer(clock.now() + timedelta(minutes=9)):
        other = reader.follows(reader.page(ones[0]), "wang@example.org")
        path = f"/unfollow/{links.token_of(rows[0], links.ALL)}/"
        page = reader.client.get(path).content.decode()
        assert page.count("只退订这一项") == 2
        reader.client.post(path)
    assert set(Follow.objects.filter(stopped_at=None).values_list("id", flat=True)) == {other.id}


def test_what_is_over_is_forgotten_with_the_other_contact_data(reader: Reader) -> None:
    one = reader.promises.make()
    reader.follows(reader.page(one))
    with clock.steer(at(1, 10)):
        reader.promises.walk("closed", one)
    reader.waits(to=at(1, 10, 6))
    with clock.steer(at(1, 10) + timedelta(days=360)):
        Clerk().turn()
        assert Follow.objects.get().address_sealed
    with clock.steer(at(1, 10) + timedelta(days=366)):
        Clerk().turn()
    row = Follow.objects.get()
    assert (row.address_sealed, row.address_index) == ("", "")
    assert not Message.objects.filter(template="follow").exists()


def test_the_database_keeps_no_stopped_address_and_no_double(reader: Reader) -> None:
    row = reader.follows(reader.page(reader.promises.make()))
    row.stopped_at = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    double = Follow.objects.get(id=row.id)
    double.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        double.save()


# -- askers ---------------------------------------------------------------------------------------------


def with_mobile(reader: Reader, one: Commitment) -> None:
    asker = reader.promises.district.hour.questions.get(id=one.question_id).asker
    contact = Contact.objects.create(mobile_index="m", mobile_sealed=encrypt("13900002000"))
    asker.contact = contact
    asker.save()


def test_an_asker_is_told_of_an_extension_and_of_the_end(reader: Reader) -> None:
    one = reader.promises.make()
    with_mobile(reader, one)
    with clock.steer(at(1, 22)):
        reader.promises.does(
            "member1", "ask_extension", one, reason_code="weather", text="连日下雨。", due="2026-12-22"
        )
        reader.promises.does("mayor", "approve_extension", one)
        reading.tick()
        reading.tick()
        reader.promises.walk("ended", one)
        reading.tick()
    put_off, ended = Message.objects.filter(template__startswith="promise_").order_by("id")
    shown = [str(row["text"]) for row in outbox.outgoing() or []]
    assert any("延期到 12月22日" in text and f"/promises/{one.id}/" in text for text in shown)
    assert any("终止办理" in text for text in shown)
    assert put_off.idempotency_key != ended.idempotency_key
    assert "连日下雨" not in str(shown)


def test_an_asker_of_a_covered_question_or_without_a_mobile_is_not_written_to(reader: Reader) -> None:
    one = reader.promises.make()
    reader.promises.walk("ended", one)
    reading.tick()
    other = reader.promises.make()
    with_mobile(reader, other)
    live = reader.promises.district
    live.does("moderator", "withhold", live.hour.questions.get(id=other.question_id), code="personal_data")
    reader.promises.walk("ended", other)
    reading.tick()
    assert not Message.objects.filter(template__startswith="promise_").exists()


# -- cost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 30])
def test_pages_cost_the_same_however_many_follow(
    reader: Reader, django_assert_num_queries: Any, number: int
) -> None:
    one = reader.promises.make()
    now = clock.now()
    Follow.objects.bulk_create(
        Follow(
            kind="promise", target=str(one.id), channel="mail", address_sealed=encrypt(f"a{n}@example.org"),
            address_index=f"i{n}", nonce="n", asked_at=now, agreed_at=now,
        )
        for n in range(number)
    )  # fmt: skip
    reader.client.get(f"/promises/{one.id}/")
    step(reader, one)
    with django_assert_num_queries(16):
        reading.tick()
    assert Note.objects.count() == number


def test_a_link_for_nothing_is_refused_by_the_action_too(reader: Reader) -> None:
    for act in (citizen_actions.confirm, citizen_actions.stop):
        with pytest.raises(Refused) as refused:
            act("1-" + "0" * 20)
        assert refused.value.status == 404
