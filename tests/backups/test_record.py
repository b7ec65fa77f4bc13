"""The public record in a backup: it comes back as the world saw it, goes on from there, and is never another one."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.backups.conftest import Guarded, twin
from tests.edge.evening import Evening
from tests.tools.environment import database
from tests.tools.server import Installation
from townhall.record import proofs

pytestmark = pytest.mark.long


def checkpoint(place: Installation) -> str:
    answer = httpx.get(f"{place.url}/record/checkpoint", timeout=30)
    return answer.text if answer.is_success else ""


def size(note: str) -> int:
    return int(note.splitlines()[1]) if note else 0


def wait_for(act: Callable[[], bool], seconds: float = 60) -> None:
    started = time.monotonic()
    while not act():
        assert time.monotonic() - started < seconds
        time.sleep(0.1)


@contextmanager
def serving(place: Installation, evening: Evening) -> Iterator[None]:
    """The evening goes on at this place; afterwards it is killed, as in a disaster."""
    evening.place = place.start()
    try:
        yield
    finally:
        place.kill()


def receipt(place: Installation, question: int) -> str:
    """What the newest receipt about a question tells."""
    answer = httpx.get(f"{place.url}/record/proof/{question}", timeout=30)
    return proofs.parse(answer.content).leaf.decode() if answer.is_success else ""


def sign_one(evening: Evening, text: str) -> str:
    """An answer is signed and stands in the record; the checkpoint that holds it."""
    before = size(checkpoint(evening.place))
    asked = evening.asked(text)
    evening.sign(asked["id"], evening.bring_to_signing(asked["id"]))
    wait_for(lambda: "question.signed" in receipt(evening.place, asked["id"]))
    note = checkpoint(evening.place)
    assert size(note) > before
    return note


def machine(of: Guarded, folder: Path, record: Path | None = None) -> Installation:
    """A new one with the kept keys, and the record's files where those could be saved."""
    place = twin(of, folder)
    shutil.copy(of.data_dir / "record.key", folder / "record.key")
    if record is not None:
        shutil.copytree(record, folder / "record")
    return place


def restore(place: Installation, of: Guarded, source: Path) -> str:
    return place.command("restore", str(source), "--identity", str(of.identity))


def goes_on(place: Installation, evening: Evening, since: str, folder: Path) -> None:
    """Whoever kept a checkpoint finds it at the beginning of today's record, each entry as it was."""
    kept = folder / f"{size(since)}.checkpoint"
    kept.write_text(since)
    now = sign_one(evening, "恢复以后提的问题：河边护栏何时修好？")
    assert size(now) > size(since)
    place.command("verify", f"{place.url}/record/", "--since", str(kept))


def test_the_record_comes_back_goes_on_and_is_never_another(tmp_path: Path) -> None:
    first = Guarded(tmp_path / "first", settings=database())
    evening = Evening(first, patience=60)
    with serving(first, evening):
        seen = sign_one(evening, "备份之前提的问题：路灯何时修好？")
        first.command("backup")
        status, words = first.prove()
        assert status == 0, words
        last = sign_one(evening, "备份之后提的问题：人行道何时铺好？")
    (early,) = first.archives

    # Onto an empty machine: exactly what was seen when the backup was made.
    empty = machine(first, tmp_path / "empty")
    assert "record-recover" not in restore(empty, first, early)
    assert size((empty.data_dir / "record" / "checkpoint").read_text()) >= size(seen)
    with serving(empty, evening):
        goes_on(empty, evening, seen, tmp_path)
    other_past = empty.data_dir / "record"

    # Where the files outlived the database, they go further, and nothing of it is cut off.
    saved = machine(first, tmp_path / "saved", first.data_dir / "record")
    assert "record-recover" in restore(saved, first, early)
    assert (saved.data_dir / "record" / "checkpoint").read_text() == last
    assert "taken back" in saved.command("record-recover")
    with serving(saved, evening):
        goes_on(saved, evening, last, tmp_path)

    # The empty machine published something else meanwhile: two pasts are never put together.
    first.command("backup")
    late = first.archives[-1]
    torn = machine(first, tmp_path / "torn", other_past)
    with pytest.raises(RuntimeError, match="part within"):
        restore(torn, first, late)
    assert not (torn.data_dir / "townhall.sqlite3").exists()
    evening.close()
