"""Somebody else who looks: what a witness signs and refuses, and who notices a fork made on purpose."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.db import connection

from townhall.config import record_probes, witness
from townhall.readiness.lines import Subject
from townhall.record import actions, cosigning, merkle, notes, published, tiles, verifying, witnessing
from townhall.record.growing import Tree
from townhall.record.models import Sealed
from townhall.record.witnessing import BAD, CONFLICT, FORBIDDEN, INCONSISTENT, OK, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fixtures import District
    from townhall.record.actions import Keeper

LOG = notes.make_signer("wsbg.example.gov/record")
WITNESS = notes.make_signer("library.example/witness", notes.COSIGNATURE)


class Log:
    """A log of small entries, as far as it has come."""

    def __init__(self, folder: Path, word: str = "") -> None:
        self.tree = Tree(tiles.Files(folder))
        self.word = word

    def grow(self, size: int) -> bytes:
        list(self.tree.append(f"{self.word}{number}".encode() for number in range(self.tree.size, size)))
        list(self.tree.flush())
        return bytes(notes.Checkpoint(LOG.name, size, self.tree.root).signed([LOG]))

    def proof(self, old: int) -> list[bytes]:
        return merkle.consistency_proof(self.tree.files.node(self.tree.size), old, self.tree.size)


@pytest.fixture
def looker(tmp_path: Path) -> witnessing.Witness:
    return witnessing.Witness(tiles.Files(tmp_path / "witness"), WITNESS, [LOG.verifier])


def test_a_witness_signs_what_has_only_grown(looker: witnessing.Witness, tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    for old, new in ((0, 5), (5, 5), (5, 300), (300, 1000)):
        checkpoint = log.grow(new)
        reply = looker.add_checkpoint(witnessing.ask(old, log.proof(old), checkpoint))
        assert reply.status == OK
        note = notes.parse_note(checkpoint + reply.body)
        assert note.signed_by([WITNESS.verifier, LOG.verifier]) == [WITNESS.verifier, LOG.verifier]
        kept = looker.latest(witnessing._hash(LOG.name))
        assert kept == checkpoint + reply.body


def test_a_witness_refuses_by_the_book(looker: witnessing.Witness, tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    five = log.grow(5)
    assert looker.add_checkpoint(witnessing.ask(0, [], five)).status == OK
    ten = log.grow(10)
    proof = log.proof(5)
    conflict = looker.add_checkpoint(witnessing.ask(0, [], ten))
    assert (conflict.status, conflict.body, conflict.content_type) == (CONFLICT, b"5\n", "text/x.tlog.size")
    assert looker.add_checkpoint(witnessing.ask(5, proof[:-1], ten)).status == INCONSISTENT
    assert looker.add_checkpoint(witnessing.ask(11, [], ten)).status == BAD
    stranger = notes.make_signer(LOG.name)
    forged = bytes(notes.Checkpoint(LOG.name, 10, log.tree.root).signed([stranger]))
    assert looker.add_checkpoint(witnessing.ask(5, proof, forged)).status == FORBIDDEN
    bent = ten.replace(b"\n10\n", b"\n11\n")
    assert looker.add_checkpoint(witnessing.ask(5, proof, bent)).status == FORBIDDEN
    elsewhere = bytes(notes.Checkpoint("elsewhere.example/record", 0, merkle.EMPTY_ROOT).signed([stranger]))
    assert looker.add_checkpoint(witnessing.ask(0, [], elsewhere)).status == UNKNOWN
    for nonsense in (
        b"",
        b"old 5\n\n",
        b"old 05\n\n" + ten,
        b"new 5\n\n" + ten,
        b"old 5\nx\n\n" + ten,
        ten,
        b"\xff\n\n" + ten,
    ):
        assert looker.add_checkpoint(nonsense).status == BAD
    assert looker.add_checkpoint(witnessing.ask(5, proof, ten)).status == OK


def test_a_witness_refuses_rollback_and_fork_also_after_a_restart(tmp_path: Path) -> None:
    log, fork = Log(tmp_path / "log"), Log(tmp_path / "fork", word="another past ")
    files = tiles.Files(tmp_path / "witness")
    first = log.grow(5)
    assert (
        witnessing.Witness(files, WITNESS, [LOG.verifier]).add_checkpoint(witnessing.ask(0, [], first)).status
        == OK
    )
    again = witnessing.Witness(files, WITNESS, [LOG.verifier])
    assert again.add_checkpoint(witnessing.ask(0, [], Log(tmp_path / "short").grow(3))).status == CONFLICT
    assert again.add_checkpoint(witnessing.ask(5, [], fork.grow(5))).status == INCONSISTENT
    assert again.add_checkpoint(witnessing.ask(5, fork.proof(5), fork.grow(9))).status == INCONSISTENT


def test_the_key_of_a_witness_is_made_once(tmp_path: Path) -> None:
    made = witness.own_key(tmp_path / "w", "library.example/witness")
    assert made.kind == notes.COSIGNATURE
    assert witness.own_key(tmp_path / "w", "another.example") == made
    assert (tmp_path / "w" / witness.KEY).stat().st_mode & 0o777 == 0o600


# -- a record with a witness beside it -----------------------------------------------------------------------


@pytest.fixture
def colleague(tmp_path: Path, live: District, keeper: Keeper, settings: Any) -> Iterator[cosigning.Colleague]:
    """A real witness on a port of its own, which knows the record's key."""
    keeper.turn()
    running = witness.server(
        witnessing.Witness(tiles.Files(tmp_path / "witness"), WITNESS, published.vkeys()), ("127.0.0.1", 0)
    )
    Thread(target=running.serve_forever, daemon=True).start()
    found = cosigning.Colleague(f"http://127.0.0.1:{running.server_port}", WITNESS.verifier)
    settings.RECORD_WITNESSES = [(found.url, found.key.vkey)]
    yield found
    running.shutdown()
    running.server_close()


def doctor() -> list[Any]:
    return [line for check in (record_probes.witnessed, record_probes.sampled) for line in check(Subject())]


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_checkpoint_is_published_with_the_witness_beside_it(
    colleague: cosigning.Colleague, live: District, keeper: Keeper
) -> None:
    assert cosigning.gather([colleague])
    note = notes.parse_note(published.checkpoint() or b"")
    assert note.signed_by([WITNESS.verifier]) == [WITNESS.verifier]
    assert not cosigning.gather([colleague])
    question = live.walk("published")
    keeper.turn()
    alone = notes.parse_note(published.checkpoint() or b"")  # at once, whatever the witness does
    assert not alone.signed_by([WITNESS.verifier])
    assert cosigning.gather([colleague])
    receipt = published.receipt(str(question.id)) or b""
    assert verifying.verify_receipt(receipt, published.vkeys()).code == verifying.VERIFIED
    assert notes.parse_note(receipt.partition(b"\n\n")[2]).signed_by([WITNESS.verifier])
    assert [line.level for line in doctor()] == ["ok", "ok"]
    origin = witnessing._hash(published.vkeys()[0].name)
    assert httpx.get(f"{colleague.url}/{origin}/checkpoint").content == published.checkpoint()


@pytest.mark.django_db
def test_a_witness_that_does_not_answer_holds_up_nothing(
    live: District, keeper: Keeper, settings: Any
) -> None:
    settings.RECORD_WITNESSES = [("http://127.0.0.1:9", WITNESS.verifier.vkey)]
    keeper.turn()
    own = published.checkpoint()
    assert cosigning.gather([cosigning.Colleague("http://127.0.0.1:9", WITNESS.verifier)])
    assert published.checkpoint() == own
    assert doctor()[0].level == "warn"


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_fork_made_on_purpose_is_seen_by_witness_verifier_and_doctor(
    colleague: cosigning.Colleague, live: District, keeper: Keeper
) -> None:
    """Somebody with every password rewrites an answer, throws the files away and has the record signed anew."""
    live.walk("published")
    keeper.turn()
    cosigning.gather([colleague])
    kept_by_a_reader = published.checkpoint() or b""
    with connection.cursor() as cursor:
        on = "ON record_leaf" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER record_leaf_fixed {on}")
        cursor.execute(
            'UPDATE record_leaf SET data = replace(data, \'"office":"mayor"\', \'"office":"deputy"\')'
        )
    assert doctor()[1].level == "fail"
    for path in sorted(actions.folder().rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    with pytest.raises(tiles.RecordBroken, match="fork"):
        actions.Keeper().turn()
    Sealed.objects.all().delete()
    actions.Keeper().turn()  # now nothing inside remembers
    live.walk("published")
    actions.Keeper().turn()
    files = tiles.Files(actions.folder())
    _now, finding = verifying.verify_checkpoint(files.read, published.vkeys(), kept_by_a_reader)
    assert finding.code == verifying.FORKED
    assert cosigning.gather([colleague])
    line = doctor()[0]
    assert line.level == "fail"
    assert "rewritten" in line.finding
    assert not notes.parse_note(published.checkpoint() or b"").signed_by([WITNESS.verifier])


@pytest.mark.django_db
def test_a_record_shorter_than_the_witness_has_seen_is_an_alarm(
    colleague: cosigning.Colleague, live: District, keeper: Keeper
) -> None:
    live.walk("published")
    keeper.turn()
    cosigning.gather([colleague])
    size = notes.parse_checkpoint(notes.parse_note(published.checkpoint() or b"")).size
    files = tiles.Files(actions.folder())
    signers = actions.ready_signers()
    shorter = notes.Checkpoint(signers[0].name, size - 3, merkle.root(files.node(size), size - 3))
    files.replace(tiles.CHECKPOINT, bytes(shorter.signed(signers)))
    tree = Tree(tiles.Files(actions.folder() / "elsewhere"))
    list(
        tree.append(
            entry for _first, entries in tiles.bundles(files.read, size) for entry in entries[: size - 3]
        )
    )
    list(tree.flush())
    with pytest.raises(cosigning.Alarm, match="entries are gone"):
        cosigning.cosignature(colleague, tree.files, notes.parse_note(files.read(tiles.CHECKPOINT)))
