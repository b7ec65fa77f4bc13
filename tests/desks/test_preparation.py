"""The pages before the hour: notices, prep meeting, tasks, publicity, the announcement."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from tests.desks.conftest import browser_of
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.preparation.models import Background, Invitation, Meeting, Notice, Receipt, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.fixtures import District

from tests.fixtures import START

BASE = "/desk/prepare/2026-11/"
BEFORE = START - timedelta(days=15)


@pytest.fixture(autouse=True)
def _two_weeks_before(frozen: object) -> Iterator[None]:
    with clock.steer(BEFORE):
        yield


@pytest.fixture
def desk(district: District) -> Client:
    """The coordinator's browser, before the hour."""
    return browser_of(district.accounts["coordinator"])


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
    return str(answer.content.decode())


def notice_data(district: District, **more: Any) -> dict[str, Any]:
    return {
        "layout": "telegram", "grade": "raised", "title": "关于举办第1期区长网上办公的通知", "text": "请做好准备。\n一、指定联络员。",
        "issuer": "澄湖区人民政府办公室", "code": "澄府办明电", "units": [one.id for one in district.units[:3]],
        "due_at": "2026-11-18T17:00", "contact_name": "王琳", "contact_phone": "021-64120000", **more,
    }  # fmt: skip


def written(desk: Client, district: District, **more: Any) -> Notice:
    answer = desk.post(f"{BASE}notices/new/", notice_data(district, **more))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Notice.objects.order_by("-id")[0]


def test_a_notice_from_the_first_word_to_the_last_signature(desk: Client, district: District) -> None:
    assert "本期还没有通知" in page(desk.get(f"{BASE}notices/"))
    editor = page(desk.get(f"{BASE}notices/new/"))
    assert "秘密" in editor
    assert 'value="secret"' not in editor
    notice = written(desk, district)
    where = f"{BASE}notices/{notice.id}/"
    assert "印发" in page(desk.get(where))
    assert desk.post(f"{where}send").status_code == 302
    shown = page(desk.get(where))
    assert "澄府办明电〔2026〕1号" in shown
    assert "未阅读" in shown

    unit = browser_of(district.accounts["member1"])
    assert "关于举办第1期" in page(unit.get("/desk/office/notices/"))
    receipt = Receipt.objects.get(notice=notice, unit=district.units[0])
    mine = f"/desk/office/notices/{receipt.id}/"
    assert "签收" in page(unit.get(mine))
    assert "已读" in page(desk.get(where))
    assert unit.post(f"{mine}ask_back", {"text": "能否派两人？"}).status_code == 302
    assert unit.post(f"{mine}sign_for").status_code == 302
    shown = page(desk.get(where))
    assert "能否派两人？" in shown
    assert "已签收 1" in shown
    question = receipt.questions.get()
    assert desk.post(f"{where}questions/{question.id}/answer", {"answer": "可以。"}).status_code == 302
    assert "可以。" in page(unit.get(mine))
    assert "已签收 1" in page(desk.get(f"{BASE}notices/"))

    other = Receipt.objects.get(notice=notice, unit=district.units[1])
    spot = f"{where}receipts/{other.id}/"
    assert (
        desk.post(f"{spot}approach", {"way": "phone", "whom": "李静 64120011", "note": "下午签"}).status_code
        == 302
    )
    assert "李静 64120011" in page(desk.get(where))
    assert desk.post(f"{spot}sign_on_paper", {"name": "李静"}).status_code == 302
    assert "纸质签收" in page(desk.get(where))


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(desk: Client, district: District) -> None:
    answer = desk.post(
        f"{BASE}notices/new/", notice_data(district, title="", grade="", text="写了很久的正文")
    )
    shown = page(answer, 422)
    assert "写了很久的正文" in shown
    assert "请填写这一项。" in shown
    assert "这种格式可用的等级" in shown
    assert Notice.objects.count() == 0


def test_an_attachment_goes_out_and_one_with_a_mark_is_refused(desk: Client, district: District) -> None:
    secret = SimpleUploadedFile("方案（机密）.txt", "内容".encode())
    shown = page(desk.post(f"{BASE}notices/new/", {**notice_data(district), "file": secret}), 422)
    assert "机密" in shown
    plain = SimpleUploadedFile("分工表.txt", "教育组".encode())
    notice = written(desk, district, file=plain)
    desk.post(f"{BASE}notices/{notice.id}/send")
    receipt = Receipt.objects.get(notice=notice, unit=district.units[0])
    unit = browser_of(district.accounts["member1"])
    assert "分工表.txt" in page(unit.get(f"/desk/office/notices/{receipt.id}/"))
    upload = notice.versions.get().attachments.get().upload
    file: Any = unit.get(f"/desk/office/notices/{receipt.id}/files/{upload.id}")
    assert b"".join(file.streaming_content).decode() == "教育组"
    stranger = browser_of(district.accounts["member3"])
    other = f"/desk/office/notices/{receipt.id}/files/{upload.id}"
    assert stranger.get(other).status_code == 404


def test_a_notice_cannot_be_due_after_the_hour_has_begun(desk: Client, district: District) -> None:
    answer = desk.post(f"{BASE}notices/new/", notice_data(district, due_at="2027-11-18T17:00"))
    shown = page(answer, 422)
    assert "签收须在网上办公开始之前截止" in shown
    assert "请做好准备。" in shown and 'value="2027-11-18T17:00"' in shown, "as typed"


def test_a_new_notice_begins_with_the_office_of_the_last_one(desk: Client, district: District) -> None:
    notice = written(desk, district)
    assert "澄府办明电" not in page(desk.get(f"{BASE}notices/new/")), "not sent yet"
    desk.post(f"{BASE}notices/{notice.id}/send", {"accept_paper": "on"})
    shown = page(desk.get(f"{BASE}notices/new/"))
    for known in ("澄府办明电", "澄湖区人民政府办公室", "021-64120000"):
        assert f'value="{known}"' in shown


def test_a_unit_without_any_contact_is_named_with_the_remedy(desk: Client, district: District) -> None:
    mute = people.create_unit("区气象局", "department")
    notice = written(desk, district, units=[district.units[0].id, mute.id])
    where = f"{BASE}notices/{notice.id}/"
    assert "区气象局" in page(desk.get(where))
    shown = page(desk.post(f"{where}send"), 422)
    assert "区气象局没有任何联系方式" in shown
    assert "在“单位”页补登电话" in shown
    assert Receipt.objects.count() == 0
    assert desk.post(f"{where}send", {"accept_paper": "on"}).status_code == 302


def test_a_unit_that_only_paper_reaches_needs_a_tick(desk: Client, district: District) -> None:
    mute = people.create_unit("区气象局", "department", phone="021-64129999")
    notice = written(desk, district, units=[mute.id])
    where = f"{BASE}notices/{notice.id}/"
    assert "系统内收不到" in page(desk.post(f"{where}send"), 422)
    assert desk.post(f"{where}send", {"accept_paper": "on"}).status_code == 302
    assert "电话催办" in page(desk.post(f"{where}chase"), 409)


@pytest.mark.parametrize(("layout", "grade"), [("telegram", "high"), ("document", "")])
def test_papers_open_and_say_what_the_notice_says(
    desk: Client, district: District, layout: str, grade: str
) -> None:
    notice = written(desk, district, layout=layout, grade=grade)
    desk.post(f"{BASE}notices/{notice.id}/send")
    pdf = desk.get(f"{BASE}notices/{notice.id}/v1.pdf")
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.content)).pages).replace("\n", "")
    assert "〔2026〕1号" in text
    assert "区教育局" in text
    assert ("特急" in text) == (layout == "telegram")
    assert desk.get(f"{BASE}notices/{notice.id}/v1.docx").content[:2] == b"PK"
    assert desk.get(f"{BASE}notices/{notice.id}/v2.pdf").status_code == 404


def test_the_meeting_from_invitation_to_minutes(desk: Client, district: District) -> None:
    assert "还没有安排预备会" in page(desk.get(f"{BASE}meeting/"))
    arranged = {"starts_at": "2026-11-20T14:00", "place": "区政府三楼会议室", "agenda": "一、分工",
                "units": [one.id for one in district.units]}  # fmt: skip
    assert desk.post(f"{BASE}meeting/arrange", arranged).status_code == 302
    assert desk.post(f"{BASE}meeting/invite").status_code == 302
    wanted = dict(Invitation.objects.values_list("unit__name", "wanted"))
    assert wanted == {"区教育局": "head", "区住建局": "head", "区交通局": "head", "澄湖镇": "director"}

    unit = browser_of(district.accounts["member1"])
    assert "区政府三楼会议室" in page(unit.get("/desk/office/tasks/"))
    invitation = Invitation.objects.get(unit=district.units[0])
    reply = f"/desk/office/tasks/invitations/{invitation.id}/reply"
    assert "请填写这一项。" in page(unit.post(reply, {"reply": "no", "note": ""}), 422)
    assert unit.post(reply, {"reply": "yes", "name": "李静"}).status_code == 302
    assert "回复参加 1" in page(desk.get(f"{BASE}meeting/"))

    assert "会议还没有开始" in page(desk.post(f"{BASE}meeting/attend", {"came": [invitation.id]}), 409)
    with clock.steer(BEFORE + timedelta(days=6)):
        assert desk.post(f"{BASE}meeting/attend", {"came": [invitation.id]}).status_code == 302
        assert Meeting.objects.get().held_at == clock.now()
        assert Invitation.objects.get(id=invitation.id).came_name == "李静"
        assert desk.post(f"{BASE}meeting/minute", {"text": "一、会议部署了准备任务。"}).status_code == 302
        assert "会议部署了准备任务" in page(desk.get(f"{BASE}meeting/"))
        text = PdfReader(io.BytesIO(desk.get(f"{BASE}meeting/minutes.pdf").content)).pages[0].extract_text()
        assert "区教育局（李静）" in text.replace("\n", "")
        assert desk.get(f"{BASE}meeting/minutes.docx").content[:2] == b"PK"


def test_a_task_is_given_reported_and_opened_again(desk: Client, district: District) -> None:
    given = {
        "text": "报送联络员名单",
        "due_on": "2026-11-20",
        "units": [one.id for one in district.units[:2]],
    }
    assert desk.post(f"{BASE}meeting/tasks", given).status_code == 302
    task = Task.objects.get(unit=district.units[0])
    unit = browser_of(district.accounts["lead1"])
    assert "报送联络员名单" in page(unit.get("/desk/office/tasks/"))
    assert unit.post(f"/desk/office/tasks/{task.id}/report", {"note": "已报送"}).status_code == 302
    assert "已报送" in page(desk.get(f"{BASE}meeting/"))
    assert "请填写这一项。" in page(desk.post(f"{BASE}meeting/tasks/{task.id}/reopen", {"note": ""}), 422)
    assert desk.post(f"{BASE}meeting/tasks/{task.id}/reopen", {"note": "缺电话"}).status_code == 302
    assert "缺电话" in page(unit.get("/desk/office/tasks/"))
    other = browser_of(district.accounts["lead3"])
    assert other.post(f"/desk/office/tasks/{task.id}/report").status_code == 404
    with clock.steer(BEFORE + timedelta(days=10)):
        assert "逾期未完成" in page(desk.get(f"{BASE}meeting/"))


WORDS = {
    "topic": "就学与社区托育", "introduction": "本期介绍。\n第二段。", "asking_closes_at": "2026-11-25T17:00",
    "leader_name-0": "mayor甲", "leader_office-0": "区长", "leader_remit-0": "主持全面工作",
}  # fmt: skip


def test_publishing_says_what_is_missing_and_then_does_it_in_one_act(
    desk: Client, district: District
) -> None:
    shown = page(desk.get(f"{BASE}publicity/"))
    assert "还缺" in shown
    assert "还不能发布，缺：内容介绍" in page(desk.post(f"{BASE}publicity/publish"), 409)
    assert desk.post(f"{BASE}publicity/edit", WORDS).status_code == 302
    picture = SimpleUploadedFile("分布图.png", _png(), "image/png")
    added = desk.post(f"{BASE}publicity/material", {"title": "幼儿园分布图", "file": picture})
    assert added.status_code == 302
    link = {"title": "入园政策", "url": "https://example.gov.cn/policy"}
    assert desk.post(f"{BASE}publicity/material", link).status_code == 302
    upload = Background.objects.get(title="幼儿园分布图").upload
    assert upload is not None
    public = browser_of()
    assert public.get("/hours/2026-11/").status_code == 404
    assert public.get(f"/files/{upload.id}").status_code == 404
    assert desk.post(f"{BASE}publicity/publish").status_code == 302
    shown = page(public.get("/hours/2026-11/"))
    for words in ("本期介绍。", "幼儿园分布图", "入园政策", "mayor甲", f"/files/{upload.id}"):
        assert words in shown, words
    file = public.get(f"/files/{upload.id}")
    assert file.status_code == 200
    assert b"".join(file.streaming_content)  # type: ignore[attr-defined] # read to its end, which closes it
    district.hour.refresh_from_db()
    assert district.hour.stage == "announced"
    assert district.hour.leaders.get().account == district.accounts["mayor"]


def _png() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "field"),
    [({"asking_closes_at": "2026-12-01T17:00"}, "须在网上办公开始之前"), ({"asking_closes_at": "2026-11-01T17:00"}, "已经过去"),
     ({"leader_office-1": "副区长"}, "请填写姓名"), ({"leader_name-1": "周敏"}, "请填写这一项")],
)  # fmt: skip
def test_wrong_words_are_pointed_out(
    desk: Client, district: District, data: dict[str, str], field: str
) -> None:
    assert field in page(desk.post(f"{BASE}publicity/edit", WORDS | data), 422)
    district.hour.refresh_from_db()
    assert district.hour.introduction == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [({}, "二者选一"), ({"url": "javascript:alert(1)"}, "https://"), ({"url": "//evil.example"}, "https://"),
     ({"url": "/\\evil.example"}, "https://")],
)  # fmt: skip
def test_material_is_a_file_or_a_link(desk: Client, more: dict[str, str], words: str) -> None:
    data = {"title": "资料", **more}
    assert words in page(desk.post(f"{BASE}publicity/material", data), 422)


def test_a_disguised_file_is_no_material(desk: Client) -> None:
    file = SimpleUploadedFile("图.png", b"MZ\x90\x00" + b"\0" * 200, "image/png")
    assert desk.post(f"{BASE}publicity/material", {"title": "图", "file": file}).status_code == 422
    assert Background.objects.count() == 0


def test_the_announcement_is_made_saved_and_handed_out(desk: Client, district: District) -> None:
    desk.post(f"{BASE}publicity/edit", WORDS)
    desk.post(f"{BASE}publicity/publish")
    shown = page(desk.get(f"{BASE}press/"))
    assert "关于举行网上办公的公告" in shown
    assert "即日起至2026年11月25日（星期三）17:00" in shown
    words = {"text": "定于2026年11月30日举行。\n特此公告。", "issuer": "澄湖区人民政府办公室"}
    assert "请先保存公告文本" in page(desk.post(f"{BASE}press/release", _handover()), 422)
    assert desk.post(f"{BASE}press/save", words).status_code == 302
    assert desk.post(f"{BASE}press/release", _handover()).status_code == 302
    assert "《澄湖新闻》" in page(desk.get(f"{BASE}press/"))
    text = desk.get(f"{BASE}press/v1.txt").content.decode()
    assert text.startswith("关于举行网上办公的公告\r\n")
    assert text.rstrip().endswith("/hours/2026-11/"), "where the announcement says it stands"
    found = PdfReader(io.BytesIO(desk.get(f"{BASE}press/v1.pdf").content)).pages[0].extract_text()
    assert "关于举行网上办公的公告" in found
    assert desk.get(f"{BASE}press/v1.docx").content[:2] == b"PK"


def _handover() -> dict[str, str]:
    return {"medium": "newspaper", "outlet": "《澄湖新闻》", "taken_by": "记者 孙宁"}


def test_the_clock_proposes_closing_and_a_person_closes(desk: Client, district: District) -> None:
    desk.post(f"{BASE}publicity/edit", WORDS)
    desk.post(f"{BASE}publicity/publish")
    assert "截止时间已到" not in page(desk.get(f"{BASE}publicity/"))
    with clock.steer(START - timedelta(days=5, hours=1)):
        assert "截止时间已到" in page(desk.get(f"{BASE}publicity/"))
        assert desk.post(f"{BASE}publicity/close").status_code == 302
    district.hour.refresh_from_db()
    assert district.hour.stage == "preparing"


def test_what_waits_for_the_unit_stands_on_the_first_page(desk: Client, district: District) -> None:
    unit = browser_of(district.accounts["member1"])
    assert unit.get("/desk/").status_code == 302  # nothing waits: straight to the only desk
    desk.post(f"{BASE}notices/{written(desk, district).id}/send")
    shown = page(unit.get("/desk/"))
    assert "1 份待签收" in shown
    assert "/desk/office/notices/" in shown
    assert "本单位" not in page(browser_of(district.accounts["stranger"]).get("/desk/"))


@pytest.mark.parametrize("where", ["notices/", "notices/new/", "meeting/", "publicity/", "press/"])
def test_the_pages_speak_english(desk: Client, where: str) -> None:
    desk.cookies["lang"] = "en"
    shown = page(desk.get(BASE + where))
    assert '<html lang="en"' in shown


# -- who may, and how many queries ---------------------------------------------------------------------------------

PAGES = ("notices/", "meeting/", "publicity/", "press/")


@pytest.mark.parametrize("name", ["mayor", "moderator", "member1", "stranger"])
@pytest.mark.parametrize("where", PAGES)
def test_others_look_or_stay_outside(district: District, name: str, where: str) -> None:
    answer = browser_of(district.accounts[name]).get(BASE + where)
    assert answer.status_code == {"mayor": 200, "stranger": 404}.get(name, 403)
    if name == "mayor":
        assert 'method="post" action="/desk/prepare' not in answer.content.decode()


def test_without_a_unit_there_is_nothing_to_sign(district: District) -> None:
    assert browser_of(district.accounts["mayor"]).get("/desk/office/notices/").status_code == 403
    assert browser_of().get("/desk/office/notices/").status_code == 302


QUERIES = {
    "/desk/prepare/2026-11/notices/": 9, "/desk/prepare/2026-11/meeting/": 13, "/desk/prepare/2026-11/press/": 10,
    "/desk/prepare/2026-11/publicity/": 19, "/desk/office/notices/": 8, "/desk/office/tasks/": 10,
}  # fmt: skip


@pytest.mark.parametrize("where", QUERIES)
def test_a_list_takes_as_many_queries_for_thirty_rows_as_for_one(
    desk: Client, district: District, where: str
) -> None:
    unit = browser_of(district.accounts["member1"])
    arranged = {"starts_at": "2026-11-20T14:00", "place": "三楼", "units": [one.id for one in district.units]}
    desk.post(f"{BASE}meeting/arrange", arranged)
    desk.post(f"{BASE}meeting/invite")
    desk.post(f"{BASE}press/save", {"text": "公告", "issuer": "办公室"})
    counts = []
    for more in (1, 29):
        for number in range(more):
            notice = written(desk, district, title=f"通知{number}", units=[one.id for one in district.units])
            desk.post(f"{BASE}notices/{notice.id}/send", {"accept_paper": "on"})
            task = {"text": "任务", "due_on": "2026-11-20", "units": [one.id for one in district.units]}
            desk.post(f"{BASE}meeting/tasks", task)
            desk.post(f"{BASE}publicity/material", {"title": "资料", "url": "https://example.cn"})
            desk.post(f"{BASE}press/release", _handover())
        with CaptureQueriesContext(connection) as seen:
            page((unit if "office" in where else desk).get(where))
        counts.append(len(seen))
    assert counts == [QUERIES[where], QUERIES[where]]
