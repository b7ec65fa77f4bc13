"""Debian's nginx with the configuration that the repository ships, in front of a server under test."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.tools.ports import free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SHIPPED = Path(__file__).parents[2] / "deploy" / "nginx.conf"
START_SECONDS = 20


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    url: str
    plain_url: str
    access_log: Path


def adapted(directory: Path, upstream: int, secure: int, plain: int) -> str:
    """The shipped configuration with this test's ports, certificate and folders, and nothing else changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    changes = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "server_name wsbg.example.gov;": "server_name 127.0.0.1;",
        "/etc/ssl/certs/wsbg.example.gov.pem": str(directory / "certificate.pem"),
        "/etc/ssl/private/wsbg.example.gov.key": str(directory / "certificate.key"),
        "/var/cache/nginx/townhall": str(directory / "cache"),
        "/var/log/nginx/townhall.log": str(directory / "access.log"),
    }
    for theirs, ours in changes.items():
        assert theirs in text, f"deploy/nginx.conf no longer says {theirs}"
        text = text.replace(theirs, ours)
    return re.sub(r"^\s*listen \[::\]:.*$", "", text, flags=re.MULTILINE)


@contextlib.contextmanager
def in_front_of(upstream: int, directory: Path) -> Iterator[Proxy]:
    """Run nginx in front of a local port for the length of a `with` block."""
    assert NGINX
    secure, plain = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", directory / "certificate.key", "-out", directory / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (directory / "site.conf").write_text(adapted(directory, upstream, secure, plain), encoding="utf-8")
    as_user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(
        f"{kind}_temp_path {directory}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (directory / "nginx.conf").write_text(
        f"{as_user} pid {directory}/pid; error_log {directory}/error.log; daemon off;\n"
        f"events {{}}\nhttp {{ {temporary} include {directory}/site.conf; }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([NGINX, "-c", directory / "nginx.conf", "-e", directory / "error.log"])
    proxy = Proxy(f"https://127.0.0.1:{secure}", f"http://127.0.0.1:{plain}", directory / "access.log")
    try:
        _wait(proxy, process, directory / "error.log")
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(proxy: Proxy, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(proxy.plain_url, follow_redirects=False, timeout=1)
            return
        time.sleep(0.05)
    raise RuntimeError(f"nginx did not start:\n{log.read_text(encoding='utf-8') if log.exists() else ''}")
