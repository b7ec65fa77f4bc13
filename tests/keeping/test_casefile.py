"""One file per question: everything, nothing secret, and whoever changes it is found out."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.commitments.conftest import DUE, WORDS, Promises, promises
from tests.history.test_past import take
from townhall.commitments.models import Proof
from townhall.journal.models import Entry
from townhall.keeping import actions, casefile, queries
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import actions as people
from townhall.people import identity
from townhall.questions.models import Question

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.fixtures import District

__all__ = ["promises"]
pytestmark = pytest.mark.django_db
MOBILE = "13800138000"


@pytest.fixture(autouse=True)
def static_folder() -> None:
    """The folder in which the server looks for collected files."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def worked_on(live: District) -> Question:
    with unit_of_work():
        contact = identity.keep_contact(MOBILE)
    token = identity.token_for(contact, clock.now() + timedelta(hours=1))
    return live.walk("published", live.ask(text="路灯坏了<b>三天</b>？", verification=token))


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_it_holds_everything_and_nothing_secret(live: District) -> None:
    question = worked_on(live)
    name, data = actions.export(live.actor("inspector"), question.id)
    files = opened(data)
    assert name == "第1期第1号卷宗.zip"
    assert {"case.json", "case.html", "manifest.json", "manifest.hmac"} <= files.keys()
    told = json.loads(files["case.json"])
    assert told["question"]["text"] == "路灯坏了<b>三天</b>？"
    assert [one["kind"] for one in told["journal"]][-1] == "question.signed"
    assert "答复的各版" in [one["title"] for one in told["chapters"]]
    everything = b"".join(data for name, data in files.items() if not name.endswith(".pdf")).decode()
    asker = question.asker
    for secret in (
        MOBILE,
        live.receipt(question),
        asker.receipt_digest,
        asker.receipt_nonce,
        asker.contact.mobile_sealed,
    ):
        assert secret not in everything
    assert "<b>三天" not in files["case.html"].decode()
    assert casefile.verify(data)["question"] == question.id
    assert Entry.objects.get(kind="case.exported").subject_id == question.id


def test_it_tells_who_helps_what_was_shown_and_who_asked_the_same(promises: Promises) -> None:
    live = promises.district
    one = promises.make({"text": WORDS, "due": DUE, "assisting": [live.units[1].id]})
    question = Question.objects.get(id=one.question_id)
    live.does(
        "moderator", "merge", live.ask(text="大门什么时候修？", display_name="后来的人"), into=question.id
    )
    promises.report(one)
    found = casefile.of(question)
    rows = {chapter["title"]: chapter["rows"] for chapter in found["chapters"]}
    assert rows["承诺事项"][0]["assisting"] == live.units[1].name
    proof = Proof.objects.get()
    (shown,) = [row for row in rows["承诺事项"] if "sha256" in row]
    assert (shown["sha256"], shown["picture"]) == (proof.upload.digest, True)
    assert [row["text"] for row in rows["合并进来的提问"]] == ["大门什么时候修？"]


def test_a_changed_file_is_found_out(live: District) -> None:
    _name, data = actions.export(live.actor("coordinator"), worked_on(live).id)
    files = opened(data)
    changed: list[tuple[dict[str, bytes], str]] = [
        ({**files, "case.json": files["case.json"] + b" "}, "case.json"),
        ({**files, "more.txt": b"x"}, "more.txt"),
        ({name: data for name, data in files.items() if name != "case.html"}, "case.html"),
        ({**files, "manifest.json": files["manifest.json"].replace(b"inspector", b"x") + b" "}, "签章"),
        ({**files, "manifest.hmac": b"0" * 64}, "签章"),
    ]
    for case, word in changed:
        with pytest.raises(casefile.FileBroken, match=word):
            casefile.verify(packed(case))
    for nonsense in (
        b"",
        b"PK\x03\x04",
        packed({"a": b"b"}),
        packed({"manifest.json": b"[]", "manifest.hmac": b""}),
    ):
        with pytest.raises(casefile.FileBroken):
            casefile.verify(nonsense)


@pytest.mark.parametrize(("name", "status"), [("moderator", 403), ("member1", 403), ("clerk", 403)])
def test_it_is_not_for_everybody(live: District, name: str, status: int) -> None:
    question = live.walk("published")
    for look in (actions.export, queries.case):
        with pytest.raises(Refused) as refused:
            look(live.actor(name), question.id)
        assert refused.value.status == status


def signed_in(district: District, name: str) -> Client:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(district.accounts[name])
    return client


def test_the_desk_shows_holds_and_gives_it_out(live: District) -> None:
    question = worked_on(live)
    client = signed_in(live, "coordinator")
    shown = client.get(f"/desk/questions/{question.id}/case/").content.decode()
    assert "第 1 期第 1 号卷宗" in shown
    assert "路灯坏了&lt;b&gt;" in shown
    wrong = client.post(f"/desk/questions/{question.id}/case/place", {"reason": "", "note": "案号一"})
    assert wrong.status_code == 422
    assert "案号一" in wrong.content.decode()
    done = client.post(
        f"/desk/questions/{question.id}/case/place", {"reason": "lawsuit", "note": "案号一"}, follow=True
    )
    assert "已暂停到期删除" in done.content.decode()
    given: Any = client.post(f"/desk/questions/{question.id}/case/export")
    assert given["Content-Type"] == "application/zip"
    assert casefile.verify(given.content)


def test_the_archives_desk_keeps_synonyms_limit_and_imports(live: District, tmp_path: Path) -> None:
    client = signed_in(live, "coordinator")
    assert client.get("/desk/office/archives/").status_code == 200
    wrong = client.post("/desk/office/archives/synonyms", {"words": "单独"})
    assert wrong.status_code == 422
    assert "第 1 行" in wrong.content.decode()
    assert "单独" in wrong.content.decode()
    done = client.post("/desk/office/archives/synonyms", {"words": "划片 对口入学"}, follow=True)
    assert "划片 对口入学" in done.content.decode()
    assert client.post("/desk/office/archives/months", {"keep": "99"}).status_code == 422
    assert (
        "满 6 个月"
        in client.post("/desk/office/archives/months", {"keep": "6"}, follow=True).content.decode()
    )
    assert (
        client.post("/desk/office/archives/past/withhold", {"past": "x", "code": "minor"}).status_code == 422
    )
    past = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01"))[0]
    way = "/desk/office/archives/past/"
    covered = client.post(f"{way}withhold", {"past": past.id, "code": "minor"}, follow=True).content.decode()
    assert "已临时屏蔽，请另一位同事确认" in covered and '"tag">等第二人确认' in covered
    alone = client.post(f"{way}confirm_withhold", {"past": past.id})
    assert alone.status_code == 409 and "须由另一人确认" in alone.content.decode()
    people.give_office(live.accounts["moderator2"], "coordinator")
    other = signed_in(live, "moderator2")
    both = other.post(f"{way}confirm_withhold", {"past": past.id}, follow=True).content.decode()
    assert "已依法撤下" in both and '"tag">等第二人确认' not in both
    assert signed_in(live, "moderator").get("/desk/office/archives/").status_code == 403
