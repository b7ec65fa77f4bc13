"""A passkey in a few lines: what a phone does with its chip, done with an ordinary key (WebAuthn level 2)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

PRESENT_AND_VERIFIED = 0x05
WITH_KEY = 0x40


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SoftKey:
    """One passkey for one site.

    :param origin: what the browser says where it is; the site's name follows from it unless given
    """

    origin: str = "http://localhost:8000"
    site: str = "localhost"
    counter: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _about(self, flags: int) -> bytes:
        self.counter += 1
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {
            "type": f"webauthn.{kind}",
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, **response: bytes) -> str:
        body: dict[str, Any] = {
            "id": plain(self.id), "rawId": plain(self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {name: plain(value) for name, value in response.items()},
        }  # fmt: skip
        return json.dumps(body)

    def makes(self, asked: str) -> str:
        """The browser's answer to being asked for a new passkey."""
        key = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        about = self._about(PRESENT_AND_VERIFIED | WITH_KEY)
        about += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": about})
        client = self._client("create", json.loads(asked)["challenge"])
        return self._answer(clientDataJSON=client, attestationObject=attested)

    def shows(self, asked: str) -> str:
        """The browser's answer to being asked to show one."""
        client = self._client("get", json.loads(asked)["challenge"])
        about = self._about(PRESENT_AND_VERIFIED)
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=about, signature=signature)
