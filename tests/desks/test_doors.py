"""Who gets in: signed in, with a seat in the hour, at the desk of that seat."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desks.conftest import HOUR, browser_of
from tests.fixtures import PASSWORD, District
from townhall.desks import sign_in
from townhall.desks.seats import DESKS
from townhall.hours.choices import Role

SEAT_OF_DESK = {
    "moderator": "moderator", "group": "lead1", "mayor": "deputy", "assistant": "assistant",
    "coordinator": "coordinator", "clerk": "clerk", "inspector": "inspector", "editor": "editor",
    "support": "technician",
}  # fmt: skip


def test_every_seat_has_a_desk() -> None:
    covered = {role for desk in DESKS.values() for role in desk.roles}
    assert covered == {role.value for role in Role}
    assert set(SEAT_OF_DESK) == set(DESKS)


@pytest.mark.parametrize(
    "path", ["/desk/", HOUR, f"{HOUR}moderator/", "/desk/questions/1/print", "/desk/office/units/"]
)
def test_who_is_not_signed_in_is_sent_to_the_door_and_back(live: District, path: str) -> None:
    answer = browser_of().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/desk/sign-in/?next={path}"


def test_a_script_that_is_not_signed_in_is_told_so(live: District) -> None:
    answer = browser_of().post("/desk/questions/1/accept", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_signing_in_leads_to_the_only_desk(live: District) -> None:
    client = browser_of()
    answer = client.post("/desk/sign-in/", {"username": "moderator", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{HOUR}moderator/"
    assert "待审核" in answer.content.decode()


def test_a_wrong_password_keeps_the_name_and_says_so(live: District) -> None:
    answer = browser_of().post("/desk/sign-in/", {"username": "moderator", "password": "wrong"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "用户名或密码不对" in page
    assert 'value="moderator"' in page
    assert "wrong" not in page


def test_guessing_passwords_ends_even_with_the_right_one(live: District) -> None:
    for _guess in range(sign_in.MOST_PER_ACCOUNT):
        browser_of().post("/desk/sign-in/", {"username": "Mayor", "password": "wrong"})
    answer = browser_of().post("/desk/sign-in/", {"username": "mayor", "password": PASSWORD})
    assert answer.status_code == 422
    assert "15 分钟" in answer.content.decode()
    other = browser_of().post("/desk/sign-in/", {"username": "deputy", "password": PASSWORD})
    assert other.status_code == 302


def test_wrong_passwords_and_refusals_stand_in_the_log_without_what_was_typed(
    live: District, at_desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("mayor", "my password in the wrong field"):
        browser_of().post("/desk/sign-in/", {"username": name, "password": "guessed"})
    question = live.walk("received")
    assert at_desk("member1").post(f"/desk/questions/{question.id}/accept").status_code == 403
    noted = [
        one.getMessage() for one in caplog.records if one.name in {"townhall.signon", "townhall.refused"}
    ]
    mayor, member = (live.accounts[name].id for name in ("mayor", "member1"))
    assert noted == [
        f"a wrong password for account {mayor}",
        "a wrong password for nobody",
        f"refused to account {member}",
    ]


def test_signing_out_needs_a_form(at_desk: Any) -> None:
    client = at_desk("moderator")
    assert client.get("/desk/sign-out/").status_code == 405
    out = client.post("/desk/sign-out/")
    assert (out.status_code, out["Clear-Site-Data"]) == (302, '"storage"')
    assert client.get("/desk/").status_code == 302


def test_the_door_leads_nobody_back_to_itself(at_desk: Any) -> None:
    answer = at_desk("moderator").get("/desk/sign-in/?next=/desk/sign-in/%3Fnext=/desk/")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")


@pytest.mark.parametrize(("desk", "name"), SEAT_OF_DESK.items())
def test_each_seat_enters_its_own_desk_and_no_other(at_desk: Any, desk: str, name: str) -> None:
    client = at_desk(name)
    assert client.get(f"{HOUR}{desk}/").status_code == 200
    for other in set(SEAT_OF_DESK) - {desk}:
        answer = client.get(f"{HOUR}{other}/")
        assert answer.status_code == 403, other
        assert "您在本期没有这个岗位" in answer.content.decode()


@pytest.mark.parametrize("path", [HOUR, f"{HOUR}moderator/", "/desk/hours/none/", f"{HOUR}nothing/"])
def test_nothing_is_there_for_a_stranger(at_desk: Any, path: str) -> None:
    assert at_desk("stranger").get(path).status_code == 404


def test_a_person_with_several_seats_chooses(at_desk: Any, live: District) -> None:
    from townhall.hours import planning

    planning.give_seat(live.hour, live.accounts["clerk"], "moderator")
    page = at_desk("clerk").get("/desk/").content.decode()
    assert f"{HOUR}moderator/" in page
    assert f"{HOUR}clerk/" in page


def test_a_seat_that_ended_ends_the_desk(at_desk: Any, live: District) -> None:
    client = at_desk("moderator")
    assert client.get(f"{HOUR}moderator/").status_code == 200
    live.hour.seats.filter(role="moderator").update(active=False)
    assert client.get(f"{HOUR}moderator/").status_code == 404


def test_nothing_of_a_desk_is_cached(at_desk: Any) -> None:
    answer = at_desk("moderator").get(f"{HOUR}moderator/")
    assert "no-store" in answer.headers["Cache-Control"]


FORM = {"text": "写了很久的正文\n第二行", "units": ["1", "2"], "password": "geheim"}
SAVE = "/desk/prepare/2026-11/plan/save"


def test_what_was_typed_when_the_sign_in_ended_is_on_the_page_to_be_sent_again(live: District) -> None:
    answer = browser_of().post(SAVE, FORM)
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "登录已结束" in page and 'target="_blank"' in page
    assert "写了很久的正文\n第二行</textarea>" in page and f'action="{SAVE}"' in page
    assert page.count('name="units"') == 2 and "geheim" not in page


def test_a_form_from_before_signing_in_again_is_offered_once_more(at_desk: Any) -> None:
    client = at_desk("coordinator", enforce_csrf_checks=True)
    answer = client.post(SAVE, FORM, headers={"sec-fetch-site": "same-origin"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "您在别处重新登录过" in page and "写了很久的正文" in page and "csrfmiddlewaretoken" in page
    script = client.post(SAVE, FORM, headers={"accept": "application/json"})
    assert script.json()["title"] == "csrf"


def test_without_any_cookie_a_script_hears_that_nobody_is_signed_in(live: District) -> None:
    answer = browser_of(enforce_csrf_checks=True).post(SAVE, FORM, headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["title"] == "sign_in"
    assert "您已退出登录" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (SAVE, {"sec-fetch-site": "cross-site"}),
        (SAVE, {"origin": "https://elsewhere.example"}),
        (SAVE, {}),
        ("/desk/sign-in/", {"sec-fetch-site": "same-origin"}),
    ],
)
def test_a_foreign_form_is_never_offered_again(at_desk: Any, path: str, headers: dict[str, str]) -> None:
    answer = at_desk("coordinator", enforce_csrf_checks=True).post(path, FORM, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "写了很久的正文" not in page
    assert "请重新打开页面" in page, "in the words of the house"
