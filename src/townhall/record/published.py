"""What anybody may have of the record: checkpoint, tiles, keys, receipts, and what became of a published thing."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from townhall.hours import published as hours
from townhall.questions import published as questions
from townhall.record import altered, choices, merkle, notes, proofs, stamping, tiles
from townhall.record.actions import folder, known_keys, last_checkpoint
from townhall.record.cosigning import COSIGNED
from townhall.record.models import Key, Leaf, Opening, Sealed
from townhall.wrapping import published as wrapping

_RECEIPT = re.compile(
    r"(?:(?P<subject>leaf|promise|clarification|comment|closing)-)?(?P<number>[0-9]{1,18})\Z"
)
_SUBJECTS = {"promise": "commitment"}


def checkpoint() -> bytes | None:
    """The newest signed checkpoint, with the witnesses' signatures as soon as they have given them."""
    own, cosigned = _read(tiles.CHECKPOINT), _read(COSIGNED)
    return cosigned if own and cosigned and cosigned.startswith(own) else own


def tile(address: str) -> bytes | None:
    """A tile or a bundle of entries below ``/record/``."""
    return _read(address) if tiles.is_address(address) else None


def stamps() -> dict[str, Any] | None:
    """The newest stamp of another clock: up to which entry, and which time it says; ``None`` without one."""
    told = stamping.told()
    if not told["size"]:
        return None
    return {"size": told["size"], "at": datetime.fromisoformat(told["stamped_at"])}


def stamp_list() -> bytes | None:
    """The addresses of all stamps, the newest first, each after the checkpoint it is about."""
    lines = [f"/record/stamps/{size} /record/stamps/{size}.tsr\n" for size in stamping.sizes()]
    return "".join(lines).encode() or None


def stamp(size: int, *, token: bool) -> bytes | None:
    """The checkpoint that was stamped when the record had so many entries, or the stamp."""
    return _read(f"{stamping.FOLDER}/{size}{'.tsr' if token else ''}")


def _read(address: str) -> bytes | None:
    try:
        return tiles.Files(folder()).read(address)
    except OSError:
        return None


def vkeys() -> list[notes.Verifier]:
    """The record's public keys, the newest first, also those that no longer sign."""
    return known_keys()


def keys() -> list[dict[str, Any]]:
    """The same for people."""
    return [
        {
            "vkey": row.vkey,
            "fingerprint": notes.verifier(row.vkey).fingerprint,
            "made_at": row.made_at,
            "retired_at": row.retired_at,
        }
        for row in Key.objects.all()
    ]


def state() -> dict[str, Any]:
    """How far the record has come: size, root, when it was last signed, and the newest leaves."""
    published = last_checkpoint(tiles.Files(folder()))
    if published is None:
        return {"size": 0, "root": "", "at": None, "newest": []}
    row = Sealed.objects.filter(size=published.size).first()
    newest = Leaf.objects.filter(index__lt=published.size).order_by("-index")[:10]
    return {
        "size": published.size,
        "root": published.root.hex(),
        "at": row.at if row else None,
        "newest": [_shown(leaf) for leaf in newest],
    }


def receipt(name: str) -> bytes | None:
    """The receipt of one published thing, as it stands under the newest checkpoint.

    :param name: a question's number in its address, or ``leaf-``, ``promise-``, ``clarification-``, ``comment-`` or
        ``closing-`` with a number
    """
    note = checkpoint()
    if note is None:
        return None
    size = notes.parse_checkpoint(notes.parse_note(note)).size
    leaf = _find(name, size)
    if leaf is None:
        return None
    proof = merkle.inclusion_proof(tiles.Files(folder()).node(size), leaf.index, size)
    return proofs.compose(leaf.data.encode(), openings(leaf), leaf.index, proof, note)


def _find(name: str, size: int) -> Leaf | None:
    found = _RECEIPT.match(name)
    if found is None:
        return None
    rows, number = Leaf.objects.filter(index__lt=size), int(found["number"])
    if found["subject"] == "leaf":
        return rows.filter(index=number).first()
    subject = _SUBJECTS.get(found["subject"], found["subject"] or "question")
    about = rows.filter(subject=subject, subject_id=number).order_by("-index")
    return about.filter(kind__in=_SOLEMN).first() or about.first()


# What a receipt is asked for first: the act that published the words.
_SOLEMN = ("question.signed", "commitment.made", "comment.accepted", "clarification.signed", "closing.signed")


def openings(leaf: Leaf) -> dict[str, dict[str, str]]:
    """The texts that open a leaf, as far as anybody may read them today."""
    row = Opening.objects.filter(leaf=leaf).first()
    if row is None or not _readable(leaf):
        return {}
    words: dict[str, dict[str, str]] = row.words
    return words


def _readable(leaf: Leaf) -> bool:
    if leaf.subject == "comment":
        return questions.comment(leaf.subject_id or 0) is not None
    if leaf.subject == "clarification":
        found = questions.clarifications(one=leaf.subject_id or 0)
        return bool(found) and not found[0]["withheld"]
    if leaf.subject == "closing":
        return wrapping.shows_every_word(leaf.subject_id or 0)
    if leaf.question is None:
        return True
    shown = questions.get(leaf.question)
    return shown is not None and not shown["withheld"] and not shown["private"]


def of_question(question_id: int) -> dict[str, Any] | None:
    """What the record holds about a public question; ``None`` when there is no such question for the public."""
    shown = questions.get(question_id)
    if shown is None or hours.get_hour(shown["hour"]) is None:
        return None
    published = last_checkpoint(tiles.Files(folder()))
    size = published.size if published else 0
    rows = list(Leaf.objects.filter(question=question_id, index__lt=size).order_by("index"))
    signed = [leaf for leaf in rows if leaf.kind == "question.signed"]
    waiting = shown["answer"] is not None and len(signed) <= len(shown["answer"]["replaces"])
    last = (signed or rows)[-1:]
    return {
        "question": shown,
        "leaves": [_shown(leaf) for leaf in rows],
        "leaf": {**_shown(last[0]), "sealed_at": _sealed_at(last[0], size)} if last else None,
        "texts": _texts(last[0]) if last else [],
        "hidden": [choices.text_label(name) for name in _hidden(last[0])] if last else [],
        "waiting": waiting,
        "altered": bool(last) and any(altered.among([last[0].index])),
        "size": size,
    }


def _texts(leaf: Leaf) -> list[tuple[str, str]]:
    shown = openings(leaf)
    return [(str(words), shown[name]["text"]) for name, words in choices.TEXTS.items() if name in shown]


def _hidden(leaf: Leaf) -> list[str]:
    return sorted(set(json.loads(leaf.data)["texts"]) - set(openings(leaf)))


def _sealed_at(leaf: Leaf, size: int) -> datetime | None:
    """When a checkpoint first held the leaf."""
    row = Sealed.objects.filter(size__gt=leaf.index, size__lte=size).order_by("size").first()
    return row.at if row else None


def _shown(leaf: Leaf) -> dict[str, Any]:
    told = json.loads(leaf.data)
    return {
        "index": leaf.index,
        "kind": leaf.kind,
        "label": choices.label(leaf.kind),
        "hour": told["hour"],
        "number": told.get("number"),
        "question": leaf.question,
        "at": datetime.fromisoformat(told["at"]),
        "version": told["facts"].get("version"),
        "hash": merkle.leaf_hash(leaf.data.encode()).hex(),
    }
