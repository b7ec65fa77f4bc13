"""Everything is pinned with hashes, the two lock files agree, and no file names where packages come from."""

import re
import tomllib

from tests.house.source import ROOT, tracked_text_files

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;]+)(?:\s*;[^\\]*)?\s*\\?$")
HASH = re.compile(r"^\s+--hash=sha256:[0-9a-f]{64}(?:\s*\\)?$")
# Where packages come from, in two halves each, so that this file names none of them.
HOSTS = [
    ("py", "pi."),
    ("pythonho", "sted"),
    ("npm", "js"),
    ("jsde", "livr"),
    ("unp", "kg"),
    ("esm", ".sh"),
    ("cdn", "js"),
]
REGISTRY = re.compile(r"//[^/\s\"']*(?:" + "|".join(re.escape(a + b) for a, b in HOSTS) + ")", re.IGNORECASE)
LOCKS_OF_OTHER_TOOLS = {
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "package-lock.json",
    "yarn.lock",
}


def pins(name: str) -> dict[str, str]:
    """Package and version of each line of a lock file."""
    found = (PIN.match(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in found if match}


def test_lock_files_hold_pins_and_hashes_only() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        odd = [
            line
            for line in lines
            if line.strip()
            and not line.lstrip().startswith("#")
            and not PIN.match(line)
            and not HASH.match(line)
        ]
        assert not odd, f"{name}: {odd[:5]}"
        assert not [line for line in lines if "://" in line], f"{name} names a host"


def test_development_has_everything_the_product_has_in_the_same_version() -> None:
    product, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert product
    assert product.items() <= development.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!~; ]", word, maxsplit=1)[0].lower().replace("_", "-") for word in wanted}

    assert names(project["dependencies"]) <= pins("requirements.lock").keys()
    assert names(project["optional-dependencies"]["dev"]) <= pins("requirements-dev.lock").keys()


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{path}: {match[0]}"
        for path, text in tracked_text_files()
        if "//" in text and (match := REGISTRY.search(text))
    ]
    assert not found
    assert not [path for path, _ in tracked_text_files() if path.rsplit("/", 1)[-1] in LOCKS_OF_OTHER_TOOLS]
