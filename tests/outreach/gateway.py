"""A gateway on this machine that counts: what it was handed, and how it is told to misbehave."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse


class LocalGateway:
    """Takes batches as the generic gateway, Aliyun, Tencent, robots and webhooks would be asked.

    :ivar numbers: how often each number was handed over
    :ivar asked: how often it was asked about each number
    :ivar behaviour: one word a call, used up from the left: ``ok``, ``silent`` (takes and never answers in time),
        ``error`` (takes and answers 500), ``refuse``, ``garbage``; ``ok`` when used up
    :ivar receipts: what it knows by number, asked below ``/receipts``; ``None``: it answers nothing there that makes sense
    :ivar most: once it has been handed so many numbers it takes what comes and keeps its answer to itself
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.numbers: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.calls: list[dict[str, Any]] = []
        self.behaviour: list[str] = []
        self.delay = delay
        self.receipts: dict[str, list[dict[str, str]]] | None = None
        self.most = math.inf
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                word = outer.take(self.path, dict(self.headers.items()), body)
                try:
                    self._answer(word)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def do_GET(self) -> None:
                address = urlparse(self.path)
                if address.path != "/receipts":
                    self.do_POST()
                    return
                known = outer.known(parse_qs(address.query))
                content = b"<html>" if known is None else json.dumps(known).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _answer(self, word: str) -> None:
                if outer.delay:
                    time.sleep(outer.delay)
                while sum(outer.numbers.values()) > outer.most:
                    time.sleep(0.02)
                if word == "silent":
                    time.sleep(3)
                    return
                content = b"<html>" if word == "garbage" else json.dumps(outer.says(word)).encode()
                self.send_response(500 if word == "error" else 200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.answer: dict[str, Any] | None = None
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def known(self, wanted: dict[str, list[str]]) -> list[dict[str, str]] | None:
        with self._lock:
            self.asked.update(wanted["number"])
            return None if self.receipts is None else self.receipts.get(wanted["number"][0], [])

    def take(self, path: str, headers: dict[str, str], body: bytes) -> str:
        with self._lock:
            self.calls.append(
                {"path": path, "headers": {k.lower(): v for k, v in headers.items()}, "body": body}
            )
            try:
                said = json.loads(body or b"{}")
            except ValueError:
                said = {}
            numbers = said.get("numbers") if isinstance(said, dict) else None
            word = self.behaviour.pop(0) if self.behaviour else "ok"
            if numbers and word != "refuse":
                self.numbers.update(numbers.split(","))
            return word

    def says(self, word: str) -> dict[str, Any]:
        if self.answer is not None:
            return self.answer
        return {"code": "9" if word == "refuse" else 0, "errcode": 0, "id": f"g{len(self.calls)}"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
