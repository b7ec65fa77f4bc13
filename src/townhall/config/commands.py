"""``townhall``: every command works on an empty data directory."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townhall.config import (
    backing,
    fanout_commands,
    log_commands,
    record_commands,
    sealing_commands,
    staff_commands,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OWNER_ONLY = 0o077
STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived")


def _prepare(*, migrate: bool = True) -> None:
    """Set Django up; make and migrate the database.

    :raises SystemExit: when a setting makes no sense, naming it
    """
    from townhall.config.environment import BadSetting

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "townhall.config.settings")
    import django

    try:
        django.setup()
    except BadSetting as error:
        raise SystemExit(f"townhall: {error}") from None
    if migrate:
        _migrate()
        _check_clock()


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _check_clock() -> None:
    """A steered clock has no place on a district's own data."""
    from townhall.people.actions import installation_kind

    if os.environ.get("TOWNHALL_CLOCK") and installation_kind() == "real":
        raise SystemExit("townhall: TOWNHALL_CLOCK steers demo and test data only; unset it here")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:  # noqa: PLR2004 - the highest port
        message = f"{text!r}: write HOST:PORT, such as 127.0.0.1:8000"
        raise argparse.ArgumentTypeError(message)
    return host.strip("[]") or "127.0.0.1", int(port)


def _collect_static() -> None:
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    from django.conf import settings

    from townhall.edge import saved

    saved.copy_files(settings.STATIC_ROOT, settings.SNAPSHOT_DIR / "static")


def _own_address(host: str, port: int) -> None:
    """Without a BASE_URL, links name the address that is served; the default would name another port."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
    if port:
        os.environ.setdefault("TOWNHALL_BASE_URL", f"http://{shown}:{port}")


def _name_demo() -> None:
    """A demo's pages say whose they are, like a district's own; a name that is set comes first."""
    from townhall.people.actions import installation_kind

    if "TOWNHALL_SITE_NAME" in os.environ or installation_kind() != "demo":
        return
    from django.conf import settings

    from townhall.rehearsal import cast

    portal = cast.portal()
    settings.SITE_NAME, settings.SITE_NAME_EN = portal["name"], portal["name_en"]
    # Further processes read their settings afresh.
    os.environ["TOWNHALL_SITE_NAME"], os.environ["TOWNHALL_SITE_NAME_EN"] = portal["name"], portal["name_en"]


def _serve(arguments: argparse.Namespace) -> None:
    _own_address(*arguments.bind)
    _prepare()
    _name_demo()
    _collect_static()
    if getattr(arguments, "play", False):
        from townhall.config.jobs import PLAY_SWITCH

        os.environ[PLAY_SWITCH] = "1"
    host, port = arguments.bind
    _run_server(host, port, arguments.processes)


def _processes(wanted: int) -> int:
    """How many processes serve: as many as were asked for, or as the limit of open files makes it; said in a line."""
    from django.conf import settings

    from townhall.edge import server

    limits = server.limits()
    chosen = wanted or server.processes_for(settings.VIEWERS)
    room = chosen * limits["viewers"]
    lacking = (
        ""
        if room >= settings.VIEWERS
        else "; raise LimitNOFILE or --processes, the others get pages and polls"
    )
    print(
        f"{limits['open_files']:,} open files a process: {chosen} process(es) hold {room:,} viewers "
        f"(TOWNHALL_VIEWERS={settings.VIEWERS}{lacking}).",
        flush=True,
    )
    return chosen


def _run_server(
    host: str, port: int, processes: int, after: Callable[[int], None] = lambda _port: None
) -> None:
    from townhall.config.serving import FACTORY
    from townhall.edge import server

    processes = _processes(processes)

    def announce(bound: int) -> None:
        print(
            f"Townhall serves http://{host}:{bound}/ with {processes} process(es). Ctrl-C ends it.",
            flush=True,
        )
        after(bound)

    try:
        server.run(FACTORY, host, port, processes, announce=announce)
    except OSError as error:
        raise SystemExit(
            f"townhall: {host}:{port} cannot be used: {error.strerror}; try --bind {host}:0"
        ) from None


def _fill(arguments: argparse.Namespace) -> dict[str, Any]:
    from townhall.kernel.errors import Refused
    from townhall.rehearsal import fill

    try:
        return fill.fill(arguments.stage, seed=arguments.seed, identity=arguments.identity)
    except Refused as refused:
        raise SystemExit(f"townhall: {refused.message}") from None


def _print_signs(filled: dict[str, Any]) -> None:
    print(f"Office hour  {filled['url']}")
    base = filled["url"].split("/hours/")[0]
    print(f"Desks        {base}/desk/")
    print(f"Codes sent   {base}/outgoing/")
    for seat, usernames in filled["staff"].items():
        print(f"  {seat:<12} {', '.join(usernames)}")
    print(f"Password of every demo account: {filled['password']}", flush=True)


def _demo(arguments: argparse.Namespace) -> None:
    _prepare()
    filled = _fill(arguments)
    if filled["stage"] != arguments.stage:
        print(
            f"townhall: this demo stands at {filled['stage']} and was left as it is;"
            f" for {arguments.stage} set another TOWNHALL_DATA_DIR",
            file=sys.stderr,
        )
    if arguments.json:
        print(
            json.dumps({name: filled[name] for name in ("hour", "url", "staff")}, ensure_ascii=False),
            flush=True,
        )
    else:
        _print_signs(filled)
    if arguments.play:
        import threading

        from townhall.rehearsal import play

        stop = threading.Event()
        try:
            play.run(stop)
        except KeyboardInterrupt:
            stop.set()


def _run(arguments: argparse.Namespace) -> None:
    """``make run``: a demo district whose hour is live now and keeps moving."""
    host, port = arguments.bind
    _own_address(host, port)
    _prepare()
    from townhall.people.actions import installation_kind

    _collect_static()
    if installation_kind() == "real":
        raise SystemExit("townhall: this installation holds real data; use `townhall serve`")
    print("Filling the demo district ...", flush=True)
    filled = _fill(argparse.Namespace(stage="live", seed=1, identity="open"))
    _name_demo()
    from townhall.config.jobs import PLAY_SWITCH

    os.environ[PLAY_SWITCH] = "1"
    _run_server(host, port, 1, lambda _port: _print_signs(filled))


def _token(arguments: argparse.Namespace) -> None:
    _prepare()
    from townhall.kernel.errors import Refused
    from townhall.people import actions
    from townhall.people.models import Account

    account = Account.objects.filter(username=arguments.username, is_active=True).first()
    if account is None:
        raise SystemExit(
            f"townhall: no account {arguments.username!r}; `townhall demo --json` lists the demo's"
        )
    if arguments.revoke:
        print(f"revoked: {actions.revoke_tokens(account)}")
        return
    try:
        print(actions.issue_token(account, may_sign=arguments.sign))
    except Refused as refused:
        raise SystemExit(f"townhall: {refused.message}") from None


def _rehearse(arguments: argparse.Namespace) -> None:
    _prepare()
    from townhall.rehearsal import rehearse

    raise SystemExit(rehearse.main(arguments))


def _doctor(arguments: argparse.Namespace) -> None:
    _prepare()
    from townhall.config import doctor

    raise SystemExit(doctor.main(arguments.slug))


def _import_history(arguments: argparse.Namespace) -> None:
    _prepare()
    from townhall.config import import_history

    raise SystemExit(import_history.main(arguments))


def _add_import_history(commands: Any) -> None:
    importing = commands.add_parser(
        "import-history", help="past questions and answers from CSV, JSONL or XLSX (.gz too)"
    )
    importing.add_argument("file", metavar="FILE", type=Path)
    importing.add_argument(
        "--source", default="", help="where it comes from, as readers see it; default: the file's name"
    )
    importing.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=HEADING",
        help="which column is which, when not recognised",
    )
    importing.add_argument(
        "--preview", action="store_true", help="show what would be imported; store nothing"
    )
    importing.add_argument(
        "--rejects",
        type=Path,
        default=None,
        metavar="FILE",
        help="where refused rows go; default: beside the file",
    )
    importing.set_defaults(run=_import_history)


def _manage(arguments: argparse.Namespace) -> None:
    _prepare(migrate=False)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["townhall manage", *arguments.rest])


def _add_rehearse(commands: Any) -> None:
    rehearse = commands.add_parser(
        "rehearse", help="rehearse the whole hour over HTTP, on data thrown away after"
    )
    rehearse.add_argument("slug")
    rehearse.add_argument("--messages", required=True, metavar="FILE.jsonl[.gz]")
    rehearse.add_argument("--minutes", type=float, default=0.0, help="spread the asking over so many minutes")
    rehearse.add_argument(
        "--citizens", type=int, default=8, metavar="N", help="how many ask at the same time"
    )
    rehearse.add_argument("--url", default="", help="a running server; default: TOWNHALL_BASE_URL")
    rehearse.add_argument("--limit", type=int, default=0, help="take only so many messages")
    rehearse.add_argument("--json", default="", metavar="FILE", help="also write the report as JSON")
    rehearse.add_argument("--keep", action="store_true", help="keep the rehearsal hour to look at")
    rehearse.set_defaults(run=_rehearse)


def parser() -> argparse.ArgumentParser:
    """Every command and option, for the program and for the manual."""
    top = argparse.ArgumentParser(prog="townhall", description="The online office hour of a government.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="web, live streams and jobs in one command")
    serve.add_argument("--bind", type=_address, default=("127.0.0.1", 8000), metavar="HOST:PORT")
    serve.add_argument(
        "--processes",
        type=int,
        default=0,
        metavar="N",
        help="default: as many as TOWNHALL_VIEWERS needs under the limit of open files",
    )
    serve.add_argument("--play", action="store_true", help="keep a demo's hour moving")
    serve.set_defaults(run=_serve)

    run = commands.add_parser("run", help="a demo district with an hour that is live now (`make run`)")
    run.add_argument("--bind", type=_address, default=("127.0.0.1", 8000), metavar="HOST:PORT")
    run.set_defaults(run=_run)

    demo = commands.add_parser("demo", help="fill an empty installation with a demo district")
    demo.add_argument("--stage", choices=STAGES, default="live")
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--play", action="store_true", help="keep the hour moving until Ctrl-C")
    demo.add_argument("--identity", choices=("open", "verified"), default="open")
    demo.add_argument("--json", action="store_true")
    demo.set_defaults(run=_demo)

    token = commands.add_parser("token", help="an API token with this person's seats, for 12 hours")
    token.add_argument("username")
    token.add_argument(
        "--sign", action="store_true", help="may also sign, withhold, read contacts (demo data only)"
    )
    token.add_argument("--revoke", action="store_true", help="revoke this person's tokens instead")
    token.set_defaults(run=_token)

    staff_commands.add(commands, _prepare)
    _add_rehearse(commands)

    _add_import_history(commands)
    record_commands.add(commands, _prepare, _address)
    sealing_commands.add(commands, _prepare)
    log_commands.add(commands, _prepare)

    doctor = commands.add_parser("doctor", help="ready for 19:00? one line a check, exit 1 if not")
    doctor.add_argument("slug", nargs="?", default="", help="an office hour; default: the next one")
    doctor.set_defaults(run=_doctor)

    backing.add(commands, _prepare)
    fanout_commands.add(commands, _prepare)

    manage = commands.add_parser("manage", help="Django's own commands")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; a problem is one line that says what to do."""
    parsed = parser().parse_args(arguments)
    os.umask(OWNER_ONLY)  # the database, its log, uploads, what is exported: for their owner only
    try:
        parsed.run(parsed)
    except KeyboardInterrupt:
        sys.exit(130)
