"""The program's log: nothing personal in it, nothing changed in it, nothing kept too long."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.config import chained_log, log_commands
from townhall.config.chained_log import ChainedHandler, append, bare, check, forget

DAY = date(2026, 11, 30)


def written(folder: Path, *texts: str, day: date = DAY) -> Path:
    for text in texts:
        append(folder, text, day)
    return folder / f"townhall-{day.isoformat()}.log"


def test_a_chain_that_nobody_touched_holds_over_days(tmp_path: Path) -> None:
    written(tmp_path, "one", "two")
    written(tmp_path, "three", day=DAY + timedelta(days=1))
    found = check(tmp_path)
    assert (found.files, found.lines, found.broken) == (2, 3, None)
    assert check(tmp_path, [found.head]).broken is None


@pytest.mark.parametrize("what", ["changed", "added", "removed", "swapped", "cut", "emptied"])
def test_every_change_shows(tmp_path: Path, what: str) -> None:
    path = written(tmp_path, "one", "two", "three", "four")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    told = [chained_log.newest(tmp_path)]
    changed = {
        "changed": [lines[0], lines[1].replace("two", "TWO"), *lines[2:]],
        "added": [*lines[:2], lines[1], *lines[2:]],
        "removed": [lines[0], *lines[2:]],
        "swapped": [lines[1], lines[0], *lines[2:]],
        "cut": lines[:3],
        "emptied": [],
    }[what]
    path.write_text("".join(changed), encoding="utf-8")
    assert check(tmp_path, told).broken is not None


def test_a_file_written_anew_as_a_whole_is_not_what_the_journal_knows(tmp_path: Path) -> None:
    written(tmp_path / "true", "the mayor signed", "the end")
    told = [chained_log.newest(tmp_path / "true")]
    written(tmp_path / "forged", "nobody signed", "the end")
    assert check(tmp_path / "forged").broken is None
    broken = check(tmp_path / "forged", told).broken
    assert broken is not None and "journal" in broken.why


def test_old_files_go_and_the_rest_still_holds(tmp_path: Path) -> None:
    written(tmp_path, "old", day=DAY - timedelta(days=401))
    kept = written(tmp_path, "young enough", day=DAY - timedelta(days=400))
    written(tmp_path, "new")
    assert forget(tmp_path, DAY) == 1
    assert chained_log.files(tmp_path)[0] == kept
    assert check(tmp_path).broken is None
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /hours/2026-11/ 200 3ms", "GET /hours/2026-11/ 200 3ms"),
        ("SMS to 13800138000", "SMS to 138****8000"),
        ("id 11010519491231002X", "id 110105********002X"),
        ("refused 203.0.113.9:4711", "refused *:4711"),
        ("refused 2001:db8::1 twice", "refused * twice"),
        ("serves http://127.0.0.1:8000/", "serves http://127.0.0.1:8000/"),
        ("at 12:30:05 done", "at 12:30:05 done"),
        ("two\nlines\x1b[2J", "two\\nlines\\x1b[2J"),
    ],
)
def test_what_is_personal_is_covered_and_a_line_stays_a_line(text: str, kept: str) -> None:
    assert bare(text) == kept


@given(st.lists(st.text(max_size=80), min_size=1, max_size=8))
def test_whatever_is_logged_is_one_line_each(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    for text in texts:
        append(folder, bare(text), DAY)
    found = check(folder)
    assert (found.lines, found.broken) == (len(texts), None)


def _write_many(folder: Path, name: str) -> None:
    for number in range(50):
        append(folder, f"{name} {number}", DAY)


def test_processes_take_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = check(tmp_path)
    assert (found.lines, found.broken) == (100, None)


def test_the_handler_writes_exceptions_without_what_is_personal(tmp_path: Path) -> None:
    logger = logging.Logger("test")  # noqa: LOG001 - one of its own, outside the tree
    logger.addHandler(ChainedHandler(tmp_path))
    try:
        raise ValueError("13800138000")
    except ValueError:
        logger.exception("it went wrong")
    text = next(tmp_path.glob("*.log")).read_text(encoding="utf-8")
    assert "it went wrong" in text and "ValueError" in text and "13800138000" not in text
    assert text.count("\n") == 1


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    logger = logging.Logger("test")  # noqa: LOG001 - one of its own, outside the tree
    logger.addHandler(ChainedHandler(tmp_path / "taken"))
    logger.warning("still here")
    assert "still here" in capsys.readouterr().err


@pytest.mark.parametrize("there", [True, False])
def test_no_log_at_all_is_not_a_log_as_it_was_written(tmp_path: Path, *, there: bool) -> None:
    folder = tmp_path / "logs"
    if there:
        folder.mkdir()
    with pytest.raises(SystemExit, match="no log in"):
        log_commands._check(argparse.Namespace(folder=folder), lambda: None)
