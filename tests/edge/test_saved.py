"""The hours' pages as files: the bytes that are served, new when they are new, gone when the page is gone."""

import gzip
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from tests.edge.harness import serving
from tests.tools.promised import within
from townhall.edge.ready import PACK_FROM, prepare
from townhall.edge.saved import SavedPages, copy_files

PAGE = "<!doctype html><p>和平路的路灯十二月五日前修好。</p>".encode() * 40


def until(found: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + within(seconds)
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_shape_holds_the_same_page() -> None:
    ready = prepare(PAGE, "/hours/one/", "zh")
    assert ready.plain.whole.body == PAGE
    assert gzip.decompress(ready.packed.whole.body) == PAGE
    assert brotli.decompress(ready.dense.whole.body) == PAGE
    assert len({ready.plain.tag, ready.packed.tag, ready.dense.tag}) == 3
    small = prepare(b"x" * (PACK_FROM - 1), "/hours/one/", "zh")
    assert small.for_asker(b"br, gzip") == small.plain


def test_files_are_for_anybody_and_hold_every_shape(tmp_path: Path) -> None:
    saved = SavedPages(tmp_path / "public" / "snapshot")
    saved.keep("/hours/one/", "zh", prepare(PAGE, "/hours/one/", "zh"), at_home=True)
    for place in (saved.folder / "hours" / "one", saved.folder / "home"):
        assert (place / "page.zh.html").read_bytes() == PAGE
        assert gzip.decompress((place / "page.zh.html.gz").read_bytes()) == PAGE
        assert brotli.decompress((place / "page.zh.html.br").read_bytes()) == PAGE
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o644 for file in place.iterdir())
        assert stat.S_IMODE(place.stat().st_mode) == 0o755


@pytest.mark.parametrize("path", ["/hours/../../etc/", "/embed/one/", "/hours/", "/hours/a/b/"])
def test_nothing_but_an_hour_s_page_is_saved(tmp_path: Path, path: str) -> None:
    saved = SavedPages(tmp_path / "snapshot")
    saved.keep(path, "zh", prepare(PAGE, path, "zh"))
    assert not list(tmp_path.rglob("*.html"))


def test_a_page_that_cannot_be_saved_is_taken_away(tmp_path: Path) -> None:
    saved = SavedPages(tmp_path)
    saved.keep("/hours/one/", "zh", prepare(PAGE, "/hours/one/", "zh"), at_home=True)
    (tmp_path / "hours" / "one" / ".page.zh.html.gz.new").mkdir()  # writing the second shape fails
    with pytest.raises(IsADirectoryError):
        saved.keep("/hours/one/", "zh", prepare(PAGE + b"new", "/hours/one/", "zh"))
    assert not list(tmp_path.rglob("*.html*"))


def test_a_reader_never_sees_half_a_page(tmp_path: Path) -> None:
    saved = SavedPages(tmp_path)
    pages = [prepare(bytes([65 + number]) * 200_000, "/hours/one/", "zh") for number in range(2)]
    saved.keep("/hours/one/", "zh", pages[0])
    over = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not over.is_set():
            seen.add((tmp_path / "hours" / "one" / "page.zh.html").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        saved.keep("/hours/one/", "zh", pages[number % 2])
    over.set()
    reader.join()
    assert seen <= {page.plain.whole.body for page in pages}


def test_styles_stand_beside_the_pages_and_old_ones_go(tmp_path: Path) -> None:
    source, target = tmp_path / "private", tmp_path / "snapshot" / "static"
    (source / "portal").mkdir(parents=True)
    (source / "portal" / "townhall.1.css").write_text("old")
    copy_files(source, target)
    (source / "portal" / "townhall.1.css").rename(source / "portal" / "townhall.2.css")
    copy_files(source, target)
    assert [file.name for file in target.rglob("*.css")] == ["townhall.2.css"]
    assert stat.S_IMODE((target / "portal" / "townhall.2.css").stat().st_mode) == 0o644


def test_what_matters_now_is_saved_and_follows_the_journal_although_nobody_asks(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        page = tmp_path / "saved" / "hours" / "one" / "page.en.html"
        until(lambda: page.exists() and b"at 0<" in page.read_bytes(), 5)
        served.publish("one", "answer", "q1")
        until(lambda: b"at 1<" in page.read_bytes(), 2)
        until(lambda: b"at 1<" in (tmp_path / "saved" / "home" / "page.en.html").read_bytes(), 2)
        until(lambda: served.client.get("/hours/one/?lang=en").content == page.read_bytes(), 1)
        assert served.client.get("/hours/two/").status_code == 200
        assert not (tmp_path / "saved" / "hours" / "two").exists(), "what is merely asked for is not saved"


def test_pages_of_another_evening_are_cleared_away_at_the_start(tmp_path: Path) -> None:
    old = tmp_path / "saved" / "hours" / "gone"
    old.mkdir(parents=True)
    (old / "page.zh.html").write_text("what was covered since")
    with serving(tmp_path):
        until(lambda: not old.exists(), 5)
        until((tmp_path / "saved" / "hours" / "one" / "page.zh.html").exists, 5)


def test_an_hour_that_is_over_leaves_the_files(tmp_path: Path) -> None:
    with serving(tmp_path, warm=2):
        hours = tmp_path / "saved" / "hours"
        until((hours / "two" / "page.zh.html").exists, 5)
        (tmp_path / "over-two").touch()
        until(lambda: not (hours / "two").exists(), 8)
        assert (hours / "one" / "page.zh.html").exists()


def test_one_of_several_processes_saves(tmp_path: Path) -> None:
    with serving(tmp_path, processes=2) as served:
        page = tmp_path / "saved" / "hours" / "one" / "page.zh.html"
        until(page.exists, 10)
        served.publish("one", "answer", "q1")
        until(lambda: b"at 1<" in page.read_bytes(), 3)
