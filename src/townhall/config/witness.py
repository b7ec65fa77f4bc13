"""``townhall witness``: look at other people's records and sign that they only grow; needs no installation."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from townhall.record import notes, tiles, witnessing

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

KEY = "witness.key"


def own_key(folder: Path, name: str) -> notes.Signer:
    """The witness's key as kept in its folder, or a new one, for its owner only."""
    place = folder / KEY
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = notes.make_signer(name, notes.COSIGNATURE)
        place.touch(mode=0o600)
        place.write_text(f"{made.line}\n", encoding="utf-8")
    return notes.signer(place.read_text(encoding="utf-8").strip())


def server(witness: witnessing.Witness, bind: tuple[str, int]) -> ThreadingHTTPServer:
    """An HTTP server for one witness, not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        """POST add-checkpoint, GET what was last signed."""

        timeout = 30

        def do_POST(self) -> None:
            """Look at a checkpoint."""
            length = int(self.headers.get("Content-Length") or 0)
            if not self.path.endswith("/add-checkpoint") or not 0 < length <= witnessing.LONGEST:
                self._answer(witnessing.Reply(witnessing.BAD))
                return
            self._answer(witness.add_checkpoint(self.rfile.read(length)))

        def do_GET(self) -> None:
            """Show what was last signed."""
            parts = self.path.strip("/").split("/")
            data = witness.latest(parts[-2]) if parts[-1] == "checkpoint" and len(parts) > 1 else None
            self._answer(
                witnessing.Reply(witnessing.OK, data) if data else witnessing.Reply(witnessing.UNKNOWN)
            )

        def _answer(self, reply: witnessing.Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    return ThreadingHTTPServer(bind, Handler)


def main(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    try:
        logs = [notes.verifier(vkey) for vkey in arguments.log]
        signer = own_key(arguments.state, arguments.name)
    except notes.NoteBroken as broken:
        print(f"townhall witness: {broken}")
        return 2
    print(f"witness key: {signer.verifier.vkey}", flush=True)
    running = server(witnessing.Witness(tiles.Files(arguments.state), signer, logs), arguments.bind)
    try:
        running.serve_forever()
    finally:
        running.server_close()
    return 0
