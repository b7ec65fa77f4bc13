"""The citizens of the demo: a name in front, where the hour wants it a verified mobile behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from townhall.kernel import clock
from townhall.people import identity
from townhall.rehearsal import cast


@dataclass
class People:
    """Gives every display name a mobile of its own, and its verification once it is needed.

    :param alone: nobody else uses this process, so that codes need not really be sent to invented mobiles
    """

    alone: bool = False
    _mobiles: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def mobile(self, name: str) -> str:
        """The invented mobile of this person."""
        place = len(self._mobiles) % len(cast.FAKE_MOBILES)
        return self._mobiles.setdefault(name, cast.FAKE_MOBILES[place])

    def token(self, name: str) -> str:
        """This person's verification: the code is made as for anybody and read from the hand-over."""
        if name not in self._tokens or self._tokens[name][1] <= clock.now():
            mobile = self.mobile(name)
            with _listening(mobile, alone=self.alone) as codes:
                identity.start_verification(mobile)
            self._tokens[name] = identity.confirm_verification(mobile, codes[-1])
        return self._tokens[name][0]

    def tokens(self) -> list[str]:
        """Everybody who is verified just now."""
        return [token for token, until in self._tokens.values() if until > clock.now()]


@contextmanager
def _listening(mobile: str, *, alone: bool) -> Iterator[list[str]]:
    codes: list[str] = []

    def hear(to: str, code: str, _key: str) -> None:
        if to == mobile:
            codes.append(code)

    before = list(identity.CODE_SENDER)
    identity.CODE_SENDER[:] = [hear] if alone else [*before, hear]
    try:
        yield codes
    finally:
        identity.CODE_SENDER[:] = before
