"""What each desk has beside the question: likenesses, refusals with their keys, the draft's editor, the sign-off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from townhall.commitments.choices import Handling
from townhall.desks import ages, earlier
from townhall.insight import similar
from townhall.kernel import masks
from townhall.kernel.errors import NOT_FOUND, Refused
from townhall.kernel.text import whole_number
from townhall.plans.changes import pieces
from townhall.questions import bans, floods, holding, kept_threats, queries, word_hints
from townhall.questions.choices import BanReason, Kind, Outcome, ThreatLook, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.desks.access import Place
    from townhall.desks.seats import Desk

# One letter a reason; those of the other shortcuts (A D E J K M N S U Z) stay free.
DECLINE_KEYS = "qwrtyfghxcvb"
_PLACE = re.compile(r"\{(\w+)\}")
_MORE_ROWS = 1
_DRAFTED = ("text", "outcome", "verdict", "verdict_reason", "progress", "measures")


def decline_codes() -> list[dict[str, Any]]:
    """The reasons for declining with their keys and the places in their texts."""
    return [
        {**code, "key": key, "places": _PLACE.findall(code["text"]), "text": _PLACE.sub("＿＿", code["text"])}
        for code, key in zip(queries.decline_codes(), DECLINE_KEYS, strict=False)
    ]


def dispatch(place: Place) -> list[dict[str, Any]]:
    """The groups with their keys, how many each has open and how long the oldest has waited there."""
    loads = queries.loads(place.actor)
    found = []
    for number, group in enumerate(queries.groups(place.hour), start=1):
        load = loads.get(group["id"], {"open": 0, "oldest_minutes": 0})
        level = ages.level("assigned", load["oldest_minutes"], place.hour.stage) if load["open"] else 0
        found.append({**group, **load, "key": number, "level": level,
                      "oldest": ages.duration(load["oldest_minutes"]) if load["open"] else ""})  # fmt: skip
    return found


def _moderator(panel: dict[str, Any], place: Place, options: dict[str, str]) -> None:
    shown = panel["question"]
    question = queries.get(place.actor, shown["id"])
    panel["similar"] = _similar(place, question, options)
    panel["codes"] = decline_codes()
    panel["decline"] = panel["typed"] if panel["verb"] == "decline" else {"fill": {}}
    panel["hits"] = masks.find(shown["text"])
    panel["child"] = masks.child_hints(shown["text"])
    panel["alike"] = [number for _id, number in floods.alike(place.actor, question)]
    panel["word_hints"] = word_hints.summary(f"{shown['title']}\n{shown['text']}")
    panel["parts"] = _rows(panel, "split", "parts", [{"title": shown["title"], "text": shown["text"]}], 2)


def _similar(place: Place, question: Any, options: dict[str, str]) -> list[dict[str, Any]] | None:
    """Questions like this one; ``None`` until they are asked for: comparing texts must not hold up the desk."""
    return similar.similar(place.actor, question) if options.get("similar") else None


def _rows(
    panel: dict[str, Any], verb: str, name: str, stored: list[Any], more: int = _MORE_ROWS
) -> list[dict[str, Any]]:
    """Rows of a list in a form: stored or typed, with errors, and a few empty ones."""
    typed = panel["typed"].get(name) if panel["verb"] == verb else None
    rows = [dict(row) for row in (typed if isinstance(typed, list) else stored) if isinstance(row, dict)]
    rows += [{} for _more in range(more)]
    for place, row in enumerate(rows):
        row["place"] = place
        row["errors"] = {
            key.rsplit(".", 1)[1]: message
            for key, message in panel["errors"].items()
            if key.startswith(f"{name}[{place}].")
        }
    return rows


def _editor(panel: dict[str, Any], place: Place, options: dict[str, str]) -> None:
    """The draft as it stands or as it was typed; a correction starts from what was signed."""
    shown = panel["question"]
    verb = "correct" if shown["status"] == "published" else "draft"
    draft = shown["draft"] or {}
    editor = {name: draft.get(name, "") for name in _DRAFTED}
    if verb == "correct" and shown["answer"] and not draft.get("correction"):
        editor |= {name: shown["answer"][name] for name in ("text", "progress", "measures")}
    if panel["verb"] == verb:
        editor |= {name: value for name, value in panel["typed"].items() if isinstance(value, str)}
    elif addition := _pulled(panel, place, options.get("pull", "")):
        editor["text"] = f"{editor['text']}\n{addition}".strip()
    panel["editor"] = {
        **editor,
        "verb": verb,
        "rows": _rows(panel, verb, "commitments", draft.get("commitments") or []),
        "handlings": Handling.choices,
        "outcomes": Outcome.choices,
        "verdicts": Verdict.choices if shown["kind"] == Kind.SUGGESTION else [],
        "two_parts": bool(panel["dossier"]["convenings"]) or bool(editor["progress"] or editor["measures"]),
    }
    panel["earlier_words"] = words = options.get("earlier", "").strip()
    if words:
        panel["earlier"] = earlier.search(words)
    else:
        panel["earlier"] = earlier.likely(place, shown["id"]) if options.get("similar") else None


def _pulled(panel: dict[str, Any], place: Place, what: str) -> str:
    """The text to put into the draft: a contribution (``c0``) or an earlier answer (see ``earlier.pulled``)."""
    if what[:1] != "c":
        panel["pulled"] = found = earlier.pulled(place, what)
        return str(found["text"]) if found else ""
    number, gathered = whole_number(what[1:]), panel["question"]["contributions"]
    return str(gathered[number]["text"]) if number is not None and number < len(gathered) else ""


def _signer(panel: dict[str, Any], place: Place, options: dict[str, str]) -> None:
    shown = panel["question"]
    draft = shown["draft"] or {}
    panel["assisting"] = "、".join(shown["assisting_names"])
    panel["changed"] = panel["typed"].get("text", "") if panel["verb"] == "change" else draft.get("text", "")
    panel["newer"] = _newer(panel, options)
    held = any(finding["level"] == "held" for finding in draft.get("findings", []))
    panel["needs_reason"] = held or bool(panel["held"])
    try:
        holding.mark_read(place.actor, queries.get(place.actor, shown["id"]))
    except Refused as error:
        if error.status != NOT_FOUND:
            raise


def _newer(panel: dict[str, Any], options: dict[str, str]) -> dict[str, Any] | None:
    """What changed since the version that somebody read and wanted to sign; ``None`` while it still stands."""
    typed = panel["typed"].get("version") if panel["refused"] else None
    seen = whole_number(str(typed if typed is not None else options.get("seen", "")))
    texts = {one["number"]: one["whole"] for one in panel["dossier"]["versions"]}
    now = (panel["question"]["draft"] or {}).get("version")
    if seen == now or seen not in texts or now not in texts:
        return None
    return {"old": seen, "new": now, "pieces": pieces(texts[seen], texts[now])}


def _coordinator(panel: dict[str, Any], place: Place, options: dict[str, str]) -> None:
    panel["ban"] = bans.standing(place.actor, panel["question"]["id"])
    panel["ban_reasons"] = BanReason.choices
    panel["threat"] = kept_threats.standing(place.actor, panel["question"]["id"])
    panel["threat_reasons"] = ThreatLook.choices


_PARTS: dict[str, tuple[Callable[[dict[str, Any], Place, dict[str, str]], None], ...]] = {
    "moderator": (_moderator,),
    "coordinator": (_coordinator,),
    "group": (_editor,),
    "assistant": (_editor,),
    "mayor": (_signer,),
}


def add(panel: dict[str, Any], place: Place, desk: Desk, options: dict[str, str]) -> None:
    """Put into the panel what this desk has beside the question."""
    for part in _PARTS.get(desk.name, ()):
        part(panel, place, options)
