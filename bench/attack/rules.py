"""The attacks that OWASP's rules are tested with, thousands of them: sent to the product, and to its firewall.

Without the firewall each is sent as written, and each payload once in the search, in the form and in the API. Nothing
may fail (5xx), and no payload may come back as mark-up. Through the firewall each is sent once, and counted.
"""

import base64
import re
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import httpx
import yaml

from bench.attack import needs
from bench.attack.standing import LOCAL, District, Found

THREADS, SECONDS = 12, 30  # most of the time a sample that promises more than it sends is waited for
# A tag with what follows it, so that a tag that our own pages have, too, is not taken for the payload's.
MARK_UP = re.compile(r"<[a-z!/?][^\r\n]{4,24}", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sample:
    """One request of the regression tests.

    :param attack: whether a rule is expected to speak
    """

    title: str
    raw: bytes
    payload: str
    attack: bool


def run(district: District) -> Found:
    """Send everything; a failure, a hang or a payload that comes back is a finding."""
    found = Found("OWASP CRS samples", needs.version_of("modsecurity-crs"))
    samples = list(_samples(needs.rule_samples()))
    attacks = [sample for sample in samples if sample.attack]
    payloads = {sample.payload: sample.title for sample in samples if sample.payload.strip()}
    found.figures |= {"samples": len(samples), "attacks": len(attacks), "payloads": len(payloads)}
    limits = httpx.Limits(max_connections=THREADS)
    with (
        district.behind_nginx(found),
        ThreadPoolExecutor(THREADS) as pool,
        httpx.Client(base_url=district.url, verify=False, timeout=SECONDS, limits=limits) as client,  # noqa: S501 - our own certificate
    ):
        usual = client.get("/").text
        usual += "".join(page for _title, _text, page in _at_our_doors(client, district, "usual", "路灯"))
        for sample, answer in zip(
            samples, pool.map(lambda one: _answer(district, one.raw), samples), strict=True
        ):
            head, _blank, body = answer.partition(b"\r\n\r\n")
            page = body.decode("utf-8", "replace") if b"content-type: text/html" in head.lower() else ""
            _judge(found, f"{sample.title} as written", sample.payload, page, usual, hangs=answer == b"hangs")

        def send(one: tuple[str, str]) -> list[tuple[str, str, str]]:
            return list(_at_our_doors(client, district, *one))

        for told in pool.map(send, [(title, payload) for payload, title in payloads.items()]):
            for title, payload, page in told:
                _judge(found, title, payload, page, usual)
    stopped: Counter[str] = Counter()
    with district.behind_nginx(found, firewall=True), ThreadPoolExecutor(THREADS) as pool:
        for answer in pool.map(lambda sample: _answer(district, sample.raw), attacks):
            stopped[answer.split(b" ", 2)[1].decode() if answer[:5] == b"HTTP/" else "closed"] += 1
    found.figures["through the firewall"] = dict(sorted(stopped.items()))
    found.figures["stopped"] = sum(stopped[one] for one in ("400", "403", "405", "413", "414", "closed"))
    return found


def _samples(folder: Path) -> Iterator[Sample]:
    for path in sorted(folder.glob("*/*.yaml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("tests") or []:
            for stage in test["stages"]:
                asked, expected = stage["stage"]["input"], stage["stage"]["output"]
                yield Sample(test["test_title"], *_written(asked), "log_contains" in expected)


def _written(asked: dict[str, Any]) -> tuple[bytes, str]:
    """The request as bytes, and what of it is meant to do harm."""
    if coded := asked.get("encoded_request"):
        raw = base64.b64decode(coded)
        return raw, raw.decode("utf-8", "replace")
    if raw_text := asked.get("raw_request"):
        return raw_text.encode("utf-8", "surrogateescape"), raw_text
    data = asked.get("data") or ""
    if isinstance(data, list):
        data = "\r\n".join(data)
    data, headers = str(data), {str(k): str(v) for k, v in (asked.get("headers") or {}).items()}
    names = {name.lower() for name in headers}
    if not asked.get("stop_magic"):
        if data and "content-type" not in names:
            headers["Content-Type"] = FORM
        if FORM in headers.get("Content-Type", "") and unquote(data) == data:
            data = urlencode(parse_qsl(data)) or data
        if data and "content-length" not in names:
            headers["Content-Length"] = str(len(data.encode()))
        headers.setdefault("Connection", "close")
    address = str(asked.get("uri", "/"))
    line = f"{asked.get('method', 'GET')} {address} {asked.get('version', 'HTTP/1.1')}"
    head = "\r\n".join([line, *(f"{name}: {value}" for name, value in headers.items())])
    query = unquote(address.partition("?")[2])
    payload = (
        unquote(data)
        or query
        or " ".join(value for name, value in headers.items() if name not in {"Host", "Accept"})
    )
    return f"{head}\r\n\r\n{data}".encode("utf-8", "surrogateescape"), payload


def _at_our_doors(
    client: httpx.Client, district: District, title: str, payload: str
) -> Iterator[tuple[str, str, str]]:
    """Where we take words: the search, the form, the API. What was sent as what, and the page that came back."""
    text = payload.encode("utf-8", "replace").decode()[:3000]
    ours = {"Origin": district.url}
    words = {"text": text, "title": text[:40], "display_name": text[:20]}
    tries: dict[str, Callable[[], httpx.Response]] = {
        "searched for": lambda: client.get("/archive/", params={"q": text[:800]}),
        "in the form": lambda: client.post(f"/hours/{district.slug}/ask", data=words, headers=ours),
        "in the API": lambda: client.post(
            f"/api/v1/hours/{district.slug}/questions", json=words, headers=ours
        ),
    }
    for where, act in tries.items():
        answer = act()
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        yield f"{title} {where}", text, answer.text if is_page else ""


def _judge(found: Found, title: str, payload: str, page: str, usual: str, *, hangs: bool = False) -> None:
    """Note what is wrong with an answer: none, or the payload's mark-up in the page as it was sent.

    :param usual: what the same pages say to harmless words
    """
    if hangs:
        found.findings.append(f"{title}: no answer")
    for mark in MARK_UP.findall(payload):
        if mark in page and mark not in usual:
            found.findings.append(f"{title}: comes back as mark-up: {mark}")


def _answer(district: District, raw: bytes) -> bytes:
    """Everything that comes back on a connection of its own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    received = b""
    try:
        with (
            socket.create_connection((LOCAL, district.ports[0]), timeout=SECONDS) as plain,
            context.wrap_socket(plain) as line,
        ):
            line.sendall(raw)
            while piece := line.recv(65536):
                received += piece
    except TimeoutError:
        # A request that promises more than it sends is waited for: nginx lets go of it after its own ten seconds.
        return received or b"hangs"
    except OSError:
        return received or b"closed"
    return received or b"closed"
