"""The observers' public pages: applying without a script, one's own page, the lot to run again; nobody's name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.observers.conftest import ASKED, CLOSES, CONSENTS, SOURCE, mobile_of, searching
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.observers import actions, lot
from townhall.observers.models import Application
from townhall.outreach.models import Message
from townhall.people.models import Contact
from townhall.portal import pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.observers.conftest import Search

PAGE = "/observe/2026-11/"
MINE = "/observe/2026-11/mine/"
NAME, MOBILE = "欧阳无名", "13912345678"


@pytest.fixture
def search(db: None) -> Iterator[Search]:
    pace.FORMS.forget_all()
    pace.GUESSES.forget_all()
    with searching() as found:
        yield found
    pace.FORMS.forget_all()
    pace.GUESSES.forget_all()


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def form(**fields: Any) -> dict[str, Any]:
    return {
        "name": NAME,
        "words": "想看看",
        "consents": CONSENTS,
        "form_key": "k1",
        "step": "apply",
        **fields,
    }


def code_sent() -> str:
    found = re.search(r"\d{6}", decrypt(Message.objects.latest("id").parameters_sealed))
    assert found is not None
    return found[0]


def applied(client: Client, mobile: str = MOBILE, **fields: Any) -> str:
    """Apply the way a browser without a script does; returns the last page."""
    body = text_of(client.post(PAGE, form(**fields)))
    if 'id="mobile"' in body:
        client.post(PAGE, form(step="mobile", mobile=mobile, **fields))
        body = text_of(client.post(PAGE, form(step="code", mobile=mobile, code=code_sent(), **fields)))
    return body


def receipt_in(body: str) -> str:
    found = re.search(r'id="receipt">(\d{4}-\d{4}-\d{4})<', body)
    assert found is not None, body[:3000]
    return found[1]


def test_applying_without_a_script(search: Search, client: Client) -> None:
    search.open()
    assert "我要报名" in text_of(client.get(PAGE))
    body = applied(client)
    row = Application.objects.get()
    assert "报名成功" in body
    assert row.entry in body
    salt = re.search(r"--entry ([0-9a-f]{32})", body)
    assert salt is not None
    assert lot.entry_of(salt[1], MOBILE) == row.entry
    own = text_of(client.post(MINE, {"receipt": receipt_in(body)}))
    assert "已报名" in own
    assert MOBILE not in own
    assert "139****5678" in own


def test_the_same_person_under_two_names_is_refused_clearly(search: Search, client: Client) -> None:
    search.open()
    applied(client)
    answer = client.post(
        PAGE, form(name="李四", form_key="k2")
    )  # the browser still speaks for the same mobile
    assert answer.status_code == 409
    assert "每人只能报一次" in text_of(answer)
    assert f'href="{MINE}"' in text_of(answer)
    assert Application.objects.count() == 1


def test_a_replayed_form_is_one_application(search: Search, client: Client) -> None:
    search.open()
    first = receipt_in(applied(client))
    assert receipt_in(text_of(client.post(PAGE, form()))) == first
    assert Application.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "请填写这一项"), ({"consents": ["contact"]}, "不同意这一项就不能报名"), ({"consents": []}, "不同意"),
        ({"name": "名" * 31}, "最多 30 个字"), ({"words": "字" * 501}, "最多 500 个字"),
    ],
)  # fmt: skip
def test_a_mistake_gives_everything_back_and_sends_no_code(
    search: Search, client: Client, fields: dict[str, Any], words: str
) -> None:
    search.open()
    for step in ("apply", "mobile", "code"):
        answer = client.post(PAGE, form(step=step, mobile=MOBILE, **fields))
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert f'value="{fields.get("name", NAME)}"' in text_of(answer)
    assert not Message.objects.exists()


def test_wrong_codes_apply_nobody(search: Search, client: Client) -> None:
    search.open()
    assert "请填写 11 位手机号码" in text_of(client.post(PAGE, form(step="mobile", mobile="12345")))
    client.post(PAGE, form(step="mobile", mobile=MOBILE))
    right = code_sent()
    for _time in range(6):
        answer = client.post(
            PAGE, form(step="code", mobile=MOBILE, code=str((int(right) + 1) % 10**6).zfill(6))
        )
        assert answer.status_code == 422
    assert client.post(PAGE, form(step="code", mobile=MOBILE, code=right)).status_code == 422
    assert not Application.objects.exists()


def test_late_forms_are_refused_and_cost_no_message(search: Search, client: Client) -> None:
    search.open()
    with clock.steer(CLOSES):
        assert "报名已经截止" in text_of(client.get(PAGE))
        client.post(PAGE, form(step="mobile", mobile=MOBILE))
        assert not Message.objects.exists()
    body = applied(client)
    with clock.steer(CLOSES):
        later = client.post(PAGE, form(name="李四", form_key="k3"))
    assert later.status_code in {200, 409}
    assert "报名成功" not in text_of(later)
    assert receipt_in(body)


@pytest.mark.parametrize(("headers", "status"), [
    ({"sec-fetch-site": "cross-site"}, 403), ({"origin": "https://elsewhere.example"}, 403), ({}, 200),
])  # fmt: skip
@pytest.mark.parametrize("path", [PAGE, MINE])
def test_foreign_pages_cannot_send(
    search: Search, client: Client, headers: dict[str, str], status: int, path: str
) -> None:
    search.open()
    receipt = receipt_in(applied(client))
    answer = client.post(
        path, form() if path == PAGE else {"receipt": receipt, "verb": "withdraw"}, headers=headers
    )
    assert answer.status_code == status
    assert (Application.objects.get().state == "withdrawn") == (status == 200 and path == MINE)


def test_a_huge_body_is_answered(search: Search, client: Client) -> None:
    search.open()
    assert client.post(PAGE, form(words="字" * 200_000)).status_code == 413
    assert client.post(MINE, {"receipt": "1" * 600_000}).status_code == 413


def test_guessing_receipts_is_slowed_down(search: Search, client: Client) -> None:
    search.open()
    right = receipt_in(applied(client))
    seen = [client.post(MINE, {"receipt": f"{number:012}"}).status_code for number in range(30)]
    assert seen[0] == 404
    assert seen[-1] == 429
    assert client.post(MINE, {"receipt": right}).status_code == 429
    pace.GUESSES.forget_all()
    assert client.post(MINE, {"receipt": right.replace("-", " ")}).status_code == 200
    for odd in ("", "12", "１２３４", "0" * 13, "\x00" * 12, "' or 1=1--", "٠١٢٣٤٥٦٧٨٩٠١"):
        assert client.post(MINE, {"receipt": odd}).status_code == 422


def test_confirming_declining_withdrawing(search: Search, client: Client) -> None:
    search.inviting(4, quota=2)
    first, second = (search.receipts[search.at_rank(place)] for place in (1, 2))
    with clock.steer(ASKED):
        own = text_of(client.post(MINE, {"receipt": first}))
        assert "前确认，过时席位留给候补" in own
        assert "已确认参加" in text_of(client.post(MINE, {"receipt": first, "verb": "confirm"}))
        again = client.post(MINE, {"receipt": first, "verb": "confirm"})
        assert again.status_code == 409
        assert "席位留给候补" in text_of(client.post(MINE, {"receipt": second, "verb": "decline"}))
        gone = text_of(client.post(MINE, {"receipt": first, "verb": "withdraw"}))
    assert "已撤回" in gone
    assert "姓名</dt>" not in gone
    assert list(Application.objects.order_by("rank").values_list("state", flat=True)) == [
        "withdrawn", "declined", "invited", "invited",
    ]  # fmt: skip
    assert client.post(MINE, {"receipt": first, "verb": "attend"}).status_code == 200
    assert Application.objects.get(rank=1).attendance == ""


def test_withdrawing_also_forgets_the_browser(search: Search, client: Client) -> None:
    search.open()
    receipt = receipt_in(applied(client))
    assert client.cookies["person"].value
    client.post(MINE, {"receipt": receipt, "verb": "withdraw"})
    assert not client.cookies["person"].value
    assert not Contact.objects.exists()


def test_a_lost_receipt_is_found_by_the_mobile(search: Search, client: Client) -> None:
    search.open()
    receipt = receipt_in(applied(client))
    client.cookies.clear()
    with clock.steer(CLOSES):
        asked = client.post(MINE, {"lost": "1", "mobile": MOBILE})
        assert 'id="code"' in text_of(asked)
        found = client.post(MINE, {"lost": "1", "mobile": MOBILE, "code": code_sent()})
        assert receipt_in(text_of(found)) == receipt
    client.post(MINE, {"lost": "1", "mobile": "13700000000"})
    other = client.post(MINE, {"lost": "1", "mobile": "13700000000", "code": code_sent()})
    assert other.status_code == 404


def test_the_result_shows_hashes_and_anybody_can_check_it(
    search: Search, client: Client, tmp_path: Any
) -> None:
    search.drawn(5, quota=2)
    body = text_of(client.get(PAGE))
    for row in Application.objects.all():
        assert row.entry in body
    assert search.call.secret in body
    for number in range(5):
        assert mobile_of(number) not in body
        assert decrypt(search.row(number).name_sealed) not in body
    sheet = client.get(f"{PAGE}lot.json")
    script = client.get(f"{PAGE}lot.py")
    (tmp_path / "lot.py").write_bytes(script.content)
    (tmp_path / "lot-2026-11.json").write_bytes(sheet.content)
    done = subprocess.run(
        [sys.executable, "-I", "lot.py", "lot-2026-11.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.findall(r"<td>\d+</td><td><code>([0-9a-f]{64})</code>", body)
    assert shown == json.loads(sheet.content)["ranking"]


def test_the_list_is_not_out_while_people_apply(search: Search, client: Client) -> None:
    search.open()
    search.apply(1)
    entry = search.row(1).entry
    assert entry not in text_of(client.get(PAGE))
    assert entry not in text_of(client.get(f"{PAGE}lot.json"))


@pytest.mark.parametrize("path", ["", "mine/", "lot.json", "lot.py"])
def test_nothing_is_there_before_the_hour_is(search: Search, client: Client, path: str) -> None:
    assert client.get(f"/observe/2099-01/{path}").status_code == 404
    search.open()
    OfficeHour.objects.update(stage="planned")
    assert client.get(f"{PAGE}{path}").status_code == 404


def test_a_rehearsal_opens_by_its_key_only(search: Search, client: Client) -> None:
    OfficeHour.objects.update(rehearsal=True, secret="abc", issue_no=None)
    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}?key=abc").status_code == 200


@pytest.mark.parametrize(
    ("state", "words"),
    [("none", "还没有开放网民代表报名"), ("skipped", "本期不邀请网民代表"), ("cancelled", "本期已取消")],
)
def test_every_state_has_a_face(search: Search, client: Client, state: str, words: str) -> None:
    if state == "skipped":
        search.does("skip")
    if state == "cancelled":
        search.open()
        search.district.hour_does("cancel", reason_code="other")
    for lang in ("zh", "en"):
        answer = client.get(f"{PAGE}?lang={lang}")
        assert answer.status_code == 200
    assert words in text_of(client.get(f"{PAGE}?lang=zh"))
    if state == "none":
        assert client.get(f"{PAGE}lot.json").status_code == 404


def test_approved_minutes_are_public(search: Search, client: Client) -> None:
    search.inviting(1)
    for verb in ("close_asking", "open_live"):
        search.district.hour_does(verb)
    actor = search.district.actor("coordinator")
    actions.write_minutes(actor, {"minutes": "谈了公交和托育。"})
    assert "谈了公交和托育" not in text_of(client.get(PAGE))
    actions.approve_minutes(actor)
    assert "谈了公交和托育" in text_of(client.get(PAGE))


@pytest.mark.parametrize("people", [4, 30])
def test_a_long_list_costs_no_more(search: Search, client: Client, people: int) -> None:
    search.drawn(people)
    with clock.steer(SOURCE), CaptureQueriesContext(connection) as found:
        assert client.get(PAGE).status_code == 200
    assert len(found) == 9


def test_the_hours_page_leads_here(search: Search, client: Client) -> None:
    hour = "/hours/2026-11/"
    assert PAGE not in text_of(client.get(hour))
    search.open()
    assert "报名当网民代表" in text_of(client.get(hour))
    with clock.steer(CLOSES):
        search.does("close")
    assert "网民代表：名单和抽签" in text_of(client.get(hour))
