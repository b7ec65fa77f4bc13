"""A real server: how soon a signature is in the record, restarts, and a witness of its own beside it."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.edge.evening import ANSWER, SETTINGS, Evening
from tests.tools.environment import database
from tests.tools.ports import free_port
from tests.tools.promised import within
from tests.tools.server import TOWNHALL, Installation
from townhall.record import notes, verifying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.both_databases]
SOON = 2  # seconds from the answer to a signature until it is under a checkpoint


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    place = Installation(tmp_path / "data", settings=SETTINGS | database())
    found = Evening(place, patience=60)
    yield found
    found.close()
    place.stop()


def until(say: str, ready: object, seconds: float) -> float:
    """How long it took."""
    started = time.monotonic()
    while not ready():  # type: ignore[operator]
        assert time.monotonic() - started < seconds, say
        time.sleep(0.05)
    return time.monotonic() - started


def signed(evening: Evening, known: list[notes.Verifier], text: str) -> float:
    """Sign an answer; how long until its receipt verifies."""
    question = evening.asked(text)["id"]
    version = evening.bring_to_signing(question)
    evening.sign(question, version)

    def recorded() -> bool:
        answer = httpx.get(f"{evening.place.url}/record/proof/{question}")
        finding = verifying.verify_receipt(answer.content, known)
        return finding.code == verifying.VERIFIED and dict(finding.texts).get("answer") == ANSWER

    return until("the answer is not in the record", recorded, within(SOON))


def test_a_signature_is_in_the_record_at_once_and_the_record_outlives_kills(
    evening: Evening, tmp_path: Path
) -> None:
    place = evening.place
    key = re.findall(r"public key: +(\S+)", place.command("record-key"))[0]
    port = free_port()
    with subprocess.Popen(
        [TOWNHALL, "witness", "--state", tmp_path / "witness", "--name", "library.example/witness", "--log", key,
         "--bind", f"127.0.0.1:{port}"],
        env=place.environment, stdout=subprocess.PIPE, text=True,
    ) as witness:  # fmt: skip
        try:
            assert witness.stdout is not None
            seen_by = witness.stdout.readline().split()[-1]
            place.environment["TOWNHALL_RECORD_WITNESSES"] = f"http://127.0.0.1:{port}={seen_by}"
            known = [notes.verifier(key)]
            place.start()
            until(
                "no checkpoint",
                lambda: httpx.get(f"{place.url}/record/checkpoint").status_code == 200,
                within(60),
            )
            took = [signed(evening, known, f"第 {number} 盏路灯什么时候修？") for number in range(3)]
            print(f"in the record after {', '.join(f'{one:.1f}' for one in took)} s")
            (tmp_path / "kept").write_bytes(httpx.get(f"{place.url}/record/checkpoint").content)
            place.kill()
            place.start()
            signed(evening, known, "重启以后的路灯什么时候修？")

            def witnessed() -> bool:
                note = notes.parse_note(httpx.get(f"{place.url}/record/checkpoint").content)
                return bool(note.signed_by([notes.verifier(seen_by)]))

            until("no cosignature", witnessed, within(20))
            said = place.command(
                "verify", f"{place.url}/record/", "--key", key, "--since", str(tmp_path / "kept")
            )
            assert "VERIFIED" in said
            assert "The older checkpoint is the beginning" in said
        finally:
            witness.terminate()
