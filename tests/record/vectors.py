"""`python -m tests.record.vectors`: write the receipts, good and mutated, about which all verifiers must agree.

Keys and salts are fixed, so the files come out the same every time.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from townhall.record import merkle, notes, proofs
from townhall.record.canonical import canonical
from townhall.record.hiding import commitment_to

FOLDER = Path(__file__).parent / "vectors"
Vector = tuple[str, bytes, list[notes.Signer], str]
ORIGIN = "wsbg.example.gov/record"
SIZE, INDEX = 11, 6
WORDS = {
    "answer": "您好！澄湖路幼儿园9月1日新增托班2个。\n电话021-64120011。",
    "title": "入园",
    "text": "孩子明年入园，还有学位吗？\u2028𠮷野家旁边\t“引号”\\ <b>&",
    "signed_by": "李明",
}


def secret(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()


LOG = notes.Signer(ORIGIN, secret("log"))
NEXT = notes.Signer(ORIGIN, secret("next"))
STRANGER = notes.Signer("elsewhere.example/record", secret("stranger"))
WITNESS = notes.Signer("library.example/witness", secret("witness"), notes.COSIGNATURE)


def openings() -> dict[str, dict[str, str]]:
    return {name: {"salt": secret(f"salt {name}").hex(), "text": text} for name, text in WORDS.items()}


def leaf(**changes: Any) -> bytes:
    texts = {name: commitment_to(one["text"], bytes.fromhex(one["salt"])) for name, one in openings().items()}
    told = {
        "v": 1, "kind": "question.signed", "at": "2026-11-30T19:10:00.000+08:00", "hour": "2026-11", "seq": 42,
        "subject": "question", "id": 45, "question": 45, "number": 7, "facts": {"version": 1, "office": "mayor"},
        "texts": texts, **changes,
    }  # fmt: skip
    return canonical(told)


def tree(own: bytes) -> tuple[list[bytes], bytes]:
    """The proof of the leaf among others, and the root."""
    hashes = [merkle.leaf_hash(own if place == INDEX else b"leaf %d" % place) for place in range(SIZE)]

    def node(height: int, place: int) -> bytes:
        return merkle.fold(hashes[place << height : (place + 1) << height])

    return merkle.inclusion_proof(node, INDEX, SIZE), merkle.root(node, SIZE)


def receipt(
    own: bytes | None = None,
    shown: dict[str, dict[str, str]] | None = None,
    signers: list[notes.Signer] | None = None,
) -> bytes:
    own = leaf() if own is None else own
    proof, root = tree(own)
    note = notes.Checkpoint(ORIGIN, SIZE, root).signed([LOG] if signers is None else signers)
    return proofs.compose(own, openings() if shown is None else shown, INDEX, proof, bytes(note))


def with_line(number: int, change: Callable[[str], str]) -> bytes:
    lines = receipt().decode().split("\n")
    lines[number] = change(lines[number])
    return "\n".join(lines).encode()


def with_extra(change: Callable[[Any], Any]) -> bytes:
    """The same receipt around another extra line; what stands in the tree stays."""
    extra = change({"leaf": leaf().decode(), "texts": openings()})
    text = extra if isinstance(extra, bytes) else json.dumps(extra, ensure_ascii=False).encode()
    return with_line(1, lambda _line: f"extra {base64.b64encode(text).decode()}")


def other_text(name: str, text: str) -> dict[str, dict[str, str]]:
    return openings() | {name: openings()[name] | {"text": text}}


def vectors() -> Iterator[Vector]:
    """Name, file, known keys, verdict."""
    yield from good([LOG])
    yield from false([LOG])
    yield from malformed([LOG])


def good(log: list[notes.Signer]) -> Iterator[Vector]:
    yield "good", receipt(), log, "verified"
    yield "good-two-keys", receipt(signers=[NEXT, LOG]), [NEXT, LOG], "verified"
    yield "good-retired-key", receipt(), [NEXT, LOG], "verified"
    yield "good-sixteen-strangers", receipt(signers=[STRANGER] * 15 + [LOG]), log, "verified"
    yield "good-without-texts", receipt(leaf(texts={}), {}), log, "verified"
    yield "good-extension-line", _extended(), log, "verified"
    yield "good-witness", _witnessed(), log, "verified"
    yield "removed-all", receipt(shown={}), log, "removed"
    yield (
        "removed-one",
        receipt(shown={name: one for name, one in openings().items() if name != "text"}),
        log,
        "removed",
    )


def false(log: list[notes.Signer]) -> Iterator[Vector]:
    lines = receipt().decode().split("\n")
    root_line = len(lines) - 4
    yield (
        "altered-answer",
        receipt(shown=other_text("answer", WORDS["answer"].replace("2个", "3个"))),
        log,
        "altered",
    )
    yield "altered-blank", receipt(shown=other_text("title", "入园 ")), log, "altered"
    yield (
        "altered-salt",
        receipt(shown=openings() | {"title": {"salt": "00" * 32, "text": "入园"}}),
        log,
        "altered",
    )
    yield "altered-added", receipt(shown=openings() | {"measures": openings()["title"]}), log, "altered"
    yield "altered-exchanged", receipt(shown=openings() | {"title": openings()["answer"]}), log, "altered"
    yield "altered-not-a-hash", receipt(leaf(texts={"title": 5})), log, "altered"
    yield (
        "not-included-leaf",
        with_extra(lambda one: one | {"leaf": leaf(number=8).decode()}),
        log,
        "not-included",
    )
    yield "not-included-index", with_line(2, lambda _line: "index 5"), log, "not-included"
    yield "not-included-index-beyond", with_line(2, lambda _line: f"index {SIZE}"), log, "not-included"
    yield (
        "not-included-proof",
        with_line(3, lambda _line: base64.b64encode(bytes(32)).decode()),
        log,
        "not-included",
    )
    yield "not-included-short", "\n".join(lines[:3] + lines[4:]).encode(), log, "not-included"
    yield "not-included-long", "\n".join([*lines[:4], lines[3], *lines[4:]]).encode(), log, "not-included"
    yield "bad-signature-size", with_line(root_line - 1, lambda _line: "12"), log, "bad-signature"
    yield (
        "bad-signature-root",
        with_line(root_line, lambda _line: base64.b64encode(bytes(32)).decode()),
        log,
        "bad-signature",
    )
    yield "bad-signature-last-bit", _bent(-1), log, "bad-signature"
    yield "bad-signature-first-bit", _bent(4), log, "bad-signature"
    yield "bad-signature-short", _bent(None), log, "bad-signature"
    yield "bad-signature-beside-a-good-one", _one_bad(), [NEXT, LOG], "bad-signature"
    yield "unknown-key", receipt(), [NEXT], "unknown-key"
    yield "unknown-key-of-another-origin", receipt(signers=[STRANGER]), [STRANGER], "unknown-key"
    yield (
        "unknown-key-other-origin-line",
        with_line(root_line - 2, lambda _line: "elsewhere.example/record"),
        log,
        "unknown-key",
    )
    yield "unknown-key-id", _bent(0), log, "unknown-key"


def malformed(log: list[notes.Signer]) -> Iterator[Vector]:
    lines = receipt().decode().split("\n")
    yield "malformed-empty", b"", log, "malformed"
    yield "malformed-text", "这是一个答复。\n".encode(), log, "malformed"
    yield "malformed-head", with_line(0, lambda line: line.replace("v1", "v2")), log, "malformed"
    yield "malformed-bom", b"\xef\xbb\xbf" + receipt(), log, "malformed"
    yield "malformed-crlf", receipt().replace(b"\n", b"\r\n"), log, "malformed"
    yield "malformed-utf8", receipt()[:-2] + b"\xff\n", log, "malformed"
    yield "malformed-no-extra", "\n".join(lines[:1] + lines[2:]).encode(), log, "malformed"
    yield "malformed-no-index", "\n".join(lines[:2] + lines[3:]).encode(), log, "malformed"
    yield "malformed-index", with_line(2, lambda _line: "index 06"), log, "malformed"
    yield "malformed-index-huge", with_line(2, lambda _line: "index 1234567890123456"), log, "malformed"
    yield "malformed-index-negative", with_line(2, lambda _line: "index -1"), log, "malformed"
    yield "malformed-hash-length", with_line(3, lambda _line: "AAAA"), log, "malformed"
    yield (
        "malformed-hash-base64",
        with_line(3, lambda line: line[:-2] + _next(line[-2]) + "="),
        log,
        "malformed",
    )
    yield (
        "malformed-many-hashes",
        "\n".join(lines[:3] + [lines[3]] * 64 + lines[7:]).encode(),
        log,
        "malformed",
    )
    yield "malformed-no-checkpoint", receipt().partition(b"\n\n")[0] + b"\n\n", log, "malformed"
    yield "malformed-no-signature", receipt().rpartition(b"\n\n")[0] + b"\n\n", log, "malformed"
    yield "malformed-no-last-line-end", receipt()[:-1], log, "malformed"
    yield "malformed-dash", receipt().replace("— ".encode(), b"- "), log, "malformed"
    yield "malformed-two-blanks", receipt().replace("— ".encode(), "—  ".encode()), log, "malformed"
    yield "malformed-control", receipt().replace(b"\n\n", b"\n\x07\n", 2), log, "malformed"
    yield "malformed-extra-no-json", with_extra(lambda _one: b"{"), log, "malformed"
    yield (
        "malformed-extra-nan",
        with_extra(lambda _one: json.dumps({"leaf": '{"texts":{},"a":NaN}', "texts": {}}).encode()),
        log,
        "malformed",
    )
    yield "malformed-extra-list", with_extra(lambda _one: []), log, "malformed"
    yield "malformed-extra-null", with_extra(lambda _one: None), log, "malformed"
    yield "malformed-leaf-no-json", receipt(b"x", {}), log, "malformed"
    yield "malformed-leaf-no-texts", receipt(canonical({"v": 1}), {}), log, "malformed"
    yield "malformed-leaf-list-of-texts", receipt(canonical({"texts": []}), {}), log, "malformed"
    yield "malformed-texts-list", with_extra(lambda one: one | {"texts": []}), log, "malformed"
    yield "malformed-opening", with_extra(lambda one: one | {"texts": {"title": "入园"}}), log, "malformed"
    yield (
        "malformed-salt-upper",
        with_extra(lambda one: one | {"texts": {"title": {"salt": "AA" * 32, "text": ""}}}),
        log,
        "malformed",
    )
    yield (
        "malformed-salt-short",
        with_extra(lambda one: one | {"texts": {"title": {"salt": "00", "text": ""}}}),
        log,
        "malformed",
    )
    yield (
        "malformed-text-number",
        with_extra(lambda one: one | {"texts": {"title": {"salt": "00" * 32, "text": 5}}}),
        log,
        "malformed",
    )
    yield (
        "malformed-half-a-character",
        with_extra(
            lambda _one: (
                b'{"leaf":"{\\"texts\\":{}}","texts":{"a":{"salt":"' + b"00" * 32 + b'","text":"\\ud800"}}}'
            )
        ),
        log,
        "malformed",
    )


def _next(letter: str) -> str:
    """Another letter that stands for the same bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return letters[letters.index(letter) + 1]


def _bent(place: int | None) -> bytes:
    """The receipt with one bit of the signature's bytes turned, or the signature cut."""
    head, _space, last = receipt().decode()[:-1].rpartition(" ")
    data = bytearray(base64.b64decode(last))
    if place is None:
        del data[-1]
    else:
        data[place] ^= 1
    return f"{head} {base64.b64encode(bytes(data)).decode()}\n".encode()


def _one_bad() -> bytes:
    note = notes.Checkpoint(ORIGIN, SIZE, bytes(32)).signed([NEXT])
    return receipt() + note.lines[0].encode()


def _extended() -> bytes:
    proof, root = tree(leaf())
    text = notes.Checkpoint(ORIGIN, SIZE, root).text() + "扩展行\n".encode()
    return proofs.compose(leaf(), openings(), INDEX, proof, text + b"\n" + LOG.sign(text).encode())


def _witnessed() -> bytes:
    note = notes.parse_note(receipt().partition(b"\n\n")[2])
    return receipt() + WITNESS.sign(note.text, 1_796_000_000).encode()


def written() -> dict[str, bytes]:
    """Every file by name."""
    files, table = {}, {}
    for name, data, known, verdict in vectors():
        files[f"{name}.tlog-proof"] = data
        table[name] = {"verdict": verdict, "keys": [one.verifier.vkey for one in known]}
    files["vectors.json"] = json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n"
    return files


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, data in written().items():
        (FOLDER / name).write_bytes(data)
