"""Signed notes: the published example, and what is refused."""

from __future__ import annotations

import base64

import pytest

from townhall.record import notes
from townhall.record.canonical import canonical

# From https://c2sp.org/signed-note.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()


def test_the_published_example_verifies() -> None:
    key = notes.verifier(VKEY)
    assert notes.parse_note(NOTE).signed_by([key]) == [key]
    assert key.vkey == VKEY


def test_a_changed_text_is_refused_by_name() -> None:
    changed = notes.parse_note(NOTE.replace(b"example message", b"exemplary message"))
    with pytest.raises(notes.SignatureWrong, match="wrong"):
        changed.signed_by([notes.verifier(VKEY)])


def test_strangers_are_passed_over_and_sixteen_signatures_are_read() -> None:
    own = notes.make_signer("example.com/log")
    strangers = [notes.make_signer(f"stranger.example/{number}") for number in range(15)]
    checkpoint = notes.Checkpoint("example.com/log", 8, bytes(32))
    data = bytes(checkpoint.signed([*strangers, own]))
    found, note = notes.open_checkpoint(data, [own.verifier])
    assert found == checkpoint
    assert len(note.signatures) == 16
    with pytest.raises(notes.NobodyKnown):
        notes.open_checkpoint(data, [notes.make_signer("example.com/log").verifier])


def test_a_key_of_another_origin_does_not_sign_for_a_log() -> None:
    stranger = notes.make_signer("elsewhere.example/log")
    data = bytes(notes.Checkpoint("example.com/log", 8, bytes(32)).signed([stranger]))
    with pytest.raises(notes.NobodyKnown):
        notes.open_checkpoint(data, [stranger.verifier])


def test_a_key_survives_its_file() -> None:
    made = notes.make_signer("example.com/log")
    assert notes.signer(made.line) == made
    assert made.line.startswith("PRIVATE+KEY+example.com/log+")
    assert notes.verifier(made.verifier.vkey) == made.verifier


def test_a_witness_states_its_time() -> None:
    witness = notes.make_signer("library.example/witness", notes.COSIGNATURE)
    log = notes.make_signer("example.com/log")
    checkpoint = notes.Checkpoint("example.com/log", 8, bytes(32))
    note = checkpoint.signed([log])
    both = notes.parse_note(bytes(note) + witness.sign(note.text, 1_796_000_000).encode())
    assert both.signed_by([witness.verifier]) == [witness.verifier]
    signature = both.signatures[-1][2]
    assert int.from_bytes(signature[:8], "big") == 1_796_000_000
    later = (1_796_000_001).to_bytes(8, "big") + signature[8:]
    assert not witness.verifier.verifies(note.text, later)


@pytest.mark.parametrize("broken", [
    b"", b"text\n", b"text\n\n", b"text\n\n\xe2\x80\x94 name\n", b"text\n\n- name AAAAAAAA\n", b"\xff\n\n- a b\n",
    "text\n\n— na+me AAAAAAAA\n".encode(), "text\n\n— name AAAAAAAA".encode(), "text\r\n\n— name AAAAAAAA\n".encode(),
    "text\n\n— name AAAA\n".encode(), "text\n\n— name AAAAAAA=\n— name A\n".encode(), "text\n\n— name  AAAAAAAA\n".encode(),
])  # fmt: skip
def test_what_is_no_note_is_refused(broken: bytes) -> None:
    with pytest.raises(notes.NoteBroken):
        notes.parse_note(broken)


@pytest.mark.parametrize("text", ["origin\n", "origin\n08\n{h}\n", "origin\n8\nAAAA\n", "\n8\n{h}\n", "origin\n-1\n{h}\n",
                                  "origin\n8\n{h}\n\nmore\n", "origin\n12345678901234567\n{h}\n"])  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    key = notes.make_signer("origin")
    words = text.format(h=base64.b64encode(bytes(32)).decode()).encode()
    with pytest.raises(notes.NoteBroken):
        notes.open_checkpoint(words + b"\n" + key.sign(words).encode(), [key.verifier])


@pytest.mark.parametrize("vkey", ["", "a", "a+b", "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                                  VKEY.replace("530d", "530e"), VKEY[:-4], VKEY + "\n", VKEY.replace("Aeky", "Beky")])  # fmt: skip
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(notes.NoteBroken):
        notes.verifier(vkey)


def test_a_broken_private_key_does_not_show_itself() -> None:
    line = notes.make_signer("example.com/log").line
    for broken in (line[:-4], line.replace("example", "elsewhere"), "secret words"):
        with pytest.raises(notes.NoteBroken) as caught:
            notes.signer(broken)
        assert line[-20:] not in str(caught.value)


def test_equal_values_have_equal_bytes() -> None:
    assert canonical({"b": 1, "a": ["é“", None, True, '\x07\n"\\/\u2028']}) == (
        '{"a":["é“",null,true,"\\u0007\\n\\"\\\\/\u2028"],"b":1}'.encode()
    )


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1: 2}, {"名": 1}, "\ud800", b"bytes"])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each with a message of its own
        canonical(value)
