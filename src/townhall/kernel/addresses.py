"""Where a request comes from: the address that a limit counts, and whether another site's page sent it."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of the networks; something that is no address lies in none."""
    parsed = _parsed(address)
    return parsed is not None and any(
        parsed.version == network.version and parsed in network for network in networks
    )


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address a request comes from: the last one that none of our own proxies put there.

    :param peer: who opened the connection
    :param forwarded: the values of X-Forwarded-For, in order
    :param trusted: the proxies that are believed
    """
    proxies = tuple(trusted)
    if not proxies or not is_within(peer, proxies):
        return peer
    hops = [hop.strip() for value in forwarded for hop in value.split(",") if hop.strip()]
    for hop in reversed(hops):
        address = _bare(hop)
        if not is_within(address, proxies):
            return address if _parsed(address) is not None else peer
        peer = address
    return peer


def counted(address: str) -> str:
    """What a limit counts: an IPv4 address, or the /64 that one IPv6 household has."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
    return address if parsed is None else str(parsed)


def is_cross_site(fetch_site: str, origin: str, host: str) -> bool:
    """Whether a browser says that a page of another site sends this; a program says nothing and passes.

    :param fetch_site: Sec-Fetch-Site (W3C Fetch Metadata)
    :param origin: Origin (RFC 6454)
    :param host: the Host header
    """
    if fetch_site:
        return fetch_site not in {"same-origin", "none"}
    return bool(origin) and origin.partition("://")[2] != host


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _bare(hop: str) -> str:
    """An address without port and brackets, as some proxies write them."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
