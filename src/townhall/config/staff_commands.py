"""The command for when a member of staff cannot get in any more."""

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


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Add ``second-factor``."""
    second = commands.add_parser("second-factor", help="what a member of staff has bound; reset it when lost")
    second.add_argument("username")
    second.add_argument(
        "--reset", action="store_true", help="take it away; prints the code that binding anew asks for"
    )
    second.set_defaults(run=lambda arguments: _second_factor(arguments, prepare))
