"""One file per question: everything, nothing secret, and whoever changes it is found out."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.commitments.conftest import DUE, WORDS, Promises, photo, promises
from tests.history.test_past import take
from townhall.commitments.actions import Files
from townhall.commitments.models import Proof
from townhall.documents import uploads
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


def exported(live: District, name: str, question_id: int) -> tuple[str, bytes]:
    title, archive = actions.export(live.actor(name), question_id)
    with archive:
        return title, archive.read()


def verified(data: bytes) -> dict[str, Any]:
    return casefile.verify(io.BytesIO(data))


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
    name, data = exported(live, "inspector", question.id)
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
    assert verified(data)["question"] == question.id
    entry = Entry.objects.get(kind="case.exported")
    assert (entry.subject_id, entry.facts["digest"]) == (question.id, hashlib.sha256(data).hexdigest())


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


def shown(promises: Promises) -> Question:
    """A question whose promise was reported done with two pictures and a piece of evidence."""
    one = promises.make()
    note = SimpleUploadedFile("验收单.txt", "验收合格".encode(), content_type="text/plain")
    files = Files(pictures=[photo(), photo(size=(80, 60))], evidence=note, captions=["大门<b>全景</b>", ""])
    promises.does("member1", "report", one, files, text="大门已改好，双开，坡道平整。")
    return Question.objects.get(id=one.question_id)


def test_pictures_and_evidence_come_back_as_they_were_handed_in(promises: Promises) -> None:
    question = shown(promises)
    proofs = list(Proof.objects.select_related("upload").order_by("id"))
    # Withheld from the public is not left out of the file.
    Proof.objects.filter(id=proofs[1].id).update(covered_at=clock.now())
    _name, data = exported(promises.district, "inspector", question.id)
    files = opened(data)
    places = {proof.id: f"files/{proof.upload_id}-{proof.upload.name}" for proof in proofs}
    assert {name for name in files if name.startswith("files/")} == set(places.values())
    assert len(set(places.values())) == 3
    told = verified(data)
    for proof in proofs:
        kept = uploads.path_of(proof.upload.digest).read_bytes()
        assert files[places[proof.id]] == kept
        assert told["files"][places[proof.id]] == hashlib.sha256(kept).hexdigest() == proof.upload.digest
    assert files[places[proofs[2].id]] == "验收合格".encode()
    page = files["case.html"].decode()
    assert page.count("<img ") == 2
    assert f'src="{places[proofs[0].id]}"' in page
    assert "大门&lt;b&gt;全景" in page
    assert "验收单.txt" in page


def test_a_changed_picture_is_found_out(promises: Promises) -> None:
    _name, data = exported(promises.district, "inspector", shown(promises).id)
    files = opened(data)
    picture = next(name for name in files if name.endswith("photo.jpg"))
    turned = bytearray(files[picture])
    turned[-20] ^= 1
    cases: list[dict[str, bytes]] = [
        {**files, picture: bytes(turned)},
        {name: data for name, data in files.items() if name != picture},
    ]
    for case in cases:
        with pytest.raises(casefile.FileBroken, match=picture):
            verified(packed(case))
    with pytest.raises(casefile.FileBroken, match=picture):  # also when the archive was not packed anew
        verified(data.replace(files[picture], bytes(turned)))
    twice = io.BytesIO(data)
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(picture, files[picture])
    with pytest.raises(casefile.FileBroken, match=picture):
        verified(twice.getvalue())


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_picture_that_the_disk_has_lost_is_named_and_the_rest_goes_out(
    promises: Promises, how: str
) -> None:
    question = shown(promises)
    upload = Proof.objects.order_by("id")[0].upload
    path = uploads.path_of(upload.digest)
    path.unlink() if how == "gone" else path.write_bytes(b"something else")
    _name, data = exported(promises.district, "inspector", question.id)
    place = f"files/{upload.id}-{upload.name}"
    told, files = verified(data), opened(data)
    assert told["missing"] == [place] == json.loads(files["case.json"])["missing"]
    assert place not in files
    assert sum(name.startswith("files/") for name in files) == 2
    assert "没有放入卷宗" in files["case.html"].decode()


def test_the_size_of_what_was_handed_in_costs_no_memory(promises: Promises) -> None:
    one = promises.make()
    large = SimpleUploadedFile("清单.txt", b"0123456789abcde\n" * (15 * 65536), content_type="text/plain")
    promises.does("member1", "report", one, Files(pictures=[photo()], evidence=large), text="大门已改好。")
    del large
    tracemalloc.start()
    try:
        _name, archive = actions.export(promises.district.actor("inspector"), one.question_id)
        with archive:
            told = casefile.verify(archive)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(name.startswith("files/") for name in told["files"]) == 2
    assert most < 8 * 1024**2, "the evidence alone has 15 MiB"


def test_a_changed_file_is_found_out(live: District) -> None:
    _name, data = exported(live, "coordinator", worked_on(live).id)
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
            verified(packed(case))
    for nonsense in (
        b"",
        b"PK\x03\x04",
        packed({"a": b"b"}),
        packed({"manifest.json": b"[]", "manifest.hmac": b""}),
    ):
        with pytest.raises(casefile.FileBroken):
            verified(nonsense)


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
    assert verified(given.getvalue())


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
