"""Which address a request comes from, what a limit counts, and how fast an address may go."""

from ipaddress import ip_network

import pytest

from townhall.kernel import addresses
from townhall.kernel.pace import Pace

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),  # not our proxy: it may claim what it likes
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # what the client itself wrote comes first
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("::1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["rubbish"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: list[str], client: str) -> None:
    assert addresses.client_address(peer, forwarded, PROXIES) == client


def test_nobody_is_believed_by_default() -> None:
    assert addresses.client_address("10.0.0.1", ["198.51.100.1"], ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
    ],
)
def test_a_limit_counts_households(address: str, counted: str) -> None:
    assert addresses.counted(address) == counted


@pytest.mark.parametrize(
    ("site", "origin", "refused"),
    [
        ("", "", False),
        ("same-origin", "", False),
        ("none", "", False),
        ("cross-site", "", True),
        ("same-site", "", True),
        ("", "https://hall.example", False),
        ("", "https://evil.example", True),
        ("", "null", True),
        ("same-origin", "https://evil.example", False),  # the browser's own word is the later invention
    ],
)
def test_pages_of_other_sites_are_known_by_what_browsers_say(site: str, origin: str, refused: bool) -> None:
    assert addresses.is_cross_site(site, origin, "hall.example") is refused


def test_turns_come_back_with_time() -> None:
    moment = [0.0]
    pace = Pace(60, 2, now=lambda: moment[0])
    assert [pace.take("a"), pace.take("a"), pace.take("a"), pace.take("b")] == [None, None, 1, None]
    assert pace.is_spent("a") == 1
    moment[0] = 1.0
    assert pace.is_spent("a") is None
    assert pace.take("a") is None
    pace.forget_all()
    assert pace.take("a") is None


def test_made_up_addresses_do_not_fill_the_memory() -> None:
    moment = [0.0]
    pace = Pace(60, 2, most=10, now=lambda: moment[0])
    for number in range(100):
        moment[0] += 0.01
        pace.take(str(number))
    assert len(pace._buckets) <= 10
