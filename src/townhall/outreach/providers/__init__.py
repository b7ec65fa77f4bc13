"""Who carries messages: one small interface, a module for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from townhall.outreach.choices import Provider
from townhall.outreach.providers.aliyun import Aliyun
from townhall.outreach.providers.console import Console
from townhall.outreach.providers.gateway import Gateway
from townhall.outreach.providers.tencent import Tencent

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.outreach.providers.base import Carrier

_MAKERS: dict[str, Callable[[], Carrier]] = {
    Provider.ALIYUN.value: Aliyun,
    Provider.TENCENT.value: Tencent,
    Provider.HTTP.value: Gateway,
    Provider.CONSOLE.value: Console,
}


def carrier(name: str) -> Carrier:
    """The provider with this name, with the settings of this moment.

    :raises KeyError: for `export`, which a person carries
    """
    return _MAKERS[name]()


def available(*, rehearsal: bool = False) -> list[str]:
    """What a mass message can be sent by here: a list for another office always, and what is configured.

    :param rehearsal: nothing of a rehearsal may reach a citizen
    """
    return [Provider.CONSOLE.value] if rehearsal else [Provider.EXPORT.value, settings.SMS_SENDER]
