"""A .docx as PDF, by LibreOffice where it is installed: so that a PDF follows the office's own template."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from django.utils.translation import gettext as _

from townhall.kernel.errors import BUSY, Refused

REMEDY = "apt-get install libreoffice-writer-nogui"
# A paper takes some seconds; one that takes a minute hangs.
MOST_SECONDS = 60
# One at a time in a process: LibreOffice takes a whole core and some hundred megabytes.
_TURN = threading.Lock()


def program() -> str | None:
    """Where LibreOffice is on this machine, or ``None``."""
    return shutil.which("soffice")


def pdf(docx: bytes) -> bytes:
    """The paper as PDF.

    :raises Refused: 503 with the remedy: not installed, busy with another paper, too slow, or nothing came of it
    """
    office = program()
    if office is None:
        words = _(
            "PDF 要按本单位的模板生成，但服务器上没有 LibreOffice。请管理员执行 %(remedy)s，"
            "或在“公文模板”恢复系统自带的模板；.docx 可以照常下载。"
        )
        raise Refused(BUSY, "no_converter", words % {"remedy": REMEDY})
    if not _TURN.acquire(timeout=MOST_SECONDS):
        raise Refused(BUSY, "converting", _("正在生成其他 PDF，请稍后再试；.docx 可以照常下载。"))
    try:
        with tempfile.TemporaryDirectory(prefix="townhall-paper-", ignore_cleanup_errors=True) as folder:
            return _converted(office, Path(folder), docx)
    finally:
        _TURN.release()


def _converted(office: str, folder: Path, docx: bytes) -> bytes:
    source, made = folder / "paper.docx", folder / "paper.pdf"
    source.write_bytes(docx)
    command = [
        office, f"-env:UserInstallation=file://{folder}/home", "--headless", "--norestore",
        "--convert-to", "pdf", "--outdir", str(folder), str(source),
    ]  # fmt: skip
    # Of this process's environment only where programs are: neither keys nor proxies are the converter's business.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8"}
    with subprocess.Popen(  # noqa: S603 - a fixed program with our own arguments
        command, env=environment, cwd=folder, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        try:
            running.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            words = _("LibreOffice 在 %(n)s 秒内没有生成 PDF。请再试一次，或下载 .docx。") % {
                "n": MOST_SECONDS
            }
            raise Refused(BUSY, "slow_converter", words) from None
        finally:
            with suppress(ProcessLookupError):  # its helpers too, also after it has ended
                os.killpg(running.pid, signal.SIGKILL)
    if not made.is_file():
        raise Refused(BUSY, "no_pdf", _("LibreOffice 没能按本单位的模板生成 PDF。请检查模板，或下载 .docx。"))
    return made.read_bytes()
