"""Only one place calls other machines, so that it can say whom it calls."""

import ast
from collections.abc import Iterator

from tests.house.source import Module, modules

CALLERS = {"httpx", "socket", "smtplib", "requests", "urllib3", "aiohttp"}
CALLERS_OF = {"http.client", "urllib.request", "xmlrpc.client", "ftplib", "telnetlib"}
# What opens a connection all the same, or only names the library's types; an entry that is no longer needed must go.
EXCUSED: dict[str, str] = {
    "kernel/outbound.py": "the one place",
    "outreach/providers/base.py": "sorts httpx's errors; calls through kernel/outbound",
    "outreach/posting.py": "names httpx's types; mail goes to TOWNHALL_MAIL_HOST by Django",
    "people/providers/calls.py": "sorts httpx's errors; calls through kernel/outbound",
    "record/cosigning.py": "names httpx's types; calls through kernel/outbound",
    "record/stamping.py": "names httpx's types; calls through kernel/outbound",
    "live/fanout.py": "sorts httpx's errors; calls through kernel/outbound",
    "readiness/outside.py": "looks at its own public address, TOWNHALL_BASE_URL",
    "config/probes.py": "measures the server on this machine",
    "config/tracing.py": "sorts httpx's errors; calls through kernel/outbound",
    "config/verify.py": "a command for anybody, who names the record to verify",
    "rehearsal/calls.py": "a command that plays citizens against a server its user names",
    "rehearsal/crowd.py": "the same",
    "journal/bell.py": "a socket between processes of one installation",
    "edge/server.py": "listens",
    "edge/streams.py": "listens",
    "edge/wiring.py": "names the bell's type",
}


def calling(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        yield from (name for name in names if name.split(".")[0] in CALLERS or name in CALLERS_OF)


def test_calls_leave_through_one_place() -> None:
    found = {module.path for module in modules() if any(calling(module))}
    assert not found - set(EXCUSED), "Call through kernel/outbound.client(), and name the setting there"
    assert not set(EXCUSED) - found, "these excuses are no longer needed"
