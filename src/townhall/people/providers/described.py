"""The file that describes providers, and what is wrong with it in words."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.people.providers.adapter import Adapter
from townhall.people.providers.base import is_safe
from townhall.people.providers.cas import CAS
from townhall.people.providers.openid import OpenID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from townhall.people.providers.base import Provider

_WRITTEN = {"bool": "true or false", "int": "a whole number"}
KINDS: dict[str, type[OpenID | CAS | Adapter]] = {"openid": OpenID, "cas": CAS, "adapter": Adapter}


def every() -> list[Provider]:
    """The providers of this installation, in the order of the file."""
    return list(settings.SIGN_ON)


def find(name: str) -> Provider | None:
    """The provider of this name."""
    return next((one for one in every() if one.name == name), None)


def read(path: Path) -> list[dict[str, Any]]:
    """The tables of the file, once they make sense.

    :raises ValueError: with what to mend
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("provider")
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise ValueError(message) from error
    if not isinstance(tables, list):
        message = f"{path}: write each provider below [[provider]]"
        raise ValueError(message)  # noqa: TRY004 - a mistake in a file, not in a program
    names = [_made(table, "").name for table in tables]
    if len(set(names)) != len(names):
        message = f"{path}: two providers have one name"
        raise ValueError(message)
    return tables


def with_secrets(tables: list[dict[str, Any]], secrets: Mapping[str, str]) -> list[Provider]:
    """The providers, each with its secret from the environment.

    :raises ValueError: for a secret of nobody
    """
    made: list[Provider] = [_made(table, secrets.get(table["name"], "")) for table in tables]
    if stray := sorted(set(secrets) - {one.name for one in made}):
        message = f"TOWNHALL_SIGN_ON_SECRETS: no provider is called {stray[0]!r}"
        raise ValueError(message)
    return made


def _made(table: Any, secret: str) -> OpenID | CAS | Adapter:
    table = dict(table) if isinstance(table, dict) else {}
    name, kind = _head(table)
    fields = {one.name: one for one in dataclasses.fields(KINDS[kind])}
    for key, value in table.items():
        if key not in fields:
            raise ValueError(f"{name}: {key} is nothing that {kind} knows")
        table[key] = _value(f"{name}: {key}", fields[key].type, value)
    needed = {key for key, one in fields.items() if one.default is one.default_factory is dataclasses.MISSING}
    if lacking := sorted(key for key in needed if not table.get(key)):
        raise ValueError(f"{name}: {lacking[0]} is missing")
    return _checked(KINDS[kind](**table, secret=secret))


def _checked(made: OpenID | CAS | Adapter) -> OpenID | CAS | Adapter:
    for key, words in made.CHOICES:
        if getattr(made, key) not in words:
            raise ValueError(f"{made.name}: {key}: write one of " + ", ".join(words))
    for key in made.ADDRESSES:
        value = getattr(made, key)
        for address in [value] if isinstance(value, str) else value:
            if address and not is_safe(address):
                raise ValueError(f"{made.name}: {key}: write it as https://host/path")
    return made


def _head(table: dict[str, Any]) -> tuple[str, str]:
    """Name and kind, which the rest hangs on."""
    name, kind = table.get("name"), table.pop("kind", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name, re.ASCII):
        message = "name: small letters and digits, such as city"
        raise ValueError(message)
    if kind not in KINDS:
        raise ValueError(f"{name}: kind: write one of " + ", ".join(KINDS))
    if "secret" in table:
        message = f"{name}: a secret belongs into TOWNHALL_SIGN_ON_SECRETS, not into a file"
        raise ValueError(message)
    return name, str(kind)


def _value(where: str, kind: Any, value: Any) -> Any:
    """A value of the kind that the field wants, its annotation being text."""
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if (
        str(kind).startswith("tuple")
        and isinstance(value, list)
        and all(isinstance(one, str) for one in value)
    ):
        return tuple(value)
    if (
        str(kind).startswith("Mapping")
        and isinstance(value, dict)
        and all(isinstance(one, str) for one in value.values())
    ):
        return value
    raise ValueError(f"{where}: write {_WRITTEN.get(str(kind), 'text, in quotation marks')}")
