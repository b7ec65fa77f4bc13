"""After the hour in public: what is left and late, summary and transcript, one tap, requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.wrapping.conftest import DAY, ENDED, mobile
from townhall.edge.access import masked
from townhall.kernel import clock
from townhall.portal import pace
from townhall.questions import remarks
from townhall.questions.models import Question, Rating
from townhall.redress.models import Case
from townhall.voice import actions as voice
from townhall.voice import links
from townhall.voice.models import Ask
from townhall.wrapping import actions, taking_down

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures import District

LEFT = "/hours/2026-11/leftovers/"


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    pace.GUESSES.forget_all()
    pace.FORMS.forget_all()


@pytest.fixture
def over(live: District) -> Iterator[dict[str, Question]]:
    made = {status: live.walk(status) for status in ("assigned", "published")}
    mobile(live, made["published"])
    with clock.steer(ENDED):
        live.hour_does("wrap")
        yield made


def test_nothing_is_left_before_the_hour_is_over(live: District, citizen: Client) -> None:
    assert citizen.get(LEFT).status_code == 404


def test_everybody_sees_what_is_left_until_when_and_who_may_sign(
    live: District, over: dict[str, Question], citizen: Client
) -> None:
    live.authorise()
    text = citizen.get(LEFT).content.decode()
    assert "有 1 个提问还没有结果，现在还剩 1 个" in text and "12月7日" in text
    assert "authorised甲" in text and "由区长mayor甲授权" in text
    assert "会后办理、小结和实录" in citizen.get("/hours/2026-11/").content.decode()
    for address in (f"/questions/{over['assigned'].id}/", f"/track/{live.receipt(over['assigned'])}/"):
        assert "12月7日前答复" in citizen.get(address).content.decode()
    with clock.steer(ENDED + 8 * DAY):
        assert "其中 1 个已经逾期" in citizen.get(LEFT).content.decode()
        assert "已逾期 1 天" in citizen.get(f"/questions/{over['assigned'].id}/").content.decode()
    live.does("moderator2", "withhold", over["assigned"], code="threat")
    assert over["assigned"].title not in citizen.get(LEFT).content.decode()


def test_signed_papers_are_a_page_a_docx_and_a_pdf(
    live: District, over: dict[str, Question], citizen: Client
) -> None:
    for kind in ("summary", "transcript"):
        address = f"/hours/2026-11/papers/{kind}"
        paper = actions.perform(live.actor("coordinator"), "compose", None, {"kind": kind})
        assert citizen.get(f"{address}/").status_code == 404, "a draft is nobody's business"
        assert citizen.get(f"{address}.docx").status_code == 404
        actions.perform(live.actor("coordinator"), "submit_paper", paper.id, {})
        actions.perform(live.actor("mayor"), "sign_paper", paper.id, {})
        assert "由区长mayor甲签发" in citizen.get(f"{address}/").content.decode()
        assert citizen.get(f"{address}.docx").content.startswith(b"PK")
        assert citizen.get(f"{address}.pdf").content.startswith(b"%PDF")
    assert citizen.get("/hours/2026-11/papers/novel/").status_code == 404
    assert "小结" in citizen.get(LEFT).content.decode()
    live.does("mayor", "withhold", over["published"], code="personal_data")
    assert "澄湖路幼儿园9月1日" not in citizen.get("/hours/2026-11/papers/transcript/").content.decode()


def test_a_papers_page_says_what_was_corrected_and_leads_to_the_request(
    live: District, over: dict[str, Question], citizen: Client
) -> None:
    def sign(paper: Any) -> None:
        actions.perform(live.actor("coordinator"), "submit_paper", paper.id, {})
        actions.perform(live.actor("mayor"), "sign_paper", paper.id, {})

    first: Any = actions.perform(live.actor("coordinator"), "compose", None, {"kind": "summary"})
    sign(first)
    address = "/hours/2026-11/papers/summary/"
    form = f"/redress/?paper={first.id}"
    assert form in citizen.get(address).content.decode()
    asked = citizen.get(form).content.decode()
    assert "期小结，第 1 版" in asked and "Office hour" in citizen.get(f"{form}&lang=en").content.decode()
    assert citizen.post(form, FORM).status_code == 200
    assert Case.objects.get().paper_id == first.id
    second: Any = actions.perform(
        live.actor("coordinator"), "correct_paper", first.id, {"note": "数字写错了。"}
    )
    sign(second)
    now, old = citizen.get(address).content.decode(), citizen.get(f"{address}1/").content.decode()
    assert "数字写错了。" in now and f"{address}1/" in now and 'name="robots"' not in now
    assert "由第 2 版代替" in old and "数字写错了。" in old and "noindex" in old
    taking_down.cover(live.actor("mayor"), "withhold", second.id, {"code": "minor"})
    for page in (address, f"{address}1/", f"{address}2/"):
        covered = citizen.get(page).content.decode()
        assert "未成年人信息" in covered and "共收到提问" not in covered
    assert citizen.get("/hours/2026-11/papers/summary.docx").status_code == 404
    assert citizen.get(f"{address}3/").status_code == 404


def link(question: Question) -> str:
    voice.keep()
    return f"/voice/{links.token_of(Ask.objects.get(question=question))}/"


def test_looking_at_a_link_changes_nothing_and_one_tap_rates(
    over: dict[str, Question], citizen: Client
) -> None:
    address = link(over["published"])
    page = citizen.get(address)
    assert page.headers["Cache-Control"] == "no-store"
    assert (page.headers["Referrer-Policy"], page.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert not Rating.objects.exists()
    assert citizen.post(f"{address}rate", {"level": "2"}).status_code == 303
    text = citizen.get(f"{address}?done=rate").content.decode()
    assert "不满意的原因" in text and "没有做到" not in text
    citizen.post(f"{address}rate", {"level": "2", "reason": "attitude"})
    assert (Rating.objects.get().level, Rating.objects.get().reason) == (2, "attitude")
    assert citizen.post(f"{address}rate", {"level": "9"}).status_code == 422
    assert citizen.post(f"{address}not-done").status_code == 409


def test_a_forged_link_opens_nothing_and_guesses_are_limited(
    over: dict[str, Question], citizen: Client
) -> None:
    address = link(over["published"])
    forged = re.sub(r"-[0-9a-f]{4}", "-0000", address)
    seen = {citizen.get(forged).status_code for _guess in range(40)}
    assert seen == {404, 429}
    pace.GUESSES.forget_all()
    assert citizen.post(f"{forged}rate", {"level": "5"}).status_code == 404
    foreign = citizen.post(f"{address}rate", {"level": "5"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert not Rating.objects.exists()


def test_logs_hold_no_link() -> None:
    assert masked("/voice/12-0123456789abcdef0123/rate") == "/voice/***/rate"


FORM = {
    "kind": "remove",
    "standing": "named",
    "words": "里面写了我家的门牌号。",
    "name": "",
    "contact": "",
    "form_key": "k",
}


def test_anybody_asks_for_a_removal_and_follows_it_with_its_own_code(
    over: dict[str, Question], citizen: Client
) -> None:
    assert (
        f"/redress/?question={over['published'].id}"
        in citizen.get(f"/questions/{over['published'].id}/").content.decode()
    )
    address = f"/redress/?question={over['published'].id}"
    assert citizen.get(address).status_code == 200
    back = citizen.post(address, FORM | {"words": "", "kind": ""})
    assert back.status_code == 422 and 'value="named" checked' in back.content.decode()
    page = citizen.post(address, FORM)
    found = re.search(r'id="receipt">([0-9-]+)<', page.content.decode())
    assert found is not None
    receipt = found[1]
    own = citizen.post("/redress/mine/", {"receipt": receipt})
    text = own.content.decode()
    assert own.headers["Cache-Control"] == "no-store"
    assert "2026 年第 1 件" in text and "里面写了我家的门牌号。" in text and "12月14日" in text
    assert citizen.post("/redress/mine/", {"receipt": "0000-0000-0000"}).status_code == 404
    gone = citizen.post("/redress/mine/", {"receipt": receipt, "verb": "withdraw"}).content.decode()
    assert "个人信息已删除" in gone and "门牌号" not in gone
    assert Case.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    "query",
    ["", "?question=99999", "?question=x", "?promise=99999", "?clarification=99999", "?question=" + "9" * 30],
)
def test_what_is_not_public_cannot_be_asked_about(
    over: dict[str, Question], citizen: Client, query: str
) -> None:
    assert citizen.get(f"/redress/{query}").status_code == 404
    assert citizen.post(f"/redress/{query}", FORM).status_code == 404


def test_a_clarification_is_asked_about_corrected_and_taken_down(
    over: dict[str, Question], citizen: Client, live: District
) -> None:
    words = {"rumour": "幼儿园要停办", "fact": "照常开园。", "source": "区教育局", "dated": "2026-11-29"}
    row = remarks.draft_clarification(live.actor("editor"), words)
    remarks.sign_clarification(live.actor("mayor"), row.id)
    page, form = f"/clarifications/{row.id}/", f"/redress/?clarification={row.id}"
    shown = citizen.get(page).content.decode()
    assert form in shown and 'data-stream="/live/2026-11/stream' in shown
    assert f"第 {row.id} 份澄清回应 幼儿园要停办" in citizen.get(form).content.decode()
    typed = FORM | {"form_key": "rumour"}
    wrong = citizen.post(form, typed | {"words": ""})
    assert wrong.status_code == 422 and page in wrong.content.decode()
    filed = citizen.post(form, typed).content.decode()
    assert "申请已收到" in filed and page in filed
    new = remarks.draft_clarification(
        live.actor("editor"), words | {"fact": "九月二日开园。", "corrects": row.id}
    )
    remarks.sign_clarification(live.actor("mayor"), new.id)
    old = citizen.get(page).content.decode()
    assert "更正。" in old and f"/clarifications/{new.id}/" in old and "照常开园。" in old
    assert page in citizen.get(f"/clarifications/{new.id}/").content.decode()
    remarks.cover_clarification(live.actor("moderator"), "withhold", row.id, {"code": "infringement"})
    assert form in citizen.get(page).content.decode(), "while it is looked at anybody may still say something"
    remarks.cover_clarification(live.actor("coordinator"), "confirm_withhold", row.id, {})
    down = citizen.get(page).content.decode()
    assert "依法撤下（侵权投诉成立）" in down and 'content="noindex"' in down
    assert "照常开园" not in down and "幼儿园" not in down and form not in down
    assert citizen.get(form).status_code == 404
    assert "taken down by law" in citizen.get(f"{page}?lang=en").content.decode()
