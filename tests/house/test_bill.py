"""What Townhall is made of stands in the documents, and nothing known stands against it."""

import json
from typing import Any

import pytest

from tools import supply


def test_the_bill_is_what_the_locks_say() -> None:
    assert supply.BILL.read_text(encoding="utf-8") == supply.written_bill(), "run: make docs"


def test_the_bill_is_a_cyclonedx_document_with_every_pinned_package_once() -> None:
    bill = json.loads(supply.written_bill())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    names = [part["name"] for part in bill["components"]]
    assert len(names) == len(set(names))
    assert {pin.name for lock in supply.LOCKS for pin in supply.pins(lock)} <= set(names)
    assert len({part["bom-ref"] for part in bill["components"]}) == len(names)
    assert all(part["version"] and part["purl"].startswith("pkg:") for part in bill["components"])
    runs = {part["name"] for part in bill["components"] if part["scope"] == "required"}
    assert {"django", "cryptography", "echarts"} <= runs
    assert "pytest" not in runs


def test_what_is_pinned_is_pinned_by_hash() -> None:
    assert all(pin.hashes for lock in supply.LOCKS for pin in supply.pins(lock))


def test_no_pinned_package_has_a_known_weakness() -> None:
    assert not supply.findings()


@pytest.mark.parametrize(
    ("advisory", "hit"),
    [
        ({"ranges": [["0", "99999"]], "versions": []}, True),
        ({"ranges": [["0", None]], "versions": []}, True),
        ({"ranges": [["0", "5.0.8"], ["99", None]], "versions": []}, False),
        ({"ranges": [], "versions": ["PINNED"]}, True),
        ({"ranges": [], "versions": ["0.1"]}, False),
    ],
)
def test_the_check_sees(advisory: dict[str, Any], hit: bool) -> None:
    pinned = next(pin.version for pin in supply.pins("requirements.lock") if pin.name == "django")
    one = {
        **advisory,
        "id": "X-1",
        "versions": [pinned if v == "PINNED" else v for v in advisory["versions"]],
    }
    assert bool(supply.findings({"packages": {"django": [one]}})) is hit


def test_the_kept_advisories_know_what_was_known() -> None:
    known = supply.advisories()
    about = {advisory["id"]: advisory for advisory in known["packages"]["django"]}
    assert supply.is_hit(about["PYSEC-2024-70"], "5.0.7")
    assert not supply.is_hit(about["PYSEC-2024-70"], "5.0.8")
