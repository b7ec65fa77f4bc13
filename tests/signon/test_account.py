"""One's own account: passwords by two schools, sign-ins listed and ended, recovery codes made anew."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from tests.desks.conftest import HOUR
from tests.fixtures import PASSWORD, District
from tests.signon.conftest import STEP, Person
from townhall.desks import account as account_page
from townhall.desks import sign_in
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.people.models import Account
from townhall.signon import actions, passwords
from townhall.signon.models import OwnPassword

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Bound = Callable[[str], Person]
    Passes = Callable[..., None]

ACCOUNT = "/desk/account/"
CHANGE = "/desk/account/password/"
NEW = "another long enough pass"
MIXED = "Another-long-1-enough"


def changes(person: Person, new: str = NEW, old: str = PASSWORD, again: str = "") -> Any:
    return person.browser.post(CHANGE, {"old": old, "new": new, "again": again or new})


# ---- where somebody is signed in


def test_every_sign_in_is_listed_and_another_one_ended_from_here(live: District) -> None:
    office, phone = Person("clerk"), Person("clerk")
    office.signs_in()
    phone.signs_in()
    page = office.browser.get(ACCOUNT)
    assert [one["here"] for one in page.context["sign_ins"]] == [False, True]
    assert "Chrome · Windows" in page.content.decode()
    other = page.context["sign_ins"][0]["row"]
    assert office.browser.post("/desk/account/stop", {"sign_in": other.id}).status_code == 302
    assert phone.browser.get("/desk/").headers["Location"].startswith("/desk/sign-in/")
    assert office.browser.get(ACCOUNT).status_code == 200
    assert len(office.browser.get(ACCOUNT).context["sign_ins"]) == 1
    assert Entry.objects.filter(kind="signon.ended", facts__how="stopped").count() == 1


def test_nobody_ends_the_sign_ins_of_another(live: District) -> None:
    mine, theirs = Person("clerk"), Person("editor")
    mine.signs_in()
    theirs.signs_in()
    row = theirs.browser.get(ACCOUNT).context["sign_ins"][0]["row"]
    mine.browser.post("/desk/account/stop", {"sign_in": row.id})
    mine.browser.post("/desk/account/stop")
    assert theirs.browser.get(ACCOUNT).status_code == 200


def test_all_others_end_at_once(live: District) -> None:
    here, *others = [Person("clerk") for _ in range(4)]
    for person in (here, *others):
        person.signs_in()
    here.browser.post("/desk/account/stop")
    assert [person.browser.get(ACCOUNT).status_code for person in (here, *others)] == [200, 302, 302, 302]


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_and_for_thirty(
    live: District, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count - 1):
        Person("clerk").signs_in()
    person = Person("clerk")
    person.signs_in()
    with django_assert_num_queries(9):
        assert len(person.browser.get(ACCOUNT).context["sign_ins"]) == count


# ---- passwords


def test_a_password_from_somebody_else_is_changed_before_anything(real: District) -> None:
    OwnPassword.objects.all().delete()
    person = Person("clerk")
    person.signs_in()
    assert person.browser.get(HOUR).headers["Location"].startswith(CHANGE)
    assert changes(person).status_code == 302
    assert person.browser.get(HOUR, follow=True).status_code == 200


def test_a_demo_password_stays_as_it_is(live: District) -> None:
    person = Person("clerk")
    person.signs_in()
    assert person.browser.get(HOUR, follow=True).status_code == 200


def test_a_new_password_ends_every_other_sign_in_but_not_this(real: District) -> None:
    here, other = Person("clerk"), Person("clerk")
    here.signs_in()
    other.signs_in()
    assert changes(here).status_code == 302
    assert here.browser.get(ACCOUNT).status_code == 200
    assert len(here.browser.get(ACCOUNT).context["sign_ins"]) == 1
    assert other.browser.get(ACCOUNT).status_code == 302
    assert Person("clerk").signs_in().status_code == 422
    assert Person("clerk").signs_in(NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "原密码不对"),
        (PASSWORD, NEW, "different", "两次输入的新密码不一样"),
        (PASSWORD, "short-one", "short-one", "12"),
        (PASSWORD, "1qaz2wsx3edc", "1qaz2wsx3edc", "常见"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与原密码相同"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(
    real: District, old: str, new: str, again: str, words: str
) -> None:
    person = Person("clerk")
    person.signs_in()
    answer = changes(person, new, old, again)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert f'value="{new}"' not in page


@pytest.mark.parametrize(
    ("new", "fits"),
    [
        ("Minhang-2026-11", False),
        ("minhang minhang minhang", False),
        ("Ｍｉｎｈａｎｇ－Ｔｏｗｎｈａｌｌ", False),
        ("xinzhuang.office.hour", False),
        ("网上办公网上办公网上办公", False),
        ("区教育局区教育局区教育局", False),
        ("minhang and eleven grey herons", True),
        ("eleven grey herons", True),
    ],
)
def test_the_districts_own_words_do_not_count(real: District, settings: Any, new: str, fits: bool) -> None:
    settings.PASSWORD_WORDS = ["minhang", "Xinzhuang"]
    person = Person("clerk")
    person.signs_in()
    answer = changes(person, new)
    assert answer.status_code == (302 if fits else 422)
    assert fits or "不计入 12 个字符" in answer.content.decode()


def test_what_was_stolen_elsewhere_is_refused(real: District, settings: Any, tmp_path: Path) -> None:
    stolen = [f"stolen elsewhere {number}" for number in range(500)]
    digests = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in stolen)
    kept = tmp_path / "stolen"
    kept.write_text("".join(f"{digest}:{number + 1}\r\n" for number, digest in enumerate(digests)))
    settings.BREACHED_PASSWORDS = kept
    for one in stolen:
        with pytest.raises(ValidationError) as refused:
            password_validation.validate_password(one)
        assert refused.value.error_list[0].code == "breached"
    for number in range(500):
        password_validation.validate_password(f"known to nobody {number}")
    person = Person("clerk")
    person.signs_in()
    assert "在别处泄露过" in changes(person, stolen[7]).content.decode()
    kept.write_text("")
    password_validation.validate_password(stolen[7])


def test_a_password_alone_does_not_change_the_password_of_who_has_a_second_factor(bound: Bound) -> None:
    mayor = bound("mayor")
    thief = Person("mayor")
    thief.signs_in()
    for answer in (changes(thief), thief.browser.get(CHANGE)):
        assert answer.headers["Location"].startswith(STEP)
    assert mayor.browser.get(ACCOUNT).status_code == 200, "nothing of the owner's was ended"
    assert Person("mayor").signs_in(NEW).status_code == 422
    assert changes(mayor).status_code == 302
    assert Person("mayor").signs_in(NEW).status_code == 302


def test_a_password_given_anew_is_changed_only_once_the_second_factor_was_shown(bound: Bound) -> None:
    mayor = bound("mayor")
    actions.give_password(Account.objects.get(username="mayor"), MIXED)
    again = mayor.on_another_device()
    again.signs_in(MIXED)
    first = again.browser.get(HOUR).headers["Location"]
    assert first.startswith(CHANGE)
    second = again.browser.get(first).headers["Location"]
    assert second.startswith(STEP)
    back = again.browser.post(second, {"code": again.code()}).headers["Location"]
    assert back.startswith(CHANGE)
    assert again.browser.get(back).status_code == 200
    assert changes(again, old=MIXED).status_code == 302
    assert again.browser.get(HOUR, follow=True).status_code == 200


def test_after_half_an_hour_alone_the_password_is_not_changed_either(bound: Bound, passes: Passes) -> None:
    mayor = bound("mayor")
    passes(minutes=31)
    assert changes(mayor).headers["Location"].startswith(STEP)
    mayor.proves()
    assert changes(mayor).status_code == 302


def test_guessing_at_a_name_from_afar_does_not_keep_its_owner_out(bound: Bound) -> None:
    mayor = bound("mayor")
    mayor.browser.post("/desk/sign-out/")
    for _guess in range(sign_in.MOST_PER_ACCOUNT):
        Person("mayor").signs_in("wrong")
    assert Person("mayor").signs_in().status_code == 422, "another browser waits, also with the right one"
    assert mayor.signs_in().status_code == 302
    mayor.browser.post("/desk/sign-out/")
    for _guess in range(sign_in.MOST_PER_ACCOUNT):
        mayor.signs_in("wrong")
    assert mayor.signs_in().status_code == 422, "the known browser is no place to guess either"
    clerk = Person("clerk", browser=mayor.browser)
    assert clerk.signs_in().status_code == 302, "it is known for its own person only"


def test_a_first_password_left_unused_opens_nothing_after_a_week(real: District, passes: Passes) -> None:
    account, password = people.create_account("newcomer", "新同事", NEW), NEW
    passes(days=7, seconds=-1)
    assert Person("newcomer").signs_in(password).status_code == 302
    passes(seconds=1)
    late = Person("newcomer").signs_in(password)
    assert late.status_code == 422
    assert "已经失效" in late.content.decode()
    assert "已经失效" not in Person("newcomer").signs_in("not the right one").content.decode()
    actions.give_password(account, MIXED)
    person = Person("newcomer")
    assert person.signs_in(MIXED).status_code == 302
    assert changes(person, new=NEW, old=MIXED).status_code == 302
    passes(days=400)
    assert Person("newcomer").signs_in(NEW).status_code == 302


def test_on_a_demo_a_first_password_lasts(live: District, passes: Passes) -> None:
    passes(days=400)
    assert Person("clerk").signs_in().status_code == 302


def test_guessing_the_old_password_at_an_open_desk_ends(real: District) -> None:
    person = Person("clerk")
    person.signs_in()
    for _guess in range(account_page.MOST_WRONG):
        assert changes(person, old="wrong").status_code == 422
    assert changes(person).status_code == 429


def test_by_nist_a_password_lasts(real: District, passes: Passes) -> None:
    passes(days=400)
    assert not passwords.is_due(real.accounts["clerk"])


def test_by_dengbao_it_is_changed_every_ninety_days(real: District, settings: Any) -> None:
    settings.PASSWORD_POLICY = "dengbao"
    account = real.accounts["clerk"]
    with clock.steer(clock.now() + passwords.LIFE - timedelta(seconds=1)):
        assert not passwords.is_due(account)
    with clock.steer(clock.now() + passwords.LIFE):
        assert passwords.is_due(account)


@pytest.mark.parametrize(
    ("password", "fits"),
    [("Abcdefghijk1", True), ("abcdefghij1!", True), ("abcdefghijk1", False), ("ABCDEFGHIJKL", False)],
)
def test_by_dengbao_it_is_of_three_kinds(password: str, fits: bool) -> None:
    check = passwords.SeveralKinds()
    if fits:
        check.validate(password)
    else:
        with pytest.raises(ValidationError):
            check.validate(password)


def test_by_dengbao_none_of_the_last_five_comes_again(real: District, settings: Any) -> None:
    from townhall.signon import actions

    settings.PASSWORD_POLICY = "dengbao"
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "townhall.signon.passwords.NotUsedBefore"}]
    password_validation.get_default_password_validators.cache_clear()
    account, old = real.accounts["clerk"], PASSWORD
    for number in range(passwords.REMEMBERED):
        actions.change_password(account, old, f"{MIXED}-{number}")
        old = f"{MIXED}-{number}"
        with pytest.raises(Exception, match="new"):
            actions.change_password(account, old, f"{MIXED}-0")
    actions.change_password(account, old, PASSWORD)
    password_validation.get_default_password_validators.cache_clear()


def test_an_account_that_waits_after_wrong_passwords_is_in_the_journal(live: District) -> None:
    for _guess in range(sign_in.MOST_PER_ACCOUNT):
        Person("mayor").signs_in("wrong")
    for _guess in range(sign_in.MOST_PER_ACCOUNT):
        Person("nobody").signs_in("wrong")
    entry = Entry.objects.get(kind="signon.locked_out")
    assert entry.subject_id == live.accounts["mayor"].id


# ---- recovery codes


def test_new_recovery_codes_end_the_old_ones(bound: Bound) -> None:
    mayor = bound("mayor")
    old = mayor.paper[0]
    page = mayor.browser.post("/desk/account/codes")
    new = page.context["codes"][0]
    other = mayor.on_another_device()
    other.signs_in()
    assert other.proves(old).status_code == 422
    assert other.proves(new).status_code == 302


def test_recovery_codes_are_made_only_after_a_proof(bound: Bound, passes: Passes) -> None:
    mayor = bound("mayor")
    passes(minutes=31)
    mayor.browser.get(f"{HOUR}mayor/")
    assert mayor.browser.post("/desk/account/codes").status_code == 403
