"""The installer on a Debian 12 with nothing on it: it installs, installs again, and what it installed serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
NAME, CONTACT = "wsbg.example.gov", "security@wsbg.example.gov"
INSTALL = f"/opt/townhall/deploy/install {NAME} {CONTACT}"
MINUTES = 60
DEBOOTSTRAP = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
# Names, packages and certificates are found there as they are here; an operator's own machine has its own.
WAYS_OUT = (
    "/etc/resolv.conf", "/etc/pip.conf", "/etc/xdg/pip", "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d",
    "/etc/apt/apt.conf.d",
)  # fmt: skip
# Whom this machine's pip trusts; Debian's own list is made anew in the middle of the installation.
AUTHORITIES, TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt"), "/etc/ssl/ways-out.pem"
pytestmark = [pytest.mark.long, pytest.mark.sqlite, pytest.mark.timeout(30 * MINUTES)]

# What a machine of an operator's does after the installer: a certificate, a key, a first start. It runs where there is
# no network but the machine itself, so that the ports of the real ones are free.
SERVES = f"""
set -eu
ip link set lo up 2>/dev/null || true
townhall record-key >/tmp/record-key
townhall account li.na --name 李娜 --office system >/tmp/account
townhall serve --bind 127.0.0.1:8000 >/tmp/serve 2>&1 &
nginx -e /var/log/nginx/error.log -g 'daemon off;' >/tmp/nginx 2>&1 &
/opt/townhall/.venv/bin/python - <<'END'
import json, ssl, time, urllib.error, urllib.request
trusted = ssl.create_default_context(cafile="/etc/ssl/certs/{NAME}.pem")

def ask(path):
    told = {{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}}  # the firewall knows the library's own as a scanner's
    request = urllib.request.Request("https://{NAME}" + path, headers=told)
    try:
        with urllib.request.urlopen(request, context=trusted, timeout=20) as answer:
            return answer.status, {{name.lower(): told for name, told in answer.headers.items()}}
    except urllib.error.HTTPError as refused:
        return refused.code, {{}}

until, ready = time.monotonic() + 300, 0
while ready != 200 and time.monotonic() < until:
    time.sleep(0.5)
    try:
        ready = ask("/readyz")[0]
    except OSError:
        pass
page = ask("/")
print(json.dumps({{
    "page": page[0], "policy": page[1].get("content-security-policy"), "hsts": page[1].get("strict-transport-security"),
    "attack": ask("/?q=%3Cscript%3Ealert(document.cookie)%3C/script%3E")[0],
    "door": ask("/desk/sign-in/")[0], "checkpoint": ask("/record/checkpoint")[0],
}}))
END
"""


def run(*command: str | Path) -> str:
    """:raises AssertionError: with what was said, when it did not go well"""
    ways = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    ways["PIP_CERT"] = TRUSTED
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **ways,
    }  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=25 * MINUTES
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def bring(source: Path, target: Path) -> None:
    """What this machine knows of ways to packages, the clean one has to know too."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def places_of_pip() -> list[Path]:
    """What this machine's pip is set to look into, besides the network."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    words = told.replace("'", " ").replace("=", " ").split()
    paths = {Path(urlsplit(word).path if word.startswith("file:") else word) for word in words if "/" in word}
    return sorted(path for path in paths if path.is_absolute() and path.is_dir())


@pytest.fixture(scope="module")
def machine() -> Iterator[Path]:
    """A fresh Debian 12 in a folder, with this machine's way to packages and a clone of the repository."""
    if DEBOOTSTRAP is None or os.geteuid() != 0:
        pytest.skip("needs root and debootstrap: apt-get install debootstrap")
    root = Path(f"/var/tmp/townhall-clean-{os.getpid()}")
    root.mkdir(mode=0o755)
    try:
        run(
            DEBOOTSTRAP,
            "--variant=minbase",
            "--include=git,ca-certificates,iproute2,openssl",
            "bookworm",
            root,
        )
        for path in map(Path, WAYS_OUT):
            bring(path, root / path.relative_to("/"))
        bring(AUTHORITIES, root / TRUSTED.lstrip("/"))
        (root / "etc/apt/sources.list").unlink()  # named there already
        # Services are started below, not by their packages in the middle of somebody else's machine.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        run("git", "clone", "--quiet", "--no-hardlinks", ROOT, root / "opt/townhall")
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def inside(machine: Path, script: str, *options: str) -> str:
    """Run something there; its mounts and its processes end with it."""
    binds = []
    for path in places_of_pip():
        (machine / path.relative_to("/")).mkdir(parents=True, exist_ok=True)
        binds.append(f"mount --rbind {path} {machine}{path}")
    prepared = " && ".join(
        [
            f"mount -t proc proc {machine}/proc",
            f"mount --rbind /dev {machine}/dev",
            *binds,
            f'exec chroot {machine} /bin/bash -c "$0"',
        ]
    )
    return run(
        "unshare", "--mount", "--pid", "--fork", "--kill-child", *options, "/bin/sh", "-c", prepared, script
    )


def test_it_installs_again_and_serves(machine: Path) -> None:
    said = inside(machine, INSTALL)
    assert "Townhall is installed" in said
    assert "certificate missing" in said

    settings = machine / "etc/townhall/environment"
    settings.write_text(settings.read_text() + "TOWNHALL_SITE_NAME=自己的名字\n")
    (machine / "etc/hosts").write_text(f"127.0.0.1 localhost {NAME}\n")
    inside(
        machine,
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
        f"-subj /CN={NAME} -addext subjectAltName=DNS:{NAME} "
        f"-keyout /etc/ssl/private/{NAME}.key -out /etc/ssl/certs/{NAME}.pem",
    )
    assert "certificate missing" not in inside(machine, INSTALL), "run again, it finds the certificate"
    assert "自己的名字" in settings.read_text(), "and leaves the operator's settings"

    units = {path.name for path in (machine / "etc/systemd/system").glob("townhall*")}
    assert units == {
        path.name for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".timer"}
    }
    owner = (machine / "var/lib/townhall").stat()
    assert (owner.st_mode & 0o777, owner.st_uid != 0) == (0o700, True)
    assert not [
        path
        for path in (machine / "opt/townhall").rglob("*")
        if path.stat().st_mode & 0o022 and not path.is_symlink()
    ]

    told = json.loads(inside(machine, SERVES, "--net").strip().splitlines()[-1])
    assert (told["page"], told["door"], told["checkpoint"], told["attack"]) == (200, 200, 200, 403), told
    assert "default-src 'none'" in told["policy"]
    assert "max-age" in told["hsts"]
