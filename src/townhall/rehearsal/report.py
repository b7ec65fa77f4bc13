"""What a rehearsal came to: the counts, the times, what was lost, and whether it all adds up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from townhall.rehearsal.ledger import Ledger

ENDS = ("answered", "promised", "merged", "declined", "withdrawn", "pending")
_ROWS = (
    ("ask_to_receipt", "from ask to receipt"),
    ("ask_to_assignment", "from ask to assignment"),
    ("submitted_to_published", "from submitted to published"),
    ("sign_to_last_viewer", "from sign to last viewer"),
)


@dataclass
class Report:
    """The outcome of one rehearsal.

    :param counted: the hour's public counts at the end, less what was there before
    :param tracked: how many receipts led to which end
    """

    ledger: Ledger
    slug: str
    url: str
    viewers: int
    took: float
    counted: dict[str, int]
    tracked: Counter[str]

    def __post_init__(self) -> None:
        self.cases = self.ledger.cases
        self.asked = [case for case in self.cases if case.receipt]
        self.signed = [case for case in self.asked if case.signed_at]
        self.last_seen = self._check_streams()
        self._check_sums()

    # -- does it add up --------------------------------------------------------------------------------

    def _check_sums(self) -> None:
        fault = self.ledger.fault
        refused = [case for case in self.cases if case.refused]
        if len(self.asked) + len(refused) != len(self.cases):
            fault(f"{len(self.cases)} messages, but {len(self.asked)} asked and {len(refused)} refused")
        if self.counted.get("asked") != len(self.asked):
            fault(f"{len(self.asked)} receipts, but the hour counts {self.counted.get('asked')} questions")
        ends = {name: self.counted.get(name, 0) for name in ENDS}
        if sum(ends.values()) != self.counted.get("asked"):
            fault(f"the hour's ends {ends} do not add up to {self.counted.get('asked')}")
        if {name: self.tracked.get(name, 0) for name in ENDS} != ends:
            fault(f"receipts end as {dict(self.tracked)}, the hour counts {ends}")
        if len({case.receipt for case in self.asked}) != len(self.asked):
            fault("one receipt was given twice")

    def _check_streams(self) -> dict[int, float]:
        """When the last viewer saw each answer; every viewer must have seen every answer once."""
        last = {}
        for case in self.signed:
            if case.covered_after:  # it is told as a stub, as often as the stub changes
                stubs = sum((viewer, case.id) in self.ledger.stubs for viewer in range(self.viewers))
                if stubs < self.viewers:
                    self.ledger.fault(f"question {case.number}: the stub never reached every viewer")
                continue
            sightings = self.ledger.seen.get((case.id, case.version), [])
            times = Counter(viewer for viewer, _at in sightings)
            missing = self.viewers - len(times)
            if missing:
                self.ledger.fault(f"question {case.number}: the answer never reached {missing} viewer(s)")
            if any(count > 1 for count in times.values()):
                self.ledger.fault(f"question {case.number}: an answer came twice")
            if sightings:
                last[case.id] = max(at for _viewer, at in sightings)
        signed = {(case.id, case.version) for case in self.signed}
        if unknown := [place for place in self.ledger.seen if place not in signed]:
            self.ledger.fault(f"answers on the stream that nobody signed: {unknown[:5]}")
        return last

    @property
    def adds_up(self) -> bool:
        """Whether nothing was lost and every sum is right."""
        return not self.ledger.faults

    # -- numbers ---------------------------------------------------------------------------------------

    def times(self) -> dict[str, list[float]]:
        """The measured times in seconds."""
        return {
            "ask_to_receipt": [case.received_at - case.asked_at for case in self.asked],
            "ask_to_assignment": [
                case.assigned_at - case.asked_at for case in self.asked if case.assigned_at
            ],
            "submitted_to_published": [case.signed_at - case.submitted_at for case in self.signed],
            "sign_to_last_viewer": [
                self.last_seen[case.id] - case.sign_sent_at
                for case in self.signed
                if case.id in self.last_seen
            ],
        }

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "hour": self.slug,
            "url": self.url,
            "messages": len(self.cases),
            "asked": len(self.asked),
            "refused": _tally(case.refused for case in self.cases if case.refused),
            "shortened": sum(case.shortened for case in self.cases),
            "ends": {name: self.counted.get(name, 0) for name in ENDS},
            "seconds": {name: percentiles(values) for name, values in self.times().items()},
            "viewers": self.viewers,
            "answers_signed": len(self.signed),
            "answers_seen_by_all": len(self.last_seen),
            "answers_covered": sum(bool(case.covered_after) for case in self.signed),
            "leak_covered_seconds": [
                round(case.covered_after, 3) for case in self.asked if case.covered_after
            ],
            "errors": dict(sorted(self.ledger.errors.items())),
            "faults": list(self.ledger.faults),
            "adds_up": self.adds_up,
            "took_seconds": round(self.took, 1),
        }

    def lines(self) -> list[str]:
        """The report for people."""
        data = self.as_json()
        ends = "  ".join(f"{name} {count}" for name, count in data["ends"].items())
        text = [
            "",
            f"Rehearsal of {self.slug} at {self.url}: {data['took_seconds']} s",
            f"  messages {data['messages']}  asked {data['asked']}",
            f"  shortened {data['shortened']}  refused {sum(data['refused'].values())}",
            f"  {ends}",
            f"  sum of ends {sum(data['ends'].values())} = asked {data['asked']}",
            f"  {'seconds':<30}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}{'n':>8}",
        ]
        for name, label in _ROWS:
            row = data["seconds"][name]
            cells = "".join(f"{row[key]:>9.3f}" for key in ("p50", "p95", "p99", "max"))
            text.append(f"  {label:<30}{cells}{row['n']:>8}")
        text.append(
            f"  answers signed {data['answers_signed']}, each seen once by {self.viewers} viewers:"
            f" {data['answers_seen_by_all']}, covered {data['answers_covered']}"
        )
        text += [f"  leaked number covered and gone after {one} s" for one in data["leak_covered_seconds"]]
        text.append("  errors, each tried again: " + (_listed(data["errors"]) or "none"))
        text += [f"  FAULT {fault}" for fault in data["faults"][:20]]
        text.append(
            "  Nothing was lost." if self.adds_up else f"  It does not add up: {len(data['faults'])} faults."
        )
        return text


def _tally(words: Any) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items())


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest, by the nearest rank."""
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 4) if ordered else 0.0

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0), "n": len(ordered)}
