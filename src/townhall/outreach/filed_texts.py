"""The texts that a district files with its provider, one for each purpose, and how each cloud writes their places.

They are the words that the product sends anyway: filed as they stand, every message can leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from townhall.outreach import asker_words, invitations, letters, wording
from townhall.outreach.choices import Provider, Purpose

_PLACE = re.compile(r"\{(\w+)\}")
# The signature alone is the district's own; it says who sends.
TEXTS: dict[Purpose, str] = {
    Purpose.CODE: "您的验证码是 {code}，10 分钟内有效。",
    Purpose.BROADCAST: wording.USUAL_TEXT,
    Purpose.REMINDER: wording.USUAL_TEXT + wording.STOP_SUFFIX,
    Purpose.INVITATION: invitations.TEXTS["observer_invited"],
    **{words.purpose: words.chinese for words in asker_words.ALL.values()},
    Purpose.FOLLOW: letters.SMS_TEXT,
}


def for_aliyun(text: str) -> str:
    """Places by name, with a dollar sign: ``${number}``."""
    return _PLACE.sub(r"${\1}", text)


def for_tencent(text: str) -> str:
    """Places by number from one, in the order in which they first stand: ``{1}``."""
    order = invitations.places_of(text)
    return _PLACE.sub(lambda found: "{" + str(order.index(found[1]) + 1) + "}", text)


# How a cloud wants a text that is to be filed; a gateway or another office takes it as it stands.
FORMS: dict[str, Callable[[str], str]] = {
    Provider.ALIYUN.value: for_aliyun,
    Provider.TENCENT.value: for_tencent,
}


def written_for(provider: str, text: str) -> str:
    """A text as it is typed at a provider's; empty where nobody files it in a form of its own."""
    form = FORMS.get(provider)
    return form(text) if form else ""
