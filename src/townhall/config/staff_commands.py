"""The commands for letting staff in: the first accounts, and when somebody cannot get in any more."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from townhall.people.taking_in import Report

# A command waits for as long as it takes; more members of staff than this are another file.
MOST_STAFF = 5000


def _second_factor(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Say what somebody has bound, or take it away and print the code for binding anew."""
    prepare()
    from townhall.people.models import Account
    from townhall.signon import actions, queries

    account = Account.objects.filter(username=arguments.username).first()
    if account is None:
        raise SystemExit(f"townhall: no account {arguments.username!r}")
    if not arguments.reset:
        for name, value in queries.factors(account).items():
            print(f"{name}: {value}")
        return
    code = actions.reset(account)
    print(f"The second factors of {account.username} are gone; what was open has lapsed.")
    print(
        "Make sure who it is, and hand over this code in person. It is asked for, once, beside the password:"
    )
    print(code)


def _account(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Enter a member of staff, or change one: the first administrators come from here, and so does the way back."""
    prepare()
    from townhall.kernel.errors import InvalidFields, Refused
    from townhall.people import actions, staff_inputs
    from townhall.people.models import Account
    from townhall.signon.actions import give_password
    from townhall.signon.administration import make_password

    account = Account.objects.filter(username=arguments.username).first()
    given = {name: getattr(arguments, name) for name in ("name", "name_en", "unit", "position", "email")}
    password = make_password() if account is None or arguments.new_password else ""
    try:
        if account and password:
            give_password(account, password)
        if account is None:
            new = {"username": arguments.username} | given | {"name": arguments.name or arguments.username}
            found = staff_inputs.read(new)
            username, name = found.pop("username"), found.pop("name")
            account = actions.create_account(username, name, password, **found)
        elif any(given.values()):
            known = staff_inputs.shown(account) | {name: value for name, value in given.items() if value}
            actions.describe_account(account, staff_inputs.read(known, account))
        if arguments.office:
            actions.give_office(account, arguments.office)
    except Refused as refused:
        raise SystemExit(f"townhall: {refused.message}") from None
    except InvalidFields as wrong:
        reasons = "; ".join(f"{name}: {words}" for name, words in wrong.errors.items())
        raise SystemExit(f"townhall: {reasons}") from None
    print(
        f"{account.username}: "
        + (", ".join(sorted(one.role for one in account.offices.all())) or "no office")
    )
    if password:
        print("First password, changed at the first sign-in on real data; unused it lasts seven days:")
        print(password)


def _units(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Enter and change units from a table."""
    prepare()
    from townhall.people import taking_in

    _take_in(arguments, taking_in.take_in_units)


def _staff(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Enter and change members of staff from a table; prints the first passwords."""
    prepare()
    from townhall.people import taking_in
    from townhall.signon.administration import sealed_password

    _take_in(arguments, partial(taking_in.take_in_staff, most=MOST_STAFF, passwords=sealed_password))


def _take_in(arguments: argparse.Namespace, take: Callable[..., Report]) -> None:
    from townhall.documents import sheets
    from townhall.kernel.errors import InvalidFields

    try:
        report = take(sheets.read_rows(arguments.file), keep=not arguments.preview)
    except OSError as error:
        raise SystemExit(f"townhall: {arguments.file}: {error.strerror}") from None
    except InvalidFields as wrong:
        raise SystemExit("townhall: " + " ".join(str(words) for words in wrong.errors.values())) from None
    print("  ".join(f"{label} {number}" for label, number in report.counts))
    if report.unused:
        print("not read: " + ", ".join(report.unused))
    for row in report.wrong:
        print(f"{row.number}: {' · '.join(row.cells)}  {row.why}")
    if arguments.preview:
        print("This was a preview; nothing was changed.")
        return
    if report.wrong:
        rejects = arguments.rejects or arguments.file.with_name(f"{arguments.file.name}.rejects.csv")
        rows = (
            [*row.cells, *[""] * (len(report.headings) - len(row.cells)), row.why] for row in report.wrong
        )
        rejects.write_bytes(b"".join(sheets.csv_lines(rows, [*report.headings, "原因"])))
        print(f"What was not taken in is in {rejects}, with the reasons; mend it and take it in again.")
    if report.passwords:
        print("First passwords, changed at the first sign-in on real data; hand them over in person:")
        for username, password in report.passwords.items():
            print(f"{username},{password}")


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Add ``account``, ``units``, ``staff`` and ``second-factor``."""
    account = commands.add_parser(
        "account", help="enter a member of staff, change their particulars, or give an office"
    )
    account.add_argument("username")
    account.add_argument("--name", default="", help="as people write it; default: the username")
    account.add_argument("--name-en", default="", help="the name on English pages")
    account.add_argument("--unit", default="", help="whom they act for: a unit's name")
    account.add_argument("--position", default="", help="what they are there, such as 办公室主任")
    account.add_argument("--email", default="", help="where reminders go, too")
    account.add_argument(
        "--office",
        default="",
        choices=("mayor", "deputy", "coordinator", "inspector", "system", "security", "audit"),
    )
    account.add_argument(
        "--new-password",
        action="store_true",
        help="a first password again, for somebody whose own is lost or whose first one has run out",
    )
    account.set_defaults(run=lambda arguments: _account(arguments, prepare))
    _add_table(
        commands, "units", "enter and change the district's units from a table (CSV or .xlsx)",
        lambda arguments: _units(arguments, prepare),
    )  # fmt: skip
    _add_table(
        commands, "staff", "enter and change members of staff from a table (CSV or .xlsx)",
        lambda arguments: _staff(arguments, prepare),
    )  # fmt: skip
    second = commands.add_parser("second-factor", help="what a member of staff has bound; reset it when lost")
    second.add_argument("username")
    second.add_argument(
        "--reset", action="store_true", help="take it away; prints the code that binding anew asks for"
    )
    second.set_defaults(run=lambda arguments: _second_factor(arguments, prepare))


def _add_table(commands: Any, name: str, help_: str, run: Callable[[argparse.Namespace], None]) -> None:
    table = commands.add_parser(name, help=help_)
    table.add_argument("file", metavar="FILE", type=Path, help="its first line names the columns")
    table.add_argument("--preview", action="store_true", help="show what it would do; change nothing")
    table.add_argument(
        "--rejects", metavar="FILE", type=Path, default=None,
        help="where rows go that were not taken in; default: beside the file",
    )  # fmt: skip
    table.set_defaults(run=run)
