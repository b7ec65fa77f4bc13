"""The commands for letting staff in: the first accounts, and when somebody cannot get in any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


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
    """Enter a member of staff, or give an office: the first administrators come from here, and so does the way back."""
    prepare()
    from townhall.kernel.errors import Refused
    from townhall.people import actions
    from townhall.people.models import Account
    from townhall.signon.actions import give_password
    from townhall.signon.administration import make_password

    account = Account.objects.filter(username=arguments.username).first()
    password = make_password() if account is None or arguments.new_password else ""
    try:
        if account and password:
            give_password(account, password)
        account = account or actions.create_account(
            arguments.username, arguments.name or arguments.username, password
        )
        if arguments.office:
            actions.give_office(account, arguments.office)
    except Refused as refused:
        raise SystemExit(f"townhall: {refused.message}") from None
    print(
        f"{account.username}: "
        + (", ".join(sorted(one.role for one in account.offices.all())) or "no office")
    )
    if password:
        print("First password, changed at the first sign-in on real data; unused it lasts seven days:")
        print(password)


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Add ``account`` and ``second-factor``."""
    account = commands.add_parser("account", help="enter a member of staff, or give an office")
    account.add_argument("username")
    account.add_argument("--name", default="", help="as people write it; default: the username")
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
    second = commands.add_parser("second-factor", help="what a member of staff has bound; reset it when lost")
    second.add_argument("username")
    second.add_argument(
        "--reset", action="store_true", help="take it away; prints the code that binding anew asks for"
    )
    second.set_defaults(run=lambda arguments: _second_factor(arguments, prepare))
