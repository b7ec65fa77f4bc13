"""Verify a receipt of a public record. One file, nothing but Python 3.8 or newer, no network.

    python3 townhall-verify.py RECEIPT.tlog-proof --key "NAME+ID+KEY"

The key is printed in the newspaper's notice and on the record's page; give it from there, not from whoever gave you the
receipt. Exit code 0: verified; 1: not. Formats: c2sp.org/tlog-proof, c2sp.org/signed-note; signatures: RFC 8032; tree:
RFC 6962. What is checked: the signature over the checkpoint, the entry's place under its root, every text's hash.
What is not: whether the answer is right, and whether other people are shown another record (compare checkpoints).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any, Dict

SENTENCES = {
    "verified": "已核验：下面的文字与签名存证的完全一致。 VERIFIED: the words below are exactly what was signed.",
    "removed": "记录真实，但有的文字没有出示（依法撤下、暂时遮盖，或这份凭证里没有）。 "
    "GENUINE ENTRY, but some texts are not shown: removed by law, covered, or left out of this file.",
    "altered": "不一致：文字与公布时不同。 NOT GENUINE: a text is not the one that was published.",
    "not-included": "不一致：这条内容不在签名的记录里。 NOT GENUINE: the entry is not in the signed record.",
    "bad-signature": "签名不对。 NOT GENUINE: the signature is wrong.",
    "unknown-key": "没有核验：不是这个公钥签的。 NOT VERIFIED: signed by another key than the one given.",
    "malformed": "没有核验：文件不完整，或不是存证凭证。 NOT VERIFIED: this is no complete receipt.",
}
GOOD = ("verified", "removed")
Found = Dict[str, Any]
LONGEST, MOST_HASHES, MOST_SIGNATURES = 2_000_000, 63, 100


class MalformedError(ValueError):
    """Not a receipt."""


# -- Ed25519 (RFC 8032) --------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    one = (a[1] - a[0]) * (b[1] - b[0]) % P
    two = (a[1] + a[0]) * (b[1] + b[0]) % P
    three = 2 * a[3] * b[3] * D % P
    four = 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar: int, point: tuple[int, ...]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


def _point(data: bytes) -> tuple[int, ...] | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _encode(point: tuple[int, ...]) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message is that key's."""
    key = _point(public) if len(public) == 32 else None
    if key is None or BASE is None or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    opposite = (P - key[0], key[1], key[2], P - key[3])
    return _encode(_add(_times(scalar, BASE), _times(challenge, opposite))) == signature[:32]


# -- formats -------------------------------------------------------------------------------------------------


def _base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise MalformedError("base64")
    return data


def _hash(text: str) -> bytes:
    data = _base64(text)
    if len(data) != 32:
        raise MalformedError("hash")
    return data


def _number(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,14}", text):
        raise MalformedError("number")
    return int(text)


def parse_key(vkey: str) -> tuple[str, bytes, bytes]:
    """Name, id and public key.

    :raises MalformedError: when it is no Ed25519 key of a record
    """
    parts = vkey.strip().split("+", 2)
    data = _base64(parts[2]) if len(parts) == 3 else b""
    identity = hashlib.sha256(parts[0].encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] != 1 or identity.hex() != parts[1]:
        raise MalformedError("key")
    return parts[0], identity, data[1:]


def parse(data: bytes) -> Found:
    """Take a receipt apart; nothing is verified.

    :raises MalformedError: when it is none
    """
    if len(data) > LONGEST:
        raise MalformedError("too long")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("UTF-8") from None
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) > 3 + MOST_HASHES:
        raise MalformedError("no receipt")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise MalformedError("extra and index")
    return {
        "index": _number(lines[2][6:]),
        "proof": [_hash(line) for line in lines[3:]],
        **_extra(_base64(lines[1][6:])),
        **_note(note),
    }


def _refuse(word: str) -> None:
    raise MalformedError(word)


def _salt(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise MalformedError("salt")
    return bytes.fromhex(text)


def _extra(data: bytes) -> Found:
    try:
        extra = json.loads(data.decode("utf-8"), parse_constant=_refuse)
        leaf = extra["leaf"].encode("utf-8")
        told = json.loads(extra["leaf"], parse_constant=_refuse)
        texts = {
            name: (_salt(one["salt"]), one["text"].encode("utf-8")) for name, one in extra["texts"].items()
        }
        hashes = dict(told["texts"].items())
    except (ValueError, TypeError, KeyError, AttributeError):
        raise MalformedError("leaf") from None
    return {"leaf": leaf, "told": told, "texts": texts, "hashes": hashes}


def _note(whole: str) -> Found:
    text, blank, below = whole.rpartition("\n\n")
    if not text or not blank or not below.endswith("\n") or any(c < " " and c != "\n" for c in whole):
        raise MalformedError("note")
    signatures = [_signature(line) for line in below[:-1].split("\n")]
    lines = text.split("\n")
    if len(signatures) > MOST_SIGNATURES or len(lines) < 3 or not all(lines):
        raise MalformedError("checkpoint")
    return {
        "signed": (text + "\n").encode(), "signatures": signatures, "origin": lines[0], "size": _number(lines[1]),
        "root": _hash(lines[2]),
    }  # fmt: skip


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not re.fullmatch(r"[^\s+]+", parts[1]):
        raise MalformedError("signature")
    data = _base64(parts[2])
    if len(data) <= 4:
        raise MalformedError("signature")
    return parts[1], data[:4], data[4:]


# -- verification --------------------------------------------------------------------------------------------


def included(receipt: Found) -> bool:
    """Whether the leaf's hash leads to the signed root (RFC 9162, 2.1.3.2)."""
    place, last = receipt["index"], receipt["size"] - 1
    if place > last:
        return False
    found = hashlib.sha256(b"\x00" + receipt["leaf"]).digest()
    for one in receipt["proof"]:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = hashlib.sha256(b"\x01" + one + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + one).digest()
        place, last = place >> 1, last >> 1
    return bool(last == 0 and found == receipt["root"])


def signed(receipt: Found, keys: list[tuple[str, bytes, bytes]]) -> str:
    """An empty word when a known key has signed, else what is wrong."""
    verdict = "unknown-key"
    for name, identity, public in keys:
        for who, whose, signature in receipt["signatures"]:
            if name == receipt["origin"] and (who, whose) == (name, identity):
                if not verify_ed25519(public, receipt["signed"], signature):
                    return "bad-signature"
                verdict = ""
    return verdict


def verify(data: bytes, vkeys: list[str]) -> tuple[str, Found]:
    """What the receipt turns out to be: a word of ``SENTENCES``, and the receipt."""
    try:
        receipt = parse(data)
    except MalformedError:
        return "malformed", {}
    verdict = signed(receipt, [parse_key(one) for one in vkeys])
    if verdict:
        return verdict, receipt
    if not included(receipt):
        return "not-included", receipt
    for name, (salt, text) in receipt["texts"].items():
        if receipt["hashes"].get(name) != hashlib.sha256(salt + text).hexdigest():
            return "altered", receipt
    return ("removed" if set(receipt["hashes"]) - set(receipt["texts"]) else "verified"), receipt


def main() -> int:
    """Read the receipt, say what it is, show what was verified."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("receipt", help="RECEIPT.tlog-proof")
    parser.add_argument("--key", action="append", required=True, help="NAME+ID+KEY, as printed")
    arguments = parser.parse_args()
    try:
        with Path(arguments.receipt).open("rb") as handle:
            data = handle.read(LONGEST + 1)
    except OSError as error:
        sys.stderr.write(f"读不了这个文件。 This file cannot be read: {error}\n")
        return 2
    try:
        verdict, receipt = verify(data, arguments.key)
    except MalformedError:
        sys.stderr.write("这不是公钥。 This is no key (NAME+ID+KEY).\n")
        return 2
    say = sys.stdout.write
    say(f"{verdict}\n{SENTENCES[verdict]}\n")
    if verdict in GOOD:
        say(f"{receipt['told'].get('kind')} {receipt['told'].get('at')}\n")
        say(f"{receipt['origin']}: {receipt['index']} / {receipt['size']}\n")
        for name, (_salt, text) in sorted(receipt["texts"].items()):
            say(f"\n[{name}]\n{text.decode()}\n")
        missing = sorted(set(receipt["hashes"]) - set(receipt["texts"]))
        if missing:
            say("\n没有出示 not shown: " + ", ".join(missing) + "\n")
    return 0 if verdict in GOOD else 1


if __name__ == "__main__":
    sys.exit(main())
