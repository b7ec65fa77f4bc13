"""A signed token of a provider holds only with the provider's own key and an algorithm that we chose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.tools.provider import rsa_key, signed, text64, web_keys
from townhall.people.providers import tokens
from townhall.people.providers.base import Untrusted

CLAIMS = {"sub": "u"}


def test_the_example_of_the_standard_holds() -> None:
    # RFC 7515, A.3.
    key = {
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }  # fmt: skip
    token = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    assert tokens.read(token, [key])["iss"] == "joe"
    with pytest.raises(Untrusted):
        tokens.read(token[:-2] + "AA", [key])


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_each_algorithm_holds_with_its_key(algorithm: str) -> None:
    assert tokens.read(signed(CLAIMS, algorithm), web_keys()) == CLAIMS


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS1", "forged"])
def test_other_algorithms_and_other_keys_are_refused(algorithm: str) -> None:
    with pytest.raises(Untrusted):
        tokens.read(signed(CLAIMS, algorithm), web_keys())


def test_a_public_key_is_no_shared_secret() -> None:
    """The classic mix-up: HMAC with the text of the public key."""
    body = f"{text64(json.dumps({'alg': 'HS256', 'kid': 'large'}).encode())}.{text64(json.dumps(CLAIMS).encode())}"
    for secret in (json.dumps(web_keys()[0]).encode(), web_keys()[0]["n"].encode()):
        mac = hmac.new(secret, body.encode(), hashlib.sha256).digest()
        with pytest.raises(Untrusted):
            tokens.read(f"{body}.{text64(mac)}", web_keys())


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"kid": "unknown"},
        {"kid": "curve"},
        {"kid": ["large"]},
        {"alg": ["RS256"]},
    ],
    ids=str,
)
def test_a_header_cannot_choose_what_it_is_checked_with(header: dict[str, Any]) -> None:
    with pytest.raises(Untrusted):
        tokens.read(signed(CLAIMS, **header), web_keys())


def test_a_key_in_the_token_is_nobodys() -> None:
    theirs = rsa_key("theirs").public_key().public_numbers()
    key = {"kty": "RSA", "n": text64(theirs.n.to_bytes(256, "big")), "e": "AQAB"}
    with pytest.raises(Untrusted):
        tokens.read(signed(CLAIMS, "forged", jwk=key, jku="https://attacker.invalid/keys"), web_keys())


@pytest.mark.parametrize(
    "token",
    [
        None, 7, "", "a.b", "a.b.c.d", "é.e.e", "e30.e30.", "." * 2, "x" * 20_000,
        f"{text64(b'[]')}.e30.e30", f"{text64(b'{')}.e30.e30",
        f"{text64(b'{' + b'[' * 9000)}.e30.e30",
        base64.b64encode(b'{"alg":"RS256"}').decode() + ".e30.e30",
    ],
    ids=lambda token: repr(token)[:20],
)  # fmt: skip
def test_what_is_no_token_is_refused(token: Any) -> None:
    with pytest.raises(Untrusted):
        tokens.read(token, web_keys())


def test_a_key_too_short_or_broken_is_refused() -> None:
    for change in ({"n": "AQAB"}, {"n": None}, {"e": ""}, {"n": "*"}):
        with pytest.raises(Untrusted):
            tokens.read(signed(CLAIMS), [{**web_keys()[0], **change}])
    with pytest.raises(Untrusted):
        tokens.read(signed(CLAIMS, "ES256"), [{**web_keys()[1], "x": text64(b"\1" * 32)}])


def test_two_keys_of_one_name_are_no_key() -> None:
    with pytest.raises(tokens.UnknownKey):
        tokens.read(signed(CLAIMS), [web_keys()[0]] * 2)
