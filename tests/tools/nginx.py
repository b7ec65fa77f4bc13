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
DEPLOY = Path(__file__).parents[2] / "deploy"
SHIPPED = DEPLOY / "nginx.conf"
FIREWALL = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
RULES = Path("/usr/share/modsecurity-crs/rules")
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
START_SECONDS = 20
CONNECTIONS = 16384  # what the head of the shipped file asks for


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    url: str
    plain_url: str
    access_log: Path
    publish_url: str = ""
    process: subprocess.Popen[bytes] | None = None


def adapted(directory: Path, upstream: int, secure: int, plain: int, public: Path) -> str:
    """The shipped configuration with this test's ports, certificate and folders, and nothing else changed.

    :param public: the folder below which ``record/tile`` and ``snapshot`` stand
    """
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
        "/var/log/nginx/townhall.error.log": str(directory / "townhall.error.log"),
        "/etc/nginx/townhall/": f"{directory}/",
        "/var/lib/townhall-public": str(public),
    }
    for theirs, ours in changes.items():
        assert theirs in text, f"deploy/nginx.conf no longer says {theirs}"
        text = text.replace(theirs, ours)
    return re.sub(r"^\s*listen \[::\]:.*$", "", text, flags=re.MULTILINE)


def has_firewall() -> bool:
    """Whether the firewall's module and rules are installed."""
    return FIREWALL.exists() and RULES.is_dir()


def switch_firewall_on(directory: Path) -> None:
    """Put the shipped files of the firewall where the configuration looks for them."""
    for name in ("firewall.conf", "files.conf", "modsecurity.conf"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (directory / name).write_text(text.replace("/etc/nginx/townhall/", f"{directory}/"), encoding="utf-8")


def keep_streams(directory: Path, redis: int, port: int) -> tuple[str, str]:
    """Put the shipped files of the fan-out where they belong; what goes into nginx's main file, and where to publish."""
    text = (DEPLOY / "crowd-publish.conf").read_text(encoding="utf-8")
    streams = (DEPLOY / "crowd.conf").read_text(encoding="utf-8")
    port = port or free_port()
    text = text.replace("listen 127.0.0.1:8081;", f"listen 127.0.0.1:{port};")
    if redis:
        text = text.replace("redis://127.0.0.1:6379/", f"redis://127.0.0.1:{redis}/")
        for line in (
            "upstream townhall_redis {",
            "    nchan_redis_server",
            "}\n",
            "nchan_redis_pass townhall_redis;",
        ):
            assert f"# {line}" in text
            text, streams = (file.replace(f"# {line}", line) for file in (text, streams))
    (directory / "crowd.conf").write_text(streams, encoding="utf-8")
    (directory / "publish.conf").write_text(text, encoding="utf-8")
    return f"include {directory}/publish.conf;", f"http://127.0.0.1:{port}/publish"


@contextlib.contextmanager
def in_front_of(
    upstream: int,
    directory: Path,
    *,
    public: Path | None = None,
    firewall: bool = False,
    shared: str = "",
    ports: tuple[int, int] | None = None,
    crowd: bool = False,
    redis: int = 0,
    publish_port: int = 0,
) -> Iterator[Proxy]:
    """Run nginx in front of a local port for the length of a `with` block.

    :param public: the folder below which ``record/tile`` and ``snapshot`` stand; none: an empty one
    :param shared: a network of many people, which no limit per address holds for
    :param ports: for TLS and for plain HTTP; by default free ones
    :param crowd: whether nginx keeps the streams itself
    :param redis: port of a Redis that several such nginx share
    :param publish_port: where frames are handed to it; by default a free one
    """
    assert NGINX
    if firewall:
        switch_firewall_on(directory)
    shutil.copy(DEPLOY / "page-headers.conf", directory)
    public = public or directory / "public"
    secure, plain = ports or (free_port(), free_port())
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", directory / "certificate.key", "-out", directory / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = adapted(directory, upstream, secure, plain, public)
    if shared:
        assert "# 203.0.113.0/24 1;" in site
        site = site.replace("# 203.0.113.0/24 1;", f"{shared} 1;")
    (directory / "site.conf").write_text(site, encoding="utf-8")
    as_user = "user root;" if os.geteuid() == 0 else ""
    module = f"load_module {FIREWALL};\n" if firewall else ""
    publish, publish_url = "", ""
    if crowd:
        module += f"load_module {NCHAN};\n"
        publish, publish_url = keep_streams(directory, redis, publish_port)
    temporary = " ".join(
        f"{kind}_temp_path {directory}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (directory / "nginx.conf").write_text(
        f"{module}{as_user} pid {directory}/pid; error_log {directory}/error.log; daemon off;\n"
        f"worker_rlimit_nofile 20000; events {{ worker_connections {CONNECTIONS}; }}\nhttp {{ {temporary} {publish} include {directory}/site.conf; }}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([NGINX, "-c", directory / "nginx.conf", "-e", directory / "error.log"])
    proxy = Proxy(
        f"https://127.0.0.1:{secure}",
        f"http://127.0.0.1:{plain}",
        directory / "access.log",
        publish_url,
        process,
    )
    try:
        _wait(proxy, process, directory / "error.log")
        if redis:
            _wait_for_redis(proxy)
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


def _wait_for_redis(proxy: Proxy) -> None:
    """Until nchan has found its Redis: who comes before is not heard of again (docs/how-to/operator.md)."""
    deadline = time.monotonic() + START_SECONDS
    while httpx.post(f"{proxy.publish_url}/probe/json", content=b":").status_code != httpx.codes.ACCEPTED:
        if time.monotonic() > deadline:
            message = "nchan did not find its Redis"
            raise RuntimeError(message)
        time.sleep(0.05)
