"""With TLS, as an evening is: nginx in front of the edge, nginx with nchan, and what TLS alone costs."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.fanout import row
from bench.machine import BUILD, CLIENT_CORE, HERE, keep, pinned, table, tool, verdict
from bench.servers import NCHAN, Running, edge, free_port, started

VIEWERS, MESSAGES, RATE = 5_000, 20, 2.0
TIMES_NCHAN = 2.0  # proxying writes everything twice; past double something else is wrong
COLUMNS = ["server", "viewers", "last viewer ms", "CPU s per 100,000", "KiB/viewer", "joins/s", "delivered"]
TLS = (
    "listen 127.0.0.1:{port} ssl backlog=4096; "
    "ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
)
PROXY = """
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 120s;
    }}
"""


def client() -> Path:
    """The load client with TLS."""
    program, source = BUILD / "ssebench-tls", HERE / "ssebench.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(exist_ok=True)
        command = [tool("gcc", "gcc libssl-dev"), "-O2", "-DTLS", "-o", program, source, "-lssl", "-lcrypto"]
        subprocess.run(command, check=True)
    return program


@contextlib.contextmanager
def nginx(behind: int | None) -> Iterator[Running]:
    """nginx that ends TLS: before a server of ours, or with nchan itself."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        Path(folder).chmod(0o755)
        subprocess.run(
            [tool("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem",
             "-out", f"{folder}/cert.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        port = free_port()
        conf = NCHAN.format(folder=folder, port=port, workers=1)
        listen = f"listen 127.0.0.1:{port} backlog=4096;"
        publish = free_port()
        conf = conf.replace(listen, TLS.format(port=port, folder=folder) + f" listen 127.0.0.1:{publish};")
        if behind is not None:
            start, end = conf.index("    location = /sse"), conf.rindex("  }\n}")
            conf = conf[:start] + PROXY.format(behind=behind) + conf[end:]
        file = Path(folder) / "nginx.conf"
        file.write_text(conf)
        command = [tool("nginx", "nginx libnginx-mod-nchan"), "-e", f"{folder}/error.log", "-c", str(file)]
        with started(command, port) as running:
            running.publish_port = publish
            yield running


def measured(server: Running, path: str, label: str, also: Running | None = None) -> dict[str, Any]:
    """Let viewers join by TLS and listen; `also` is the server behind, whose time counts too."""
    import json

    pids = [*server.pids(), *(also.pids() if also else [])]
    command = pinned(
        CLIENT_CORE, client(), "-t", "-p", server.port, "-o", (also or server).publish_port, "-u", path, "-U", "/pub",
        "-n", VIEWERS, "-m", MESSAGES, "-r", RATE, "-l", label, "-P", ",".join(map(str, pids)), "-T", 90, "-c", 500,
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with nginx(None) as server:
        theirs = measured(server, "/sse", "nchan, TLS")
    with edge() as behind, nginx(behind.port) as server:
        ours = measured(server, "/live/bench/stream", "edge behind nginx, TLS", behind)
    print(table([COLUMNS, row("nginx + nchan, TLS", theirs), row("edge behind nginx, TLS", ours)]))
    times = ours["srv_cpu_per_100k"] / theirs["srv_cpu_per_100k"]
    targets = [
        (f"{times:.2f} times nchan's processor time (at most {TIMES_NCHAN})", times <= TIMES_NCHAN),
        (
            f"{ours['deliveries']:,} of {ours['expected']:,} delivered",
            ours["deliveries"] == ours["expected"] > 0,
        ),
    ]
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    print(f"raw figures: {keep('secure', {'raw': [theirs, ours]})}")
    return all(met for _text, met in targets)
