"""The public record's pages and files: what a citizen, a program and a verifier get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fixtures import GOOD_ANSWER
from townhall.record import notes, tiles, verifying
from townhall.record.actions import Keeper

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.fixtures import District
    from townhall.questions.models import Question

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def signed(live: District) -> Question:
    """An answer that stands in the record."""
    question = live.walk("published")
    Keeper().turn()
    return question


def test_a_program_finds_checkpoint_tiles_keys_and_receipts(signed: Question, client: Client) -> None:
    def fetch(address: str) -> bytes:
        response = client.get(f"/record/{address}")
        assert response.status_code == 200, address
        return bytes(response.content)

    known = [notes.verifier(line) for line in fetch("vkey").decode().split()]
    now, _finding = verifying.verify_checkpoint(fetch, known)
    assert verifying.verify_whole(fetch, now).code == verifying.VERIFIED
    assert verifying.verify_receipt(fetch(f"proof/{signed.id}"), known).code == verifying.VERIFIED


def test_files_say_what_they_are_and_how_long_they_hold(signed: Question, client: Client) -> None:
    checkpoint = client.get("/record/checkpoint")
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint["Cache-Control"] == "no-cache"
    size = int(checkpoint.content.split(b"\n")[1])
    tile = client.get(f"/record/{tiles.address(0, 0, size)}")
    assert tile["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile["Cache-Control"]
    receipt = client.get(f"/record/proof/{signed.id}")
    assert receipt["Content-Disposition"] == f'attachment; filename="{signed.id}.tlog-proof"'
    assert receipt["Cache-Control"] == "no-cache"
    for missing in (
        "tile/0/001",
        "tile/0/../../secret",
        "tile/x",
        "proof/999",
        "proof/x",
        "tile/entries/000.p/0",
    ):
        assert client.get(f"/record/{missing}").status_code == 404, missing


def test_only_the_verifier_runs_its_own_script(signed: Question, client: Client) -> None:
    verifier = client.get("/record/verify.html")
    policy = verifier["Content-Security-Policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert client.get("/record/vkey").content.split()[0] in verifier.content.replace(b"&#x27;", b"'")
    for path in ("/record/", f"/record/questions/{signed.id}/", f"/questions/{signed.id}/"):
        assert "script-src 'self'" in client.get(path)["Content-Security-Policy"], path


def test_under_every_answer_stands_one_link_to_its_verification(signed: Question, client: Client) -> None:
    link = f'href="/record/questions/{signed.id}/"'
    assert client.get("/hours/2026-11/").content.decode().count(link) == 1
    page = client.get(f"/questions/{signed.id}/").content.decode()
    assert link in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_record_explains_itself(signed: Question, client: Client, lang: str) -> None:
    page = client.get("/record/", {"lang": lang}).content.decode()
    fingerprint = notes.verifier(client.get("/record/vkey").content.decode().split()[0]).fingerprint
    assert fingerprint in page
    assert ("公钥指纹" if lang == "zh" else "Fingerprint of the key") in page
    assert "<svg" in page
    own = client.get(f"/record/questions/{signed.id}/", {"lang": lang}).content.decode()
    assert GOOD_ANSWER in own
    assert ("签发答复" if lang == "zh" else "Answer signed") in own


def test_an_answer_just_signed_is_on_its_way(signed: Question, live: District, client: Client) -> None:
    fresh = live.walk("published")
    page = client.get(f"/record/questions/{fresh.id}/").content.decode()
    assert "正在写入记录" in page
    Keeper().turn()
    page = client.get(f"/record/questions/{fresh.id}/").content.decode()
    assert "正在写入记录" not in page
    assert GOOD_ANSWER in page


def test_what_was_removed_is_gone_everywhere_and_its_entry_stays(
    signed: Question, live: District, client: Client
) -> None:
    live.does("moderator", "withhold", signed, code="personal_data")
    live.does("coordinator", "confirm_withhold", signed)
    for turned in (False, True):
        if turned:
            Keeper().turn()
        page = client.get(f"/record/questions/{signed.id}/")
        assert GOOD_ANSWER not in page.content.decode()
        assert "记录里的这一条还在" in page.content.decode()
        receipt = client.get(f"/record/proof/{signed.id}").content
        known = [notes.verifier(line) for line in client.get("/record/vkey").content.decode().split()]
        assert verifying.verify_receipt(receipt, known).code == verifying.REMOVED


def test_before_the_first_publication_the_page_says_so(district: District, client: Client) -> None:
    assert "记录还没有开始" in client.get("/record/").content.decode()
    assert client.get("/record/checkpoint").status_code == 404
    assert client.get("/record/vkey").status_code == 404
    assert client.get("/record/questions/1/").status_code == 404
    assert client.get("/record/verify.html").status_code == 200


def test_the_record_costs_the_same_with_one_entry_and_with_thirty(live: District, client: Client) -> None:
    counts = []
    for number in (1, 29):
        for _one in range(number):
            live.walk("accepted")
        Keeper().turn()
        client.get("/record/")
        with CaptureQueriesContext(connection) as seen:
            client.get("/record/")
        counts.append(len(seen))
    assert counts == [4, 4]


def test_an_answer_changed_behind_everybodys_back_is_said_to_be_so(signed: Question, client: Client) -> None:
    page = f"/record/questions/{signed.id}/"
    assert "与当时公布的不一样" not in client.get(page).content.decode()
    with connection.cursor() as cursor:
        on = "ON questions_version" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER questions_version_fixed {on}")
        cursor.execute("UPDATE questions_version SET text = text || '，不算数'")
    said = client.get(page).content.decode()
    assert "与当时公布的不一样" in said
    assert "不算数" not in said  # the words below are the record's
