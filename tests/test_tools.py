"""The tools of the tests hold what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

from tests.tools import messages, postgres

ROOT = Path(__file__).parents[1]


def run_pytest(tmp_path: Path, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "conftest.py").write_text(
        "from tests.tools import skips\n"
        "def pytest_configure(config):\n    config.pluginmanager.register(skips.SkipCounter())\n"
    )
    (tmp_path / "test_sample.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", f"--rootdir={tmp_path}",
         "-c", "/dev/null", str(tmp_path), *arguments],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_a_skip_is_named_and_fails_the_run(tmp_path: Path, workers: tuple[str, ...]) -> None:
    done = run_pytest(
        tmp_path,
        "import pytest\ndef test_a():\n    pytest.skip('no reason')\ndef test_b():\n    pass\n",
        *workers,
    )
    assert "SKIPPED test_sample.py::test_a: Skipped: no reason" in done.stdout
    assert done.returncode == 1


def test_a_module_skipped_as_a_whole_is_named_too(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path, "import pytest\npytest.importorskip('no_such_module_anywhere')\ndef test_a():\n    pass\n"
    )
    assert "SKIPPED test_sample.py" in done.stdout
    assert done.returncode != 0


def test_without_real_messages_the_same_tests_run_on_generated_ones_and_say_so(tmp_path: Path) -> None:
    tests = [
        "tests/questions/test_answer_check.py::test_figures_on_labelled_replies",
        "tests/kernel/test_masks.py::test_rates_on_messages",
    ]
    empty_folder = os.environ | {"TOWNHALL_TEST_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests],
        capture_output=True, text=True, cwd=ROOT, env=empty_folder, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout
    assert messages.GENERATED in done.stdout.splitlines()


def test_generated_messages_are_the_same_in_every_run(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        messages.generate(folder, count=50)
    for name in (messages.MESSAGES, messages.REPLIES):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_a_private_cluster_starts_answers_and_leaves_nothing() -> None:
    with postgres.running() as cluster:
        url = cluster.create("sample")
        with psycopg.connect(url) as connection:
            row = connection.execute("select current_setting('server_version_num')::int").fetchone()
            assert row is not None
            assert row[0] >= 150000
        cluster.drop("sample")
        directory = cluster.directory
    assert not directory.exists()


@pytest.mark.browser
def test_the_browser_shows_chinese(page: Page) -> None:
    page.set_content("<html lang=zh><h1>区长网上办公</h1>")
    assert page.get_by_role("heading").inner_text() == "区长网上办公"
