"""An installation with a second place and a key whose private half lies elsewhere."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.edge.evening import SETTINGS
from tests.tools.environment import database
from tests.tools.server import TOWNHALL, Installation


class Guarded(Installation):
    """An installation that is backed up.

    :ivar second: the second place
    :ivar identity: the file with the private key, not known to the installation
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.second, self.identity = folder / "second", folder / "key"
        made = subprocess.run(
            [TOWNHALL, "backup", "--new-key", self.identity], check=True, capture_output=True, text=True
        )
        name, _, public = made.stdout.splitlines()[0].partition("=")
        guarded = {name: public, "TOWNHALL_BACKUP_TO": str(self.second)}
        super().__init__(folder / "data", settings=SETTINGS | guarded | (settings or {}))

    def tried(self, *arguments: object) -> tuple[int, str]:
        """Run a command; its exit status and what it said."""
        done = subprocess.run(
            [TOWNHALL, *map(str, arguments)],
            env=self.environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def prove(self) -> tuple[int, str]:
        return self.tried("backup", "--prove", "--identity", self.identity)

    @property
    def archives(self) -> list[Path]:
        return sorted(self.second.glob("*.tar.age"))

    @property
    def pieces(self) -> list[Path]:
        return sorted(self.second.glob("*.log/*.age"))


def twin(of: Installation, folder: Path, *, keys: bool = True) -> Installation:
    """Another machine: empty but for the keys that were kept; it serves where the first one did."""
    place = Installation(folder, port=of.port, settings=SETTINGS | database(schema=False))
    for name in ("SECRET_KEY", "DATA_KEY"):
        if keys:
            (folder / name).write_text((of.data_dir / name).read_text())
            (folder / name).chmod(0o600)
    return place


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    """Not started, empty."""
    place = Guarded(tmp_path, settings=database())
    yield place
    place.kill()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    """With the demo's data and one backup; for tests that only read the second place."""
    place = Guarded(tmp_path_factory.mktemp("filled"), settings=database())
    place.demo("live")
    place.command("backup")
    return place
