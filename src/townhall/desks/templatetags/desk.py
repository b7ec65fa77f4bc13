"""What the desks' templates say about a question: underlined hits, highlighted findings, buttons that say why not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html, format_html_join

from townhall.desks import ages, fields
from townhall.hours.published import worded
from townhall.kernel import clock, masks
from townhall.live import wording
from townhall.preparation.flow import TASK_MOVES
from townhall.questions.choices import Channel, Kind, Status, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def why(moves: Mapping[str, Any], verb: str) -> str:
    """Why a verb is not possible now; empty when it is, or when it is not this seat's at all."""
    return moves.get(verb) or ""


@register.filter
def allows(moves: Mapping[str, Any], verb: str) -> bool:
    """Whether a verb is this seat's and possible now."""
    return verb in moves and moves[verb] is None


def _marked(text: str, places: Iterable[tuple[int, int, str, str]]) -> SafeString:
    """The text, escaped, with the given stretches marked; overlapping ones: the first counts."""
    pieces: list[SafeString] = []
    at = 0
    for start, end, css, title in sorted(places):
        if start < at or end > len(text) or start >= end:
            continue
        pieces.append(format_html("{}", text[at:start]))
        pieces.append(format_html('<mark class="{}" title="{}">{}</mark>', css, title, text[start:end]))
        at = end
    pieces.append(format_html("{}", text[at:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@register.filter
def hits(text: str) -> SafeString:
    """A citizen's text with personal data underlined: what readers will see covered."""
    return _marked(text, ((one.start, one.end, "hit", masks.mask(one.text)) for one in masks.find(text)))


@register.filter
def findings(text: str, found: Iterable[Mapping[str, Any]]) -> SafeString:
    """A draft with what the answer check pointed out; what concerns the whole text is listed only."""
    places = []
    for one in found:
        start, end = one.get("start"), one.get("end")
        if (
            start is not None
            and end is not None
            and 0 <= start < min(end, len(text))
            and end - start < len(text)
        ):
            places.append((start, end, f"finding {one['level']}", str(one["message"])))
    return _marked(text, places)


@register.filter
def ago(moment: Any) -> str:
    """How long ago: ``4 分``."""
    return ages.duration(ages.since(moment)) if moment else ""


@register.filter
def at(moment: Any) -> str:
    """A moment on the wall: the time, and the day when it is not today."""
    if not moment:
        return ""
    found = clock.local(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)
    return found.strftime("%H:%M" if found.date() == clock.today() else "%m-%d %H:%M")


@register.filter
def head_of(text: str, most: int) -> str:
    """The first so many characters."""
    return text[:most]


@register.filter
def rest_of(text: str, most: int) -> str:
    """What comes after the first so many characters."""
    return text[most:]


_LISTS = {"channel": Channel, "kind": Kind, "subject": Subject, "status": Status, "verdict": Verdict}


@register.filter
def label(code: str | None, of: str) -> str:
    """The wording of a code of one of the lists."""
    return str(_LISTS[of](code).label) if code else ""


@register.filter
def named(thing: Any) -> str:
    """A person's, unit's or hour's name in the reader's language."""
    return worded(thing, "title" if hasattr(thing, "title") else "name")


@register.filter
def verb(name: str) -> str:
    """What the button of a verb says."""
    return fields.label_of(name) if name else ""


@register.filter
def listed(names: Iterable[Any]) -> str:
    """Names in a row, with the comma of the reader's language."""
    return (", " if wording.english() else "、").join(str(name) for name in names)


@register.filter
def bracketed(words: Any) -> str:
    """Words in the brackets of the reader's language; nothing where there are none."""
    if not words:
        return ""
    return f" ({words})" if wording.english() else f"（{words}）"


@register.filter
def in_list(value: Any, found: Any) -> bool:
    """Whether a value is among what was chosen, compared as a form compares."""
    return str(value) in [str(one) for one in (found if isinstance(found, list | tuple) else [found])]


@register.filter
def get(found: Any, name: str) -> Any:
    """An entry of a dictionary whose name is only known here."""
    return found.get(name, "") if hasattr(found, "get") else ""


@register.inclusion_tag("desks/act.html", takes_context=True)
def act(context: Mapping[str, Any], name: str, key: str = "", *, hide: bool = True) -> dict[str, Any]:
    """A verb's form, folded behind its name; not possible now: greyed with the reason, or absent.

    :param key: the shortcut that unfolds it
    :param hide: leave it out when it is not possible
    """
    panel = context["panel"]
    moves = panel["moves"]
    allowed = name in moves and moves[name] is None
    return {
        "name": name,
        "key": key,
        "shown": allowed or (not hide and name in moves),
        "refused": "" if allowed else moves.get(name, ""),
        "label": fields.label_of(name),
        "summary": fields.summary_of(name),
        "fields": fields.fields_of(name, panel) if allowed or panel["verb"] == name else [],
        "open": panel["do"] == name,
        "failed": panel["refused"] if panel["verb"] == name else "",
        "undo": name in context["desk"].undo,
        "panel": panel,
        "desk": context["desk"],
        "back": context["back"],
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("desks/own.html", takes_context=True)
def own(context: Mapping[str, Any], following: str = "") -> dict[str, Any]:
    """The hidden fields of every form of a desk: the token, the desk, where to go on.

    :param following: ``next`` goes on to the next question
    """
    return {
        "csrf_token": context.get("csrf_token", ""), "desk": context["desk"], "back": context["back"],
        "following": following,
    }  # fmt: skip


@register.filter
def task_step(verb: str) -> str:
    """What happened to a task, as its history says it."""
    return str(TASK_MOVES[verb].label) if verb in TASK_MOVES else ""
