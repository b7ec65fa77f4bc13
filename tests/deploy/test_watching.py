"""What watches an installation names only figures that it tells."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from townhall.config import monitoring

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "townhall.json"
RULES = sorted((DEPLOY / "prometheus").glob("*.yml"))
NAME = re.compile(r"\btownhall_\w+")


def known() -> set[str]:
    """Every name that a query may use."""
    names = set()
    for name, kind, _labels, _meaning in monitoring.described():
        names |= {f"{name}{end}" for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return names


def rules() -> list[dict[str, Any]]:
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_every_figure_that_is_drawn_or_alarms_exists() -> None:
    named = {
        name for query in [*queries(), *(rule["expr"] for rule in rules())] for name in NAME.findall(query)
    }
    assert named
    assert not named - known()


def test_every_figure_is_drawn_or_alarms() -> None:
    """One that nobody looks at costs and helps nobody."""
    drawn = " ".join([*queries(), *(rule["expr"] for rule in rules())])
    assert not [name for name, *_rest in monitoring.described() if name not in drawn]


def test_labels_that_are_asked_for_exist() -> None:
    ours = {label for _name, _kind, labels, _meaning in monitoring.described() for label in labels}
    scraped = {"job", "instance", "le"}
    asked = set(
        re.findall(r'(\w+)\s*(?:=~|=|!=|!~)\s*"', " ".join([*queries(), *(rule["expr"] for rule in rules())]))
    )
    assert asked
    assert asked <= ours | scraped


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_alarm_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["remedy"]
    assert rule["labels"]["severity"] in {"page", "warn"}


def test_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _y in cells) < 24


def test_prometheus_reads_the_rules() -> None:
    found = shutil.which("promtool")
    assert found is not None, "apt-get install prometheus"
    done = subprocess.run([found, "check", "rules", *RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
