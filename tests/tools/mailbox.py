"""A mail server that keeps what it is given, for as much of SMTP (RFC 5321) as a sender needs."""

from __future__ import annotations

import socketserver
import threading
import time
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                self._take()
                self._say("250 kept")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 yes")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=default))


class _Server(socketserver.ThreadingTCPServer):
    """Listens on a free port."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []


class MailBox:
    """Everybody's letters, in the order in which they came."""

    def __init__(self) -> None:
        self._server = _Server()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """What an installation must know to send here."""
        return {
            "TOWNHALL_MAIL_HOST": "127.0.0.1",
            "TOWNHALL_MAIL_PORT": str(self._server.server_address[1]),
            "TOWNHALL_MAIL_SECURITY": "none",
            "TOWNHALL_MAIL_FROM": "townhall@example.org",
        }

    def letters(self, to: str) -> list[EmailMessage]:
        """What this address got."""
        return [letter for letter in self._server.letters if letter["To"] == to]

    def wait_for(self, to: str, count: int, seconds: float) -> list[EmailMessage]:
        """The letters to an address once there are so many.

        :raises AssertionError: when they do not come in time
        """
        end = time.monotonic() + seconds
        while len(found := self.letters(to)) < count:
            assert time.monotonic() < end, f"{len(found)} letters to {to}, not {count}"
            time.sleep(0.1)
        return found

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def words_of(letter: EmailMessage) -> str:
    """The text of a letter."""
    return str(letter.get_content())
