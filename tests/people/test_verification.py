"""A mobile is verified by one code that lives shortly, works once and cannot be guessed or poured out."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import START
from tests.real_database import together
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import identity
from townhall.people.models import Contact, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

MOBILE = "13800001111"
Codes = dict[str, list[str]]


@pytest.fixture
def codes(frozen: object) -> Iterator[Codes]:
    """The codes that were sent, by mobile: one more sender in the slot."""
    sent: Codes = {}

    def keep(mobile: str, code: str, key: str) -> None:
        sent.setdefault(mobile, []).append(code)

    identity.CODE_SENDER.append(keep)
    yield sent
    identity.CODE_SENDER.remove(keep)


def wrong(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


def refused(mobile: str) -> Refused:
    with pytest.raises(Refused) as found:
        identity.start_verification(mobile)
    return found.value


@pytest.mark.django_db
def test_a_code_opens_a_token_that_stands_for_the_person(codes: Codes) -> None:
    until = identity.start_verification(MOBILE)
    assert until == clock.now() + timedelta(minutes=10)
    (code,) = codes[MOBILE]
    assert len(code) == 6
    token, valid = identity.confirm_verification(MOBILE, f" {code} ")
    assert valid == clock.now() + timedelta(hours=12)
    assert identity.person_of(token) == Contact.objects.get().id
    assert Contact.objects.get().verified_at == clock.now()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["+86 138-0000-1111", "0086 13800001111", "１３８００００１１１１", "(138) 0000.1111"]
)
def test_a_mobile_is_the_same_however_it_is_typed(codes: Codes, typed: str) -> None:
    identity.start_verification(typed)
    identity.confirm_verification(MOBILE, codes[MOBILE][0])
    assert Contact.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "mobile",
    [
        "",
        "12345678901",
        "1380000111",
        "138000011112",
        "+1 212 555 0100",
        "138a0001111",
        "\0",
        "٣",
        "1" * 10_000,
    ],
)
def test_what_is_no_mobile_is_named(codes: Codes, mobile: str) -> None:
    for doing in (
        partial(identity.start_verification, mobile),
        partial(identity.confirm_verification, mobile, "1"),
    ):
        with pytest.raises(InvalidFields) as invalid:
            doing()
        assert set(invalid.value.errors) == {"mobile"}
    assert not codes
    assert not Verification.objects.exists()


@pytest.mark.django_db
def test_a_code_works_once(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    identity.confirm_verification(MOBILE, codes[MOBILE][0])
    with pytest.raises(InvalidFields) as invalid:
        identity.confirm_verification(MOBILE, codes[MOBILE][0])
    assert set(invalid.value.errors) == {"code"}


@pytest.mark.django_db
@pytest.mark.parametrize("wide", [False, True])
def test_a_code_is_read_however_a_keyboard_wrote_it(codes: Codes, wide: bool) -> None:
    identity.start_verification(MOBILE)
    code = codes[MOBILE][0]
    typed = (
        "".join(chr(ord(digit) + 0xFEE0) for digit in code) if wide else f" {code[:3]}\u3000{code[3:]}\r\n"
    )
    assert identity.confirm_verification(MOBILE, typed)[0]


@pytest.mark.django_db
def test_a_code_lives_ten_minutes(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    with clock.steer(START + timedelta(minutes=19, seconds=59)):
        identity.confirm_verification(MOBILE, codes[MOBILE][0])
    with clock.steer(START + timedelta(minutes=30)):
        identity.start_verification(MOBILE)
    with clock.steer(START + timedelta(minutes=40)), pytest.raises(InvalidFields):
        identity.confirm_verification(MOBILE, codes[MOBILE][1])


@pytest.mark.django_db
def test_the_newest_code_replaces_the_older(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    with clock.steer(START + timedelta(minutes=12)):
        identity.start_verification(MOBILE)
        older, newer = codes[MOBILE]
        if older != newer:
            with pytest.raises(InvalidFields):
                identity.confirm_verification(MOBILE, older)
        identity.confirm_verification(MOBILE, newer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code", ["", "abc", "12345", "1234567", "１２３４５６", "\0", "' OR 1=1", "9" * 5000]
)
def test_a_wrong_code_is_named(codes: Codes, code: str) -> None:
    identity.start_verification(MOBILE)
    with pytest.raises(InvalidFields) as invalid:
        identity.confirm_verification(MOBILE, code)
    assert set(invalid.value.errors) == {"code"}


@pytest.mark.django_db
def test_five_wrong_guesses_spend_the_code_and_another_persons_is_untouched(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    identity.start_verification("13900002222")
    code = codes[MOBILE][0]
    for _guess in range(5):
        with pytest.raises(InvalidFields):
            identity.confirm_verification(MOBILE, wrong(code))
    with pytest.raises(InvalidFields):
        identity.confirm_verification(MOBILE, code)
    identity.confirm_verification("13900002222", codes["13900002222"][0])
    with clock.steer(START + timedelta(minutes=12)):
        identity.start_verification(MOBILE)
        identity.confirm_verification(MOBILE, codes[MOBILE][1])


@pytest.mark.django_db
def test_codes_are_sent_once_a_minute_five_times_an_hour_ten_a_day(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    told = refused("+86" + MOBILE)
    assert (told.status, told.retry_after) == (429, 60)
    identity.start_verification("13900002222")
    sent = 1
    for minute in range(2, 60 * 24, 2):
        with clock.steer(START + timedelta(minutes=10 + minute)):
            try:
                identity.start_verification(MOBILE)
                sent += 1
            except Refused:
                continue
        if minute == 58:
            assert sent == 5
    assert sent == 10 == len(codes[MOBILE])
    with clock.steer(START + timedelta(minutes=10 + 24 * 60, seconds=1)):
        identity.start_verification(MOBILE)


@pytest.mark.django_db
def test_a_token_ends_after_twelve_hours_by_our_clock_and_cannot_be_forged(codes: Codes) -> None:
    from django.core import signing

    identity.start_verification(MOBILE)
    token, until = identity.confirm_verification(MOBILE, codes[MOBILE][0])
    with clock.steer(until - timedelta(seconds=1)):
        assert identity.person_of(token) is not None
    with clock.steer(until):
        assert identity.person_of(token) is None
    forged = [token[:-1], token.upper(), token.split(":", 1)[1], signing.dumps([1, 2**40], salt="other"), "", ":", "::",
              signing.dumps("x", salt="townhall.verification"), "a" * 10_000, "é", "\0"]  # fmt: skip
    assert [identity.person_of(one) for one in forged] == [None] * len(forged)


@pytest.mark.django_db
def test_nothing_stored_shows_the_mobile_or_the_code(codes: Codes) -> None:
    identity.start_verification(MOBILE)
    stored = str(list(Verification.objects.values()))
    assert MOBILE not in stored
    assert codes[MOBILE][0] not in stored.replace(str(START.year), "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_parallel_guesses_are_counted_one_by_one(on_disk: object, codes: Codes) -> None:
    identity.start_verification(MOBILE)
    code = codes[MOBILE][0]
    guesses = [partial(identity.confirm_verification, MOBILE, wrong(code)) for _ in range(8)]
    assert all(isinstance(one, InvalidFields) for one in together(*guesses))
    assert Verification.objects.get().attempts == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_one_code_opens_one_token_and_one_minute_sends_one_code(on_disk: object, codes: Codes) -> None:
    starts = together(*(partial(identity.start_verification, MOBILE) for _ in range(5)))
    assert sum(isinstance(one, Refused) for one in starts) == 4
    opened = together(*(partial(identity.confirm_verification, MOBILE, codes[MOBILE][-1]) for _ in range(3)))
    assert sum(isinstance(one, tuple) for one in opened) == 1
    assert Contact.objects.count() == 1
