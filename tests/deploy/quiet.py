"""A server that stands where Townhall would, and answers everything with 204 but a stream."""

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Quiet(BaseHTTPRequestHandler):
    """Stands where Townhall would: whatever comes through is answered 204."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.endswith("/stream"):
            self.stream()
            return
        self.send_response(204)
        self.end_headers()

    def stream(self) -> None:
        """One frame, and then nothing for as long as somebody listens."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"data: first\n\n")
            self.connection.settimeout(60)
            self.connection.recv(1)
        self.close_connection = True

    do_GET = do_POST = do_TRACE = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def quiet() -> Iterator[int]:
    """Its port, for the length of a `with` block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
