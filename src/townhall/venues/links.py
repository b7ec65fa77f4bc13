"""How picture and sound come to a venue: the providers there are, and which this installation offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.venues.choices import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Link:
    """One provider.

    :param uses: of number, address and telephone those by which one gets in
    :param needs: those of them without which nobody does
    """

    provider: Provider
    uses: tuple[str, ...]
    needs: tuple[str, ...] = ()


FIELDS = ("meeting_number", "link_address", "link_phone")
LINKS: dict[str, Link] = {
    one.provider.value: one
    for one in (
        Link(Provider.EXTERNAL, FIELDS),
        Link(Provider.PHONE, ("meeting_number", "link_phone"), needs=("link_phone",)),
    )
}


def offered(present: str = "") -> list[tuple[str, str]]:
    """The providers to choose from, by name and words, the usual one first (``TOWNHALL_VENUE_LINKS``).

    :param present: what a venue has already; it stays possible when the installation no longer offers it
    """
    names = dict.fromkeys([*settings.VENUE_LINKS, present])
    return [(name, str(LINKS[name].provider.label)) for name in names if name in LINKS]


def chosen(typed: str, present: str, fields: Mapping[str, Any], errors: dict[str, Any]) -> str:
    """The provider of a venue, with what is missing or too much for it written into ``errors``.

    :param typed: what the form says; nothing means what the venue has, or the usual one
    """
    known = [name for name, _words in offered(present)]
    name = typed or present or known[0]
    if name not in known:
        errors["provider"] = _("请选择一种接入方式。")
        return name
    link = LINKS[name]
    for field in FIELDS:
        if field in link.needs and not fields[field]:
            errors.setdefault(field, _("“%(link)s”要填这一项。") % {"link": link.provider.label})
        elif fields[field] and field not in link.uses:
            words = _("“%(link)s”用不到这一项，请清空，或换一种接入方式。")
            errors.setdefault(field, words % {"link": link.provider.label})
    return name
