"""What makes an answer quick is the bell: with the look that makes up for it a minute away it still arrives."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.edge.harness import Reader
from tests.tools.environment import database
from tests.tools.promised import within
from tests.tools.server import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = {"TOWNHALL_LIVE_POLL_SECONDS": "60"}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    place = Installation(tmp_path_factory.mktemp("bell") / "data", settings=SETTINGS | MINUTE | database())
    try:
        hour = Evening(place)
        place.start()
        yield hour
        hour.close()
    finally:
        place.stop()


@pytest.fixture(scope="module")
def ears(evening: Evening, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Installation]]:
    """Every machine at which somebody watches: on PostgreSQL a second one, with nothing but keys and database in common."""
    if not evening.place.settings.keys() & {"TOWNHALL_DATABASE_URL"}:
        yield [evening.place]
        return
    other = Installation(tmp_path_factory.mktemp("other") / "data", settings=evening.place.settings)
    for name in ("SECRET_KEY", "DATA_KEY"):
        shutil.copy(evening.place.data_dir / name, other.data_dir / name)
    try:
        other.start()
        yield [evening.place, other]
    finally:
        other.stop()


def hears(reader: Reader, question: int) -> bool:
    """Whether the answer's frame comes within the second that is promised."""
    deadline = time.monotonic() + within(1)
    while (left := deadline - time.monotonic()) > 0:
        try:
            frame = reader.frame(left)
        except TimeoutError:
            return False
        if frame["event"] == "answer" and f'id="q-{question}"' in frame["data"]:
            return True
    return False


def test_the_bell_brings_an_answer_and_nothing_else_does(evening: Evening, ears: list[Installation]) -> None:
    watching = [Reader(place.port, f"/live/{evening.slug}/stream") for place in ears]
    question = evening.asked("和平路的路灯什么时候修好？")["id"]
    version = evening.bring_to_signing(question)
    evening.sign(question, version)
    assert all(hears(reader, question) for reader in watching)
    # The same without a bell, or this test would not see that it is broken.
    unheard = evening.asked("学府路的路灯什么时候修好？")["id"]
    version = evening.bring_to_signing(unheard)
    for place in ears:
        for listener in (place.data_dir / "bell").glob("*.sock"):
            listener.unlink()
    evening.sign(unheard, version)
    assert not any(hears(reader, unheard) for reader in watching)
