"""`townhall backup` and `townhall restore` as an operator runs them: real processes, real files, every refusal."""

import io
import json
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest
from pyrage import x25519

from tests.backups.conftest import Guarded, twin
from tests.edge.evening import SETTINGS, Evening
from tests.tools.environment import database
from tests.tools.server import TOWNHALL, Installation
from townhall.backups import location, restoring
from townhall.backups.errors import DamagedError, WrongKeyError

pytestmark = pytest.mark.long


def tried(place: Installation, *arguments: object, limit: int | None = None) -> tuple[int, str]:
    """A command's exit status and words; with ``limit`` no file may grow past so many bytes."""
    command = [str(TOWNHALL), *map(str, arguments)]
    if limit is not None:
        command = ["prlimit", f"--fsize={limit}", *command]
    done = subprocess.run(
        command, env=place.environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


def restored(place: Installation, source: Guarded, *options: object) -> tuple[int, str]:
    return tried(place, "restore", source.second, "--identity", source.identity, *options)


def holds_nothing(place: Installation) -> bool:
    """Neither data nor anything half-unpacked."""
    left = {path.name for path in place.data_dir.iterdir()} - {"SECRET_KEY", "DATA_KEY"}
    return not {name for name in left if name.startswith((".backup", "townhall", "uploads"))}


@pytest.fixture
def copied(filled: Guarded, tmp_path: Path) -> Guarded:
    """The second place, to be spoilt."""
    place = Guarded(tmp_path / "spoilt")
    place.identity = filled.identity
    shutil.copytree(filled.second, place.second)
    return place


@pytest.fixture
def elsewhere(filled: Guarded, tmp_path: Path) -> Installation:
    """Another machine with the keys that were kept."""
    return twin(filled, tmp_path / "elsewhere")


# -- a night and the morning after ---------------------------------------------------------------------


def test_last_nights_backup_is_proven_restored_and_serves(guarded: Guarded, tmp_path: Path) -> None:
    evening = Evening(guarded, patience=30)
    guarded.start()
    asked = evening.asked("昨晚备份之前提的问题：路灯何时修好？")
    evening.sign(asked["id"], evening.bring_to_signing(asked["id"]))
    told = guarded.command("backup")
    assert "signed answers" in told
    status, words = guarded.prove()
    assert status == 0, words
    assert "compared with the data of now" in words
    guarded.kill()

    again = twin(guarded, tmp_path / "morning")
    status, words = restored(again, guarded)
    assert status == 0, words
    evening.place = again
    again.start()
    try:
        public = evening.call("GET", f"/questions/{asked['id']}").json()
        assert public["answer"]["signed_by"]
        assert evening.call("GET", f"/track/{asked['receipt']}").json()["number"] == asked["number"]
        assert evening.asked("恢复以后提的问题：人行道何时铺好？")["number"] > asked["number"]
    finally:
        evening.close()
        again.stop()


def test_no_key_is_in_a_backup_and_fingerprints_are_told(filled: Guarded) -> None:
    told = json.loads(next(filled.second.glob("*.json")).read_text())
    assert set(told["fingerprints"]) >= {"DATA_KEY", "SECRET_KEY"}
    opened = pyrage.decrypt(filled.archives[0].read_bytes(), identities(filled))
    for name in ("DATA_KEY", "SECRET_KEY"):
        key = (filled.data_dir / name).read_bytes().strip()
        assert key not in opened
        assert not any(key in path.read_bytes() for path in filled.second.rglob("*") if path.is_file())
    assert filled.identity.read_bytes().splitlines()[1] not in opened


def test_what_is_kept_is_for_its_owner_only(filled: Guarded) -> None:
    assert stat.S_IMODE(filled.second.stat().st_mode) == 0o700
    for path in (*filled.data_dir.rglob("*"), *filled.second.rglob("*")):
        if path.name != "serve.log":
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert stat.S_IMODE(filled.identity.stat().st_mode) == 0o600


def test_a_backup_opens_with_ages_own_program(filled: Guarded, tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is not installed: apt-get install age")
    opened = tmp_path / "opened.tar"
    subprocess.run(["age", "-d", "-i", filled.identity, "-o", opened, filled.archives[0]], check=True)
    with tarfile.open(opened) as tar:
        assert tar.getnames()[:2] == ["manifest.json", "database"]
        assert tar.getnames()[-1] == "seal.json"


def test_one_file_by_name_is_never_overwritten(
    filled: Guarded, elsewhere: Installation, tmp_path: Path
) -> None:
    target = tmp_path / "by-name" / "one.tar.age"
    filled.command("backup", str(target))
    before = target.read_bytes()
    status, words = filled.tried("backup", target)
    assert status == 1
    assert "nothing is overwritten" in words
    assert target.read_bytes() == before
    status, words = tried(elsewhere, "restore", target, "--identity", filled.identity)
    assert status == 0, words


def test_without_a_key_of_its_own_the_kept_data_key_opens_it(
    filled: Guarded, elsewhere: Installation, tmp_path: Path
) -> None:
    plain = Installation(filled.data_dir, settings=database())
    assert tried(plain, "backup", tmp_path / "plain.tar.age")[0] == 0
    status, words = tried(elsewhere, "restore", tmp_path / "plain.tar.age")
    assert status == 0, words


def test_a_key_is_never_overwritten(filled: Guarded) -> None:
    before = filled.identity.read_bytes()
    status, words = filled.tried("backup", "--new-key", filled.identity)
    assert status == 1
    assert "never overwritten" in words
    assert filled.identity.read_bytes() == before


# -- what a restore refuses ----------------------------------------------------------------------------


def test_a_place_with_data_is_left_alone(filled: Guarded) -> None:
    before = {path: path.read_bytes() for path in filled.data_dir.rglob("*") if path.is_file()}
    status, words = filled.tried("restore", filled.second, "--identity", filled.identity)
    assert status == 1
    assert "nothing is overwritten" in words
    after = {path: path.read_bytes() for path in filled.data_dir.rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before


def test_the_kept_key_comes_first(filled: Guarded, tmp_path: Path) -> None:
    place = twin(filled, tmp_path / "keyless", keys=False)
    status, words = restored(place, filled)
    assert status == 1
    assert "first put the DATA_KEY" in words
    assert not (place.data_dir / "DATA_KEY").exists(), "no new one was made in its place"


def test_another_installations_backup_is_refused_unless_its_key_is_known_to_be_lost(
    filled: Guarded, tmp_path: Path
) -> None:
    place = Installation(tmp_path / "foreign", settings=SETTINGS | database())
    (place.data_dir / "DATA_KEY").write_text("k" * 64)
    status, words = restored(place, filled)
    assert status == 1
    assert "another installation" in words
    assert holds_nothing(place)
    status, words = restored(place, filled, "--other-keys")
    assert status == 0, words
    assert "NOT those of the backup: DATA_KEY" in words


def test_a_wrong_private_key_is_said(filled: Guarded, elsewhere: Installation, tmp_path: Path) -> None:
    filled.command("backup", "--new-key", str(tmp_path / "other-key"))
    status, words = tried(elsewhere, "restore", filled.second, "--identity", tmp_path / "other-key")
    assert status == 1
    assert "none of the keys at hand opens it" in words
    status, words = tried(elsewhere, "restore", filled.second)
    assert status == 1
    assert "name another with --identity" in words
    status, words = tried(elsewhere, "restore", filled.second, "--identity", filled.data_dir / "DATA_KEY")
    assert status == 1
    assert "holds no age private key" in words
    assert holds_nothing(elsewhere)


def test_nothing_there_is_said(elsewhere: Installation, tmp_path: Path, filled: Guarded) -> None:
    status, words = tried(elsewhere, "restore", tmp_path / "nowhere", "--identity", filled.identity)
    assert status == 1
    assert "holds none" in words


def test_a_backup_cut_short_anywhere_is_refused(
    copied: Guarded, elsewhere: Installation, tmp_path: Path
) -> None:
    archive = copied.archives[0]
    whole = archive.read_bytes()
    for length in (0, 100, 5_000, len(whole) // 2, len(whole) - 20, len(whole) - 1):
        archive.write_bytes(whole[:length])
        refuses_to_unpack(copied, tmp_path / f"{length}")
    status, words = restored(elsewhere, copied)
    assert status == 1
    assert "is cut short or was changed" in words
    assert "use another" in words
    assert holds_nothing(elsewhere)


def test_a_backup_changed_anywhere_is_refused(copied: Guarded, tmp_path: Path) -> None:
    archive = copied.archives[0]
    whole = archive.read_bytes()
    for at in (30, 150, 5_000, len(whole) // 2, len(whole) - 3):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refuses_to_unpack(copied, tmp_path / f"{at}")


def refuses_to_unpack(place: Guarded, folder: Path) -> None:
    folder.mkdir()
    with pytest.raises((DamagedError, WrongKeyError)):
        restoring.unpack(location.find(place.second), identities(place), folder)


def identities(place: Guarded) -> list[x25519.Identity]:
    return [x25519.Identity.from_str(place.identity.read_text().splitlines()[1])]


def rewritten(place: Guarded, change: Callable[[str, bytes], bytes]) -> None:
    """What somebody could do who knows the public key: open is impossible, but here the private one helps."""
    path = place.archives[0]
    keys = identities(place)
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(path.read_bytes(), keys))) as old,
        tarfile.open(fileobj=out, mode="w") as new,
    ):
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            text = change(member.name, content.read())
            member.size = len(text)
            new.addfile(member, io.BytesIO(text))
    path.write_bytes(pyrage.encrypt(out.getvalue(), [keys[0].to_public()]))


def manifest_with(**changes: Any) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        return json.dumps(json.loads(content) | changes).encode()

    return change


def test_a_newer_schema_is_refused_by_name(copied: Guarded, elsewhere: Installation) -> None:
    rewritten(copied, manifest_with(version="9.1", migrations=[["questions", "0099_later"]]))
    status, words = restored(elsewhere, copied)
    assert status == 1
    assert "Townhall 9.1" in words
    assert "questions.0099_later" in words
    assert "install that version first" in words
    assert holds_nothing(elsewhere)


# An older program knew neither that readers follow a promise nor that a signed answer never changes.
OLDER = (("following", "zero"), ("questions", "0001"))
BACK_UP = """
from pathlib import Path
from townhall.backups import making
making.make(Path({to!r}), into_folder=True)
"""


@pytest.mark.sqlite
def test_a_backup_of_an_older_schema_is_brought_up_to_date_and_works(tmp_path: Path) -> None:
    older = Guarded(tmp_path / "older")
    evening = Evening(older, patience=60)
    for room, name in OLDER:
        older.command("manage", "migrate", room, name, "--verbosity", "0")
    older.command("manage", "shell", "--no-imports", "-c", BACK_UP.format(to=str(older.second)))
    told = json.loads(next(older.second.glob("*.json")).read_text())
    assert told["format"] == "townhall-backup/1"
    status, words = older.tried("backup", "--prove", "--identity", older.identity)
    assert status == 0, words
    place = twin(older, tmp_path / "newer")
    status, words = tried(place, "restore", older.second, "--identity", older.identity)
    assert status == 0, words
    place.command("manage", "migrate", "--check")
    evening.place = place.start()
    try:
        asked = evening.asked("升级以后提的问题：楼道灯何时修好？")
        evening.sign(asked["id"], evening.bring_to_signing(asked["id"]))
        assert evening.call("GET", f"/questions/{asked['id']}").json()["answer"]["signed_by"]
    finally:
        evening.close()
        place.stop()


def test_a_newer_format_is_refused(copied: Guarded, elsewhere: Installation) -> None:
    rewritten(copied, manifest_with(format="townhall-backup/2"))
    status, words = restored(elsewhere, copied)
    assert status == 1
    assert "townhall-backup/2" in words


def test_the_other_kind_of_database_is_refused(copied: Guarded, elsewhere: Installation) -> None:
    rewritten(copied, manifest_with(vendor="oracle"))
    status, words = restored(elsewhere, copied)
    assert status == 1
    assert "it is of oracle" in words


def test_a_forgery_under_the_public_key_is_refused(copied: Guarded, elsewhere: Installation) -> None:
    rewritten(copied, lambda name, text: text if name != "manifest.json" else text + b" ")
    status, words = restored(elsewhere, copied)
    assert status == 1
    assert "not those that were sealed" in words
    assert holds_nothing(elsewhere)


# -- no room ----------------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_full_disk_is_said_and_leaves_nothing_half_written(filled: Guarded, tmp_path: Path) -> None:
    before = {path.name for path in filled.second.iterdir()}
    status, words = tried(filled, "backup", limit=300_000)
    assert status == 1
    assert "room" in words, words
    assert "Traceback" not in words
    assert {path.name for path in filled.second.iterdir()} == before
    assert not list(filled.data_dir.glob(".backup-*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_second_place_is_said(filled: Guarded, small_disk: Path) -> None:
    (small_disk / "somebody's").write_bytes(bytes(900 * 1024))  # a dump of PostgreSQL is small
    status, words = filled.tried("backup", "--to", small_disk / "second")
    assert status == 1
    assert "no room left" in words, words
    assert not list((small_disk / "second").iterdir())


@pytest.mark.sqlite
def test_a_restore_without_room_leaves_nothing(filled: Guarded, small_disk: Path) -> None:
    place = twin(filled, small_disk / "data")
    status, words = restored(place, filled)
    assert status == 1
    assert "no room left" in words, words
    assert holds_nothing(place)


# -- proving ----------------------------------------------------------------------------------------------


def test_a_spoilt_backup_is_not_proven_and_doctor_says_so(guarded: Guarded) -> None:
    guarded.demo("archived")
    guarded.command("backup")
    assert guarded.prove()[0] == 0
    assert "was restored on trial" in guarded.tried("doctor")[1]
    guarded.archives[0].write_bytes(guarded.archives[0].read_bytes()[:-40])
    status, words = guarded.prove()
    assert status == 1
    assert "NOT PROVEN" in words
    assert "restoring on trial at" in guarded.tried("doctor")[1]


def test_a_machine_that_only_keeps_backups_can_prove_them(filled: Guarded, tmp_path: Path) -> None:
    keeper = Installation(tmp_path / "keeper", settings=database())
    status, words = tried(keeper, "backup", "--prove", "--to", filled.second, "--identity", filled.identity)
    assert status == 0, words
    assert "what it says of itself" in words


@pytest.mark.sqlite
def test_a_journal_changed_since_is_found(guarded: Guarded) -> None:
    import sqlite3

    guarded.demo("archived")
    guarded.command("backup")
    live = sqlite3.connect(guarded.data_dir / "townhall.sqlite3")
    for (name,) in live.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        live.execute(f"DROP TRIGGER {name}")  # whoever can do this can do anything; the backups remember
    live.execute("UPDATE journal_entry SET actor = 1 WHERE id = (SELECT min(id) FROM journal_entry)")
    live.commit()
    live.close()
    status, words = guarded.prove()
    assert status == 1
    assert "the data of now: journal" in words


def test_doctor_says_when_a_key_is_not_that_of_the_backups(guarded: Guarded) -> None:
    guarded.demo("archived")
    guarded.command("backup")
    assert "not the key of the newest backup" not in guarded.tried("doctor")[1]
    (guarded.data_dir / "SECRET_KEY").write_text("n" * 60)
    assert "not the key of the newest backup: SECRET_KEY" in guarded.tried("doctor")[1]


def test_old_backups_go_but_not_the_newest_proven(guarded: Guarded) -> None:
    guarded.demo("archived")
    guarded.command("backup")
    assert guarded.prove()[0] == 0
    proven = guarded.archives[0]
    for day in ("20200101", "20200102"):
        old = guarded.second / f"townhall-{day}T000000Z-00000000.tar.age"
        shutil.copy(proven, old)
    aged = guarded.second / proven.name.replace(proven.name[9:17], "20200103")
    for path in guarded.second.glob(proven.name.removesuffix(".tar.age") + ".*"):
        path.rename(
            aged.with_name(
                aged.name.removesuffix(".tar.age")
                + path.name.removeprefix(proven.name.removesuffix(".tar.age"))
            )
        )
    guarded.command("backup")
    assert [path.name for path in guarded.archives] == [aged.name, guarded.archives[-1].name]


def test_the_kept_file_is_not_shown_to_a_browser(filled: Guarded) -> None:
    filled.start()
    try:
        for path in ("/townhall.sqlite3", "/uploads/", "/static/../DATA_KEY"):
            assert httpx.get(filled.url + path).status_code == 404
    finally:
        filled.stop()
