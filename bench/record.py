"""The record: leaves a second into a durable log, memory while it grows, a proof with its check at a million leaves.

Leaves as long as real ones go in by thousands, each batch with its files synced and a signed checkpoint, as the server
does after a publication. In the database, the same by way of the journal, for as long as BENCH_STORED says.
"""

import os
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.machine import keep, table, verdict

LEAVES = int(os.environ.get("BENCH_LEAVES", "1000000"))
STORED = int(os.environ.get("BENCH_STORED", "20000"))
BATCH = 5_000
PROOFS = 500
LEAST_LEAVES_A_SECOND = 5_000
MOST_PROOF_MS = 5.0
MOST_GROWTH_MB = 30  # between the first tenth and the end; a million hashes in a list would take 80


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        os.environ |= {"TOWNHALL_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "townhall.config.settings"}
        import django

        django.setup()
        grown = _grow(Path(folder) / "log")
        stored = _store()
    met = {
        "leaves a second": grown["a_second"] >= LEAST_LEAVES_A_SECOND,
        "memory": grown["growth_mb"] <= MOST_GROWTH_MB,
        "proof": grown["proof_cpu_ms"]["99%"] < MOST_PROOF_MS,
        "entries a second": stored["cpu_a_second"] >= LEAST_LEAVES_A_SECOND,
    }
    proof, work, single = grown["proof_ms"], grown["proof_cpu_ms"], grown["single_ms"]
    rows = [
        ["what", "measured", "target"],
        [f"leaves/s into tiles, {LEAVES:,} by {BATCH:,}", f"{grown['a_second']:,.0f}",
         f">= {LEAST_LEAVES_A_SECOND:,} {verdict(met=met['leaves a second'])}"],
        ["MB grown after the first tenth", f"{grown['growth_mb']:.0f}",
         f"<= {MOST_GROWTH_MB} {verdict(met=met['memory'])}"],
        [f"proof at {LEAVES:,}, ms", f"{proof['50%']:.2f}, 95%: {proof['95%']:.2f}", "-"],
        ["the same, ms of the processor", f"{work['50%']:.2f}, 99%: {work['99%']:.2f}",
         f"99% < {MOST_PROOF_MS:.0f} {verdict(met=met['proof'])}"],
        ["one leaf with checkpoint, ms", f"{single['50%']:.1f}, 95%: {single['95%']:.1f}", "-"],
        ["taking up the log again, ms", f"{grown['start_ms']:.1f}", "-"],
        [f"entries/s from journal to checkpoint, {STORED:,}", f"{stored['a_second']:,.0f}", "-"],
        ["the same, per second of the processor", f"{stored['cpu_a_second']:,.0f}",
         f">= {LEAST_LEAVES_A_SECOND:,} {verdict(met=met['entries a second'])}"],
    ]  # fmt: skip
    print(table(rows))
    keep("record", {"grown": grown, "stored": stored})
    return all(met.values())


def _entry(number: int) -> bytes:
    from townhall.record.canonical import canonical

    texts = dict.fromkeys(("answer", "title", "text", "unit", "signed_by"), f"{number:064x}")
    told = {
        "v": 1,
        "kind": "question.signed",
        "at": "2026-11-30T19:10:00.000+08:00",
        "hour": "2026-11",
        "seq": number,
    }
    return canonical(told | {"subject": "question", "id": number, "facts": {"version": 1}, "texts": texts})


def _grow(place: Path) -> dict[str, Any]:
    from townhall.record import merkle, notes, tiles
    from townhall.record.growing import Tree

    signer = notes.make_signer("bench.example/record")
    files = tiles.Files(place)
    tree = Tree(files)

    def publish(entries: list[bytes]) -> None:
        list(tree.append(entries))
        list(tree.flush())
        files.replace(
            tiles.CHECKPOINT, bytes(notes.Checkpoint(signer.name, tree.size, tree.root).signed([signer]))
        )
        tree.tidy()

    spent, early = 0.0, 0
    while tree.size < LEAVES:
        entries = [_entry(number) for number in range(tree.size, min(LEAVES, tree.size + BATCH))]
        started = time.perf_counter()
        publish(entries)
        spent += time.perf_counter() - started
        if not early and tree.size >= LEAVES // 10:
            early = _peak()
    grown = {"a_second": LEAVES / spent, "growth_mb": (_peak() - early) / 1024}
    single = _times(50, lambda: publish([_entry(tree.size)]))
    started = time.perf_counter()
    Tree(files, tree.size)
    grown["start_ms"] = (time.perf_counter() - started) * 1000
    chance = random.Random(1)

    def prove() -> None:
        index = chance.randrange(tree.size)
        proof = merkle.inclusion_proof(files.node(tree.size), index, tree.size)
        assert merkle.included(merkle.leaf_hash(_entry(index)), index, tree.size, proof, tree.root)

    # On a machine that others use too, time on the wall tells of them.
    work = _times(PROOFS, prove, time.process_time)
    return grown | {"single_ms": single, "proof_ms": _times(PROOFS, prove), "proof_cpu_ms": work}


def _store() -> dict[str, Any]:
    """Through the database, as publications of the journal come in."""
    from django.core.management import call_command

    from townhall.journal.write import record
    from townhall.kernel.unit_of_work import unit_of_work
    from townhall.record.actions import Keeper

    call_command("migrate", verbosity=0)
    with unit_of_work():
        for number in range(STORED):
            record(0, "poll.closed", subject="poll", subject_id=number, public=True, votes=number)
    started, worked = time.perf_counter(), time.process_time()
    Keeper().turn()
    took, work = time.perf_counter() - started, time.process_time() - worked
    return {"a_second": STORED / took, "cpu_a_second": STORED / work}


def _times(rounds: int, act: Any, clock: Any = time.perf_counter) -> dict[str, float]:
    """How long it takes by a clock, in milliseconds."""
    taken = []
    for _round in range(rounds):
        started = clock()
        act()
        taken.append((clock() - started) * 1000)
    cuts = statistics.quantiles(taken, n=100)
    return {"50%": cuts[49], "95%": cuts[94], "99%": cuts[98]}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
