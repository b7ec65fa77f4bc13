"""What is known of the sign-in behind an act: whether more than a password was asked, and given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How the person at the desk proved who they are, as of this request.

    :param demanded: whether this person's seats and this installation ask for a second factor
    :param means: with what it was proved (``signon.choices.Means``); empty when a password was enough
    :param device_id: the device it was proved on
    :param proved_at: when; ``None`` when it was not, or no longer counts
    :param lapse: why it no longer counts (``signon.choices.Lapse``)
    :param password_due: whether a password of one's own has to be chosen first
    """

    demanded: bool = False
    means: str = ""
    device_id: int | None = None
    proved_at: datetime | None = None
    lapse: str = ""
    password_due: bool = False

    @property
    def is_due(self) -> bool:
        """Whether the second factor has to be shown before anything that binds."""
        return self.demanded and self.proved_at is None

    @property
    def is_shut(self) -> bool:
        """Whether the desks stay closed: nothing was proved yet, the desk was locked, or the password is due."""
        return self.password_due or (self.is_due and self.lapse in {"", "locked"})
