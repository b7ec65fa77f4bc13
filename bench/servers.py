"""Servers to be measured, each in its own process on the server's core."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.machine import HERE, SERVER_CORE, pinned, tool

START_SECONDS = 90
TOWNHALL = Path(sys.executable).with_name("townhall")
NCHAN = """
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 19000; }}
http {{
  access_log off;
  nchan_shared_memory_size 128M;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /sse {{
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }}
    location = /pub {{
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length 10;
    }}
  }}
}}
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A server, its port and the processes whose time counts."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self.publish_port = port

    def pids(self) -> list[int]:
        """The server and its children."""
        parent = psutil.Process(self.process.pid)
        return [parent.pid, *(child.pid for child in parent.children(recursive=True))]

    def cpu_seconds(self) -> float:
        """Processor time used so far, all threads of all processes."""
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in self.pids())


@contextlib.contextmanager
def started(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[Running]:
    """A server for the length of a `with` block, once it accepts connections."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            pinned(SERVER_CORE, *command), env=environment or dict(os.environ), cwd=HERE.parent,
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(process, port, log)
            yield Running(process, port)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: object) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)  # type: ignore[attr-defined]
                raise RuntimeError(log.read().decode(errors="replace")[-3000:]) from None  # type: ignore[attr-defined]
            time.sleep(0.05)
        else:
            return


def _wait_for_all(running: Running, processes: int) -> None:
    """Until every process listens: until then the kernel gives the first one more than its share."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = 0
        for pid in running.pids():
            with contextlib.suppress(psutil.Error):
                listening = psutil.Process(pid).net_connections(kind="tcp")
                found += any(one.status == "LISTEN" and one.laddr.port == running.port for one in listening)
        if found >= processes:
            return
        time.sleep(0.1)
    raise RuntimeError("not all processes listen")


@contextlib.contextmanager
def nchan(workers: int = 1) -> Iterator[Running]:
    """Debian's nginx with nchan: one worker, or several on one port."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's worker is another user
        port = free_port()
        conf = Path(folder) / "nginx.conf"
        conf.write_text(NCHAN.format(folder=folder, port=port, workers=workers))
        command = [tool("nginx", "nginx libnginx-mod-nchan"), "-e", f"{folder}/error.log", "-c", str(conf)]
        with started(command, port) as running:
            while len(running.pids()) < workers + 1:  # the workers, whose time counts, follow the master
                time.sleep(0.05)
            yield running


@contextlib.contextmanager
def edge(processes: int = 1) -> Iterator[Running]:
    """The product's edge on a house in a file: `bench.house`."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        port = free_port()
        publish_port = free_port()
        environment = {
            "BENCH_FOLDER": folder,
            "BENCH_PORT": str(port),
            "BENCH_PUBLISH_PORT": str(publish_port),
            "BENCH_PROCESSES": str(processes),
        }
        with started([sys.executable, "-m", "bench.house"], port, environment) as running:
            running.publish_port = publish_port
            if processes > 1:
                _wait_for_all(running, processes)
            yield running


@contextlib.contextmanager
def product(stage: str, **settings: str) -> Iterator[tuple[Running, str, dict[str, str]]]:
    """`townhall serve` on demo data of one stage; also the demo hour's slug and the settings it runs under."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        port = free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")
        } | {
            "TOWNHALL_DATA_DIR": folder,
            "TOWNHALL_BASE_URL": f"http://127.0.0.1:{port}",
            "TOWNHALL_TRUSTED_NETWORKS": "127.0.0.0/8",
            **settings,
        }
        demo = [TOWNHALL, "demo", "--stage", stage, "--json"]
        done = subprocess.run(demo, env=environment, check=True, capture_output=True, text=True, timeout=300)
        slug = json.loads(done.stdout.strip().splitlines()[-1])["hour"]
        command = [str(TOWNHALL), "serve", "--bind", f"127.0.0.1:{port}"]
        with started(command, port, environment) as running:
            time.sleep(2)  # pages are made ready
            yield running, slug, environment
