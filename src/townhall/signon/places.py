"""Where staff may work from: the networks named in the settings, and devices registered beforehand.

《互联网政务应用安全管理规定》 §19 asks that staff functions are limited to certain addresses or devices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from townhall.kernel.addresses import is_within
from townhall.kernel.secrets import keyed_hash
from townhall.signon.models import Device

if TYPE_CHECKING:
    from townhall.people.models import Account


def are_limited() -> bool:
    """Whether anything is limited at all."""
    return bool(settings.STAFF_NETWORKS)


def is_inside(address: str) -> bool:
    """Whether an address lies in the networks that staff work in; everywhere does when none are named."""
    return not are_limited() or is_within(address, tuple(settings.STAFF_NETWORKS))


def may_work(address: str, device: str, account: Account | None = None) -> bool:
    """Whether staff pages open here.

    :param device: the browser's secret; empty when it has none
    :param account: whose device it must be; at the door, before anybody is known, anybody's will do
    """
    if is_inside(address):
        return True
    if not device:
        return False
    found = Device.objects.filter(digest=keyed_hash("device", device), registered_at__isnull=False)
    return (found.filter(account=account) if account else found).exists()


def known_device(username: str, device: str) -> int | None:
    """The device by which this person is known in a browser: they have proved themselves there before.

    :param device: the browser's secret; empty when it has none
    """
    if not device:
        return None
    found = Device.objects.filter(digest=keyed_hash("device", device), account__username__iexact=username)
    return found.values_list("id", flat=True).first()
