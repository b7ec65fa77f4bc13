"""The command, the script and the page say the same about the same files, good and mutated."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.record import vectors
from townhall.config import commands, verify
from townhall.record import notes, pages, standalone, verifying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

TABLE: dict[str, Any] = json.loads((vectors.FOLDER / "vectors.json").read_text(encoding="utf-8"))
NAMES = sorted(TABLE)


@cache
def file_of(name: str) -> bytes:
    return (vectors.FOLDER / f"{name}.tlog-proof").read_bytes()


def test_the_files_are_what_the_generator_writes() -> None:
    found = {path.name: path.read_bytes() for path in vectors.FOLDER.iterdir()}
    assert found == vectors.written(), "run `python -m tests.record.vectors`"


def test_every_verdict_occurs() -> None:
    assert {one["verdict"] for one in TABLE.values()} == set(standalone.SENTENCES)
    assert set(verify.SENTENCES) == set(standalone.SENTENCES) | {verifying.FORKED}


@pytest.mark.parametrize("name", NAMES)
def test_the_product_says_so(name: str) -> None:
    known = [notes.verifier(vkey) for vkey in TABLE[name]["keys"]]
    assert verifying.verify_receipt(file_of(name), known).code == TABLE[name]["verdict"]


@pytest.mark.parametrize("name", NAMES)
def test_the_script_says_so(name: str) -> None:
    assert standalone.verify(file_of(name), TABLE[name]["keys"])[0] == TABLE[name]["verdict"]


@pytest.mark.parametrize("name", ["good", "removed-one", "altered-answer", "malformed-empty"])
def test_the_script_runs_alone(name: str, tmp_path: Path) -> None:
    """As a citizen has it: one file, a Python without any package."""
    alone = tmp_path / "townhall-verify.py"
    alone.write_bytes(pages.script())
    done = subprocess.run(
        [sys.executable, "-I", "-S", alone, vectors.FOLDER / f"{name}.tlog-proof", "--key", TABLE[name]["keys"][0]],
        capture_output=True, text=True, check=False, encoding="utf-8", env={"PYTHONUTF8": "1"}, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == TABLE[name]["verdict"], done.stderr
    assert done.returncode == (0 if TABLE[name]["verdict"] in standalone.GOOD else 1)


def test_the_script_says_that_there_is_no_such_file(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-I",
        standalone.__file__,
        tmp_path / "none",
        "--key",
        TABLE["good"]["keys"][0],
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_refuses_what_is_no_key(tmp_path: Path) -> None:
    receipt = vectors.FOLDER / "good.tlog-proof"
    done = subprocess.run(
        [sys.executable, "-I", standalone.__file__, receipt, "--key", "x"], capture_output=True, check=False
    )
    assert done.returncode == 2


def test_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "vkey"
    keys.write_text(TABLE["good"]["keys"][0] + "\n", encoding="ascii")
    for name, status in (("good", 0), ("removed-one", 0), ("altered-answer", 1), ("unknown-key-id", 1)):
        with pytest.raises(SystemExit) as ended:
            commands.main(["verify", str(vectors.FOLDER / f"{name}.tlog-proof"), "--key", str(keys)])
        assert ended.value.code == status
        assert verify.SENTENCES[TABLE[name]["verdict"]] in capsys.readouterr().out


def test_ed25519_of_the_script_is_that_of_rfc_8032() -> None:
    """Test 2 and 3 of section 7.1, and the known ways to bend a signature."""
    for key, message, signature in (
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ):  # fmt: skip
        public, text, signed = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
        assert standalone.verify_ed25519(public, text, signed)
        assert not standalone.verify_ed25519(public, text + b"x", signed)
        larger = int.from_bytes(signed[32:], "little") + standalone.ORDER
        assert not standalone.verify_ed25519(public, text, signed[:32] + larger.to_bytes(32, "little"))
        assert not standalone.verify_ed25519(public, text, signed[:-1])
        assert not standalone.verify_ed25519(b"\xff" * 32, text, signed)


# -- in a browser --------------------------------------------------------------------------------------------

PAGE_KEYS = TABLE["good"]["keys"]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The page as it is served: under its own policy."""
    body = pages._page().replace('name="vkeys" content=""', f'name="vkeys" content="{PAGE_KEYS[0]}"').encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/record/verify.html": body, "/record/proof/45": file_of("good")}
            data = answers.get(self.path.partition("?")[0])
            self.send_response(200 if data else 404)
            if data is body:
                self.send_header("Content-Security-Policy", pages.page_policy())
                self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
def test_the_page_says_so_under_its_policy(page: Page, site: str) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}/record/verify.html")
    verify_in_page = "async ([data, keys]) => (await verifyReceipt(Uint8Array.from(atob(data), c => c.charCodeAt(0)), keys)).code"
    found = {
        name: page.evaluate(verify_in_page, [base64.b64encode(file_of(name)).decode(), TABLE[name]["keys"]])
        for name in NAMES
    }
    assert found == {name: TABLE[name]["verdict"] for name in NAMES}
    assert not problems


@pytest.mark.browser
def test_the_saved_page_works_without_a_network(
    new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    saved = tmp_path / "verify.html"
    saved.write_text(
        pages._page().replace('name="vkeys" content=""', f'name="vkeys" content="{PAGE_KEYS[0]}"'),
        encoding="utf-8",
    )
    context = new_context(offline=True, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(saved.as_uri())
    page.set_input_files("#file", vectors.FOLDER / "good.tlog-proof")
    page.wait_for_selector("#result[data-code=verified]")
    assert vectors.WORDS["answer"].split("\n")[0] in page.inner_text("#result")
    assert page.inner_text("#fingerprint") == vectors.LOG.verifier.fingerprint
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_input_files("#file", vectors.FOLDER / "removed-one.tlog-proof")
    page.wait_for_selector("#result[data-code=removed]")
    assert "没有出示" in page.inner_text("#result")
    page.click("#say")
    page.wait_for_function("document.querySelector('#result').innerText.includes('not shown')")
    page.fill("#key", "x")
    page.wait_for_selector("#result[data-code=bad-key]")


@pytest.mark.browser
def test_the_page_fetches_the_receipt_it_was_opened_for(page: Page, site: str) -> None:
    page.goto(f"{site}/record/verify.html#45")
    page.wait_for_selector("#result[data-code=verified]")
    page.goto(f"{site}/record/verify.html?again#46")
    page.wait_for_selector("#result[data-code=not-there]")


@pytest.mark.browser
def test_a_browser_that_cannot_verify_says_so_and_never_verified(page: Page, site: str) -> None:
    page.add_init_script(
        "const real = crypto.subtle.importKey.bind(crypto.subtle);"
        "SubtleCrypto.prototype.importKey = (form, key, how, ...rest) => how.name === 'Ed25519'"
        " ? Promise.reject(new DOMException('no', 'NotSupportedError')) : real(form, key, how, ...rest);"
    )
    page.goto(f"{site}/record/verify.html#45")
    page.wait_for_selector("#result[data-code=cannot-check]")
    assert "浏览器" in page.inner_text("#result")


def test_the_policy_names_nothing_but_the_two_parts() -> None:
    assert len(re.findall(r"'sha256-", pages.page_policy())) == 2
    assert "unsafe" not in pages.page_policy()
    body = pages._page()
    assert not re.search(r"""\son[a-z]+=|style="|src=|https?://|@import|url\(""", body)
