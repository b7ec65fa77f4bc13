"""What people type about a topic, checked: one reading for staff and for citizens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel import text

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TITLE, LONGEST_REASON, LONGEST_ENGLISH, LONGEST_KEYWORDS = 60, 500, 120, 100
LEAST_TITLE = 2
MOST_KEYWORDS = 5
# An hour's topic has a narrower column than a pool's.
HOUR_COLUMN = 120


def words(data: Mapping[str, Any], name: str, most: int, errors: dict[str, str], *, line: bool = True) -> str:
    """One field, cleaned; on one line unless told otherwise."""
    try:
        found = text.clean(str(data.get(name) or ""))
    except ValueError:
        errors[name] = _("含有无法识别的字符，请重新输入。")
        return ""
    if line:
        found = " ".join(found.split())
    if text.exceeds(found, most):
        errors[name] = _("最多 %(most)s 个字。") % {"most": most}
    return found


def title(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    """The topic's name."""
    found = words(data, "title", LONGEST_TITLE, errors)
    if "title" not in errors and len(found) < LEAST_TITLE:
        errors["title"] = _("请填写主题，如“就学与社区托育”。")
    elif "title" not in errors and len(found) > HOUR_COLUMN:
        errors["title"] = _("最多 %(most)s 个字。") % {"most": LONGEST_TITLE}
    return found


def reason(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    """Why an hour should be about it."""
    found = words(data, "reason", LONGEST_REASON, errors, line=False)
    if not found and "reason" not in errors:
        errors["reason"] = _("请说明理由。")
    return found


def keywords(data: Mapping[str, Any], errors: dict[str, str]) -> str:
    """The words by which related questions are found, separated by spaces."""
    found = words(data, "keywords", LONGEST_KEYWORDS, errors)
    for mark in "、，,；;":
        found = found.replace(mark, " ")
    return " ".join(found.split()[:MOST_KEYWORDS])
