"""On a district's own data a password is not enough to sign, moderate or administer; on a demo it is."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.desks.conftest import HOUR
from tests.fixtures import GOOD_ANSWER, District
from tests.signon.conftest import BIND, STEP, Person
from townhall.desks import second_step
from townhall.hours import planning
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.questions.models import Signature
from townhall.signon.choices import BINDING_ROLES
from townhall.signon.models import CodeGenerator, Device, RecoveryCode, SignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.questions.models import Question

    Bound = Callable[[str], Person]
    Passes = Callable[..., None]

JSON = {"Accept": "application/json"}


def kinds_of(*, start: str = "signon.") -> list[str]:
    return list(Entry.objects.filter(kind__startswith=start).order_by("id").values_list("kind", flat=True))


def signs(person: Person, question: Question) -> Any:
    return person.browser.post(
        f"/desk/questions/{question.id}/sign", {"version": question.draft_version}, headers=JSON
    )


# ---- who is asked


@pytest.mark.parametrize("name", sorted(BINDING_ROLES))
def test_a_binding_seat_enters_no_desk_with_a_password_alone(real: District, name: str) -> None:
    person = Person(name)
    assert person.signs_in().status_code == 302
    for path in ("/desk/", HOUR, "/desk/office/inbox/"):
        answer = person.browser.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith(STEP)
    assert person.browser.post("/desk/questions/1/accept", headers=JSON).status_code == 401
    late = person.browser.post("/desk/questions/1/note", {"text": "写了很久的备注，不能丢掉的一段话"})
    assert late.status_code == 401
    assert "写了很久的备注" in late.content.decode()


@pytest.mark.parametrize("name", ["clerk", "member1", "inspector", "editor"])
def test_other_seats_enter_with_their_password(real: District, name: str) -> None:
    person = Person(name)
    person.signs_in()
    assert person.browser.get(HOUR, follow=True).status_code == 200


def test_whoever_has_bound_a_factor_is_asked_for_it_in_any_seat(real: District, passes: Passes) -> None:
    person = Person("clerk")
    person.signs_in()
    person.binds()
    other = person.on_another_device()
    other.signs_in()
    assert other.browser.get("/desk/").headers["Location"].startswith(STEP)


def test_a_demo_asks_for_a_password_only(live: District) -> None:
    person = Person("mayor")
    person.signs_in()
    question = live.walk("submitted")
    assert signs(person, question).status_code == 200
    kept = Signature.objects.get()
    assert (kept.via, kept.means, kept.device) == ("browser", "", None)


def test_a_demo_can_ask_for_the_second_factor_too(live: District, settings: Any) -> None:
    settings.STAFF_PROOF = "always"
    person = Person("mayor")
    person.signs_in()
    assert person.browser.get("/desk/").headers["Location"].startswith(STEP)


def test_data_that_nobody_called_real_are_real_once_a_unit_stands_in_them(real: District) -> None:
    from townhall.people.models import Installation

    Installation.objects.all().delete()
    person = Person("mayor")
    person.signs_in()
    assert person.browser.get("/desk/").headers["Location"].startswith(STEP)


# ---- binding and proving


def test_binding_shows_a_secret_takes_a_right_code_and_hands_out_ten_codes_once(real: District) -> None:
    person = Person("mayor")
    person.signs_in()
    page = person.browser.get(f"{STEP}?next={HOUR}", follow=True)
    assert page.redirect_chain[-1][0].startswith(BIND)
    assert "data:image/svg+xml" in page.content.decode()
    wrong = person.browser.post(BIND, {"code": "000000"})
    assert wrong.status_code == 422
    assert "验证码不对" in wrong.content.decode()
    person.binds()
    assert len(set(person.paper)) == 10
    assert person.browser.get("/desk/").status_code in {200, 302}
    assert person.browser.get(f"{HOUR}mayor/").status_code == 200
    assert "备用码" not in person.browser.get(BIND).content.decode()


def test_secrets_lie_sealed_and_codes_on_paper_as_hashes(bound: Bound) -> None:
    person = bound("mayor")
    rows = str([*CodeGenerator.objects.values(), *RecoveryCode.objects.values(), *Device.objects.values()])
    assert person.secret not in rows
    assert not [code for code in person.paper if code in rows or code.replace("-", "") in rows]


def test_the_next_sign_in_asks_for_a_code_and_takes_none_twice(bound: Bound, passes: Passes) -> None:
    person = bound("mayor")
    other = person.on_another_device()
    other.signs_in()
    code = other.code()
    assert other.proves(code).status_code == 302
    third = person.on_another_device()
    third.signs_in()
    assert third.proves(code).status_code == 422
    assert third.browser.get(f"{HOUR}mayor/").status_code == 302
    passes(seconds=30)
    assert third.proves().status_code == 302


def test_a_code_typed_with_spaces_or_full_width_digits_is_the_same_code(bound: Bound) -> None:
    other = bound("mayor").on_another_device()
    other.signs_in()
    code = other.code()
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)
    assert other.proves(f"{wide[:3]} {wide[3:]}").status_code == 302


@pytest.mark.parametrize(("seconds", "status"), [(-61, 422), (-30, 302), (30, 302), (61, 422)])
def test_a_phone_may_be_half_a_minute_off(bound: Bound, passes: Passes, seconds: int, status: int) -> None:
    from datetime import timedelta

    from townhall.signon import codes

    person = bound("mayor")
    passes(minutes=5)
    other = person.on_another_device()
    other.signs_in()
    code = codes.code_at(person.secret, clock.now() + timedelta(seconds=seconds))
    assert other.proves(code).status_code == status


def test_a_code_on_paper_opens_once(bound: Bound) -> None:
    person = bound("mayor")
    for number, status in ((0, 302), (0, 422), (1, 302)):
        other = person.on_another_device()
        other.signs_in()
        assert other.proves(person.paper[number].upper()).status_code == status


def test_guessing_codes_ends_even_with_the_right_one(bound: Bound) -> None:
    other = bound("mayor").on_another_device()
    other.signs_in()
    for _guess in range(second_step.MOST_WRONG):
        assert other.proves("000000").status_code == 422
    answer = other.proves()
    assert answer.status_code == 422
    assert "15 分钟" in answer.content.decode()


def test_nobody_binds_a_second_app_past_the_first(bound: Bound) -> None:
    other = bound("mayor").on_another_device()
    other.signs_in()
    assert other.browser.get(BIND).headers["Location"].startswith(STEP)
    assert other.browser.post(BIND, {"code": "123456"}).headers["Location"].startswith(STEP)


# ---- signing


def test_signing_is_one_tap_after_that_and_keeps_device_and_exact_bytes(real: District, bound: Bound) -> None:
    mayor, question = bound("mayor"), real.walk("submitted")
    assert signs(mayor, question).status_code == 200
    kept = Signature.objects.get()
    signed = json.loads(kept.content)
    assert kept.content == json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert signed["answer"] == GOOD_ANSWER
    assert (signed["question"], signed["version"]) == (question.id, question.draft_version)
    assert signed["signer"] == kept.signer_id == real.accounts["mayor"].id
    assert (kept.via, kept.means, kept.at) == ("browser", "code", clock.now())
    device = Device.objects.get(account=real.accounts["mayor"])
    assert (kept.device, device.browser, device.system, device.mobile) == (device, "Chrome", "Windows", False)
    entry = Entry.objects.get(kind="question.signed")
    assert (entry.facts["device"], entry.facts["means"]) == (device.id, "code")


def test_half_an_hour_alone_and_signing_asks_again(real: District, bound: Bound, passes: Passes) -> None:
    mayor = bound("mayor")
    first, second = real.walk("submitted"), real.walk("submitted")
    passes(minutes=29)
    assert signs(mayor, first).status_code == 200
    passes(minutes=29)
    mayor.browser.get(f"{HOUR}mayor/changes?after=0", headers=JSON)  # the page asks by itself
    passes(minutes=2)
    refused = signs(mayor, second)
    assert refused.status_code == 403
    assert refused.json()["title"] == "proof"
    assert "30 分钟没有操作" in refused.json()["detail"]
    page = mayor.browser.get(f"{HOUR}mayor/?q={second.id}").content.decode()
    assert "再做一次二次验证" in page
    assert '<button class="first sign"' not in page
    assert signs(mayor, second).status_code == 403, "looking at the page is not proving"
    assert mayor.proves().status_code == 302
    assert signs(mayor, second).status_code == 200


def test_proving_on_another_device_ends_it_on_the_first(real: District, bound: Bound) -> None:
    mayor, question = bound("mayor"), real.walk("submitted")
    tablet = mayor.on_another_device()
    tablet.signs_in()
    tablet.proves()
    refused = signs(mayor, question)
    assert refused.status_code == 403
    assert "另一台设备" in refused.json()["detail"]
    assert signs(tablet, question).status_code == 200


def test_a_locked_desk_stays_shut_until_a_code(real: District, bound: Bound) -> None:
    mayor, question = bound("mayor"), real.walk("submitted")
    assert 'action="/desk/lock/"' in mayor.browser.get(f"{HOUR}mayor/").content.decode()
    assert mayor.browser.get("/desk/lock/").status_code == 405
    assert mayor.browser.post("/desk/lock/").status_code == 302
    assert mayor.browser.get(f"{HOUR}mayor/").headers["Location"].startswith(STEP)
    assert signs(mayor, question).status_code == 401
    mayor.proves()
    assert signs(mayor, question).status_code == 200


@pytest.mark.parametrize(
    ("verb", "data"), [("withhold", {"code": "minor"}), ("contact", {"reason": "reply"})]
)
def test_covering_a_text_and_looking_at_contacts_ask_again_too(
    real: District, bound: Bound, passes: Passes, verb: str, data: dict[str, str]
) -> None:
    coordinator, question = bound("coordinator"), real.walk("published")
    passes(minutes=31)
    address = f"/desk/questions/{question.id}/{verb}"
    assert coordinator.browser.post(address, data, headers=JSON).status_code == 403
    coordinator.proves()
    assert coordinator.browser.post(address, data, headers=JSON).status_code == 200


def test_a_token_on_real_data_neither_signs_nor_covers_nor_reads_contacts(real: District) -> None:
    question = real.walk("submitted")
    planning.give_seat(
        real.hour, real.accounts["mayor"], "coordinator"
    )  # who may look at contacts, with a browser
    token = people.issue_token(real.accounts["mayor"])
    browser = Person("mayor").browser
    auth = {"Authorization": f"Bearer {token}"}
    address = f"/api/v1/desk/questions/{question.id}"
    for verb, data in (("sign", {"version": question.draft_version}), ("withhold", {"code": "minor"})):
        answer = browser.post(f"{address}/{verb}", data, content_type="application/json", headers=auth)
        assert answer.status_code == 403, verb
    assert browser.get(f"{address}/contact?reason=reply", headers=auth).status_code == 403


# ---- lost phones, and what is told


def test_a_reset_lets_in_only_whoever_has_password_and_binding_code(
    real: District, bound: Bound, capsys: pytest.CaptureFixture[str]
) -> None:
    from townhall.config import commands

    mayor = bound("mayor")
    commands.main(["second-factor", "mayor", "--reset"])
    code = capsys.readouterr().out.split()[-1]
    assert mayor.browser.get(f"{HOUR}mayor/").headers["Location"].startswith(STEP)
    assert mayor.proves().headers["Location"].startswith(BIND)
    refused = mayor.binds()
    assert refused.status_code == 422
    assert "绑定码不对" in refused.content.decode()
    with clock.steer(clock.now() + timedelta(days=7)):
        late = Person("mayor")
        late.signs_in()
        assert "绑定码已过期" in late.binds(binding=code).content.decode()
    assert mayor.binds(binding=code).status_code == 200
    assert mayor.browser.get(f"{HOUR}mayor/").status_code == 200
    assert "signon.factors_reset" in kinds_of()
    commands.main(["second-factor", "mayor"])
    assert "recovery codes left: 10" in capsys.readouterr().out


def test_what_happened_is_journalled_without_a_word_of_anybody(bound: Bound) -> None:
    mayor = bound("mayor")
    mayor.browser.post("/desk/lock/")
    mayor.proves()
    mayor.browser.post("/desk/sign-out/")
    assert kinds_of() == [
        "signon.began", "signon.factor_added", "signon.codes_made", "signon.proved", "signon.lapsed",
        "signon.proved", "signon.ended",
    ]  # fmt: skip


def test_looking_at_a_page_writes_at_most_once_a_minute(
    bound: Bound, passes: Passes, django_assert_num_queries: Any
) -> None:
    mayor = bound("mayor")
    passes(minutes=2)
    mayor.browser.get(f"{HOUR}mayor/")
    seen = SignIn.objects.get().seen_at
    passes(seconds=59)
    mayor.browser.get(f"{HOUR}mayor/")
    assert SignIn.objects.get().seen_at == seen
    passes(seconds=1)
    mayor.browser.get(f"{HOUR}mayor/")
    assert SignIn.objects.get().seen_at == clock.now()
