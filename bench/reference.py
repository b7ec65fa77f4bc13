"""Servers that we are measured beside: the least there can be, in C, and what others would reach for, in Python."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.machine import HERE, compiled, tool
from bench.servers import Running, free_port, started

RIVALS = {
    "Starlette SSE": "starlette_sse.py",
    "django-eventstream": "eventstream.py",
    "Django Channels": "channels_sse.py",
}


@contextlib.contextmanager
def broadcaster() -> Iterator[Running]:
    """`epoll.c`: accept, a head, one buffer to everybody."""
    port = free_port()
    with started([str(compiled("epoll.c")), str(port)], port) as running:
        yield running


def rivals_python() -> Path:
    """A Python of its own with the rivals' packages, made when it is not there."""
    # Not in the tree, which the house checks read.
    place = Path.home() / ".cache" / "townhall-bench" / "rivals"
    wanted = HERE / "rivals" / "requirements.txt"
    made = place / "made"
    if not made.exists() or made.stat().st_mtime < wanted.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", "-r", wanted], check=True)
        made.touch()
    return place / "bin" / "python"


@contextlib.contextmanager
def rival(name: str) -> Iterator[Running]:
    """One of :data:`RIVALS`, on one core like everybody."""
    port = free_port()
    command = [str(rivals_python()), str(HERE / "rivals" / RIVALS[name]), str(port)]
    with started(command, port) as running:
        yield running


STATIC = """
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  open_file_cache max=100;
  types {{ text/html html; }}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {folder}/page;
    gzip_static on;
  }}
}}
"""


@contextlib.contextmanager
def static(page: bytes, packed: bytes) -> Iterator[Running]:
    """nginx with one file, `/page.html`, and its packed form beside it."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's worker is another user
        place = Path(folder) / "page"
        place.mkdir()
        (place / "page.html").write_bytes(page)
        (place / "page.html.gz").write_bytes(packed)
        port = free_port()
        conf = Path(folder) / "nginx.conf"
        conf.write_text(STATIC.format(folder=folder, port=port))
        command = [tool("nginx", "nginx"), "-e", f"{folder}/error.log", "-c", str(conf)]
        with started(command, port) as running:
            while len(running.pids()) < 2:  # the worker, whose time counts, follows the master
                time.sleep(0.05)
            yield running
