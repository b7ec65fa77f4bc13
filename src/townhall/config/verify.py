"""``townhall verify URL|FILE``: a receipt or a whole public record, by its keys; a case file, by its seal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import httpx

from townhall.record import notes, proofs, tiles, verifying

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

NOT_GOOD, CANNOT = 1, 2
SECONDS = 30
_THING = re.compile(r"/(?:record/)?(?:questions|promises|clarifications|proof|check)/([a-z0-9-]+)/?\Z")
_SORTS = {"promises": "promise-", "clarifications": "clarification-"}

SENTENCES = {
    verifying.VERIFIED: "VERIFIED. The words below are exactly what was signed into the public record.",
    verifying.REMOVED: "VERIFIED, WITHOUT TEXT. The entry stands in the record; these texts are not shown with it, "
    "because they were removed by law, are covered, or were left out of this file",
    verifying.ALTERED: "NOT GENUINE. A text is not the one that was published",
    verifying.NOT_INCLUDED: "NOT GENUINE. The entry does not stand in the signed record",
    verifying.BAD_SIGNATURE: "NOT GENUINE. The signature is wrong",
    verifying.UNKNOWN_KEY: "NOT VERIFIED. It is signed by a key that is not known here",
    verifying.MALFORMED: "NOT VERIFIED. This is no complete receipt",
    verifying.FORKED: "NOT GENUINE. The record was rewritten",
}


class CannotVerify(Exception):  # noqa: N818 - reads as the sentence it prints
    """Nothing could be looked at; its text says why."""


def is_receipt(path: Path) -> bool:
    """Whether a file is a receipt of the record; anything else is taken for a case file."""
    with path.open("rb") as handle:
        return handle.read(len(proofs.HEAD)) == proofs.HEAD.encode()


def given_keys(lines: list[str]) -> list[notes.Verifier]:
    """The keys that were given on the command line, or in a file.

    :raises CannotVerify: for what is no key
    """
    found = []
    for line in lines:
        text = Path(line).read_text(encoding="utf-8") if Path(line).is_file() else line
        try:
            found += [notes.verifier(one) for one in text.split()]
        except notes.NoteBroken as broken:
            message = f"--key: {broken}"
            raise CannotVerify(message) from None
    return found


def of_file(arguments: argparse.Namespace, own_keys: Callable[[], list[notes.Verifier]]) -> int:
    """Verify a receipt in a file.

    :param own_keys: gives this installation's keys, for when none was given
    """
    known = given_keys(arguments.key) or own_keys()
    if not known:
        message = "say whose record it is: --key with what the record's page or the newspaper prints"
        raise CannotVerify(message)
    return _say(verifying.verify_receipt(Path(arguments.target).read_bytes(), known), known)


def of_url(arguments: argparse.Namespace) -> int:
    """Verify what stands behind an address: one published thing, or the whole record."""
    with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
        prefix, name = _address(arguments.target)

        def fetch(address: str) -> bytes:
            return _get(client, f"{prefix}/{address}")

        known = given_keys(arguments.key)
        if not known:
            known = given_keys(fetch("vkey").decode().split())
            print(
                f"The key comes from the site itself. Compare {known[0].fingerprint} with the one in print."
            )
        if name:
            return _say(verifying.verify_receipt(fetch(f"proof/{name}"), known), known)
        return _log(arguments, fetch, known)


def _log(arguments: argparse.Namespace, fetch: tiles.Fetch, known: list[notes.Verifier]) -> int:
    since = arguments.since.read_bytes() if arguments.since else None
    try:
        now, finding = verifying.verify_checkpoint(fetch, known, since)
    except notes.NoteBroken as broken:
        return _say(verifying.Finding(verifying.BAD_SIGNATURE, str(broken)), known)
    if finding.code != verifying.VERIFIED:
        return _say(finding, known)
    if since:
        print(f"The older checkpoint is the beginning of this record: {finding.detail} entries.")
    finding = verifying.verify_whole(fetch, now)
    if finding.code != verifying.VERIFIED:
        return _say(finding, known)
    print(f"VERIFIED. {now.origin}: all {now.size} entries lead to the signed root {now.root.hex()}.")
    if arguments.keep:
        arguments.keep.write_bytes(fetch(tiles.CHECKPOINT))
        print(
            f"Kept in {arguments.keep}; give it next time with --since, and no past can be rewritten unseen."
        )
    return 0


def _address(url: str) -> tuple[str, str]:
    """The record's prefix and the name of a receipt, empty for the whole record."""
    parsed = urlparse(url)
    base = f"{parsed.scheme}://{parsed.netloc}"
    found = _THING.search(parsed.path)
    if found:
        sort = _SORTS.get(parsed.path.strip("/").split("/")[-2], "")
        before = parsed.path[: found.start()]
        return f"{base}{before}/record", sort + found[1]
    path = parsed.path.rstrip("/").removesuffix("/record")
    return f"{base}{path}/record", ""


def _get(client: httpx.Client, url: str) -> bytes:
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        message = f"{url}: {type(error).__name__} {error}"
        raise CannotVerify(message) from None
    if response.status_code != httpx.codes.OK:
        message = f"{url}: {response.status_code}"
        raise CannotVerify(message)
    return response.content


def _say(finding: verifying.Finding, known: list[notes.Verifier]) -> int:
    sentence = SENTENCES[finding.code]
    print(f"{sentence}: {finding.detail}" if finding.detail else sentence)
    receipt = finding.receipt
    if receipt is not None and finding.code in verifying.GOOD:
        told = receipt.told
        print(f"{told['kind']} at {told['at']}, entry {receipt.index} of {receipt.checkpoint.size}")
        print(f"signed by {receipt.checkpoint.origin}, key {known[0].fingerprint}")
        for name, text in finding.texts:
            print(f"{name}: {text}")
    return 0 if finding.code in verifying.GOOD else NOT_GOOD
