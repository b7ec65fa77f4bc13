"""What happened to a promise, in the words that its page, its feed and messages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.live import wording

if TYPE_CHECKING:
    from collections.abc import Mapping


def fact(step: Mapping[str, Any]) -> str:
    """The days and reasons of a step of the timeline, as one sentence; empty when it has none."""
    due, reason = wording.day(step["due"]), step["reason"]
    if step["verb"] == "ask_extension":
        return _("申请延至 %(day)s，原因：%(reason)s") % {"day": due, "reason": reason}
    if step["verb"] == "approve_extension":
        words = _("期限由 %(was)s 延至 %(day)s，原因：%(reason)s")
        return words % {"was": wording.day(step["was"]), "day": due, "reason": reason}
    if step["verb"] == "made":
        return _("承诺 %(day)s 前办好。") % {"day": due}
    return "" if step["handling"] else str(reason)


def said(step: Mapping[str, Any]) -> str:
    """What a person wrote for the public; an approval repeats what was asked for, which stands one step before."""
    return "" if step["verb"] == "approve_extension" else str(step["text"])


def told(step: Mapping[str, Any]) -> str:
    """Both together, for readers without a page."""
    return "\n".join(words for words in (fact(step), said(step)) if words)
