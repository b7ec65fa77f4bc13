"""Codes that change every thirty seconds (TOTP, RFC 6238) and codes on paper: pure functions, no tables."""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

# What every authenticator app can do; RFC 6238 with the defaults of RFC 4226.
DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20
# A phone's clock may be off by one step in either direction, and a person types slowly.
DRIFT = (-1, 0, 1)
# ASVS 5.0 6.5.4: at least 20 bits; ten characters of 32 are 50. Without letters that look like digits.
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 10
RECOVERY_CODES = 10


def make_secret() -> str:
    """A new shared secret as text (base32), as an app takes it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _generator(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - HMAC-SHA1, what apps speak


def code_at(secret: str, moment: datetime) -> str:
    """The code that an app shows at a moment."""
    return _generator(secret).generate(int(moment.timestamp())).decode()


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step a code belongs to; ``None`` when it is wrong, too old, or of a step already used."""
    generator, typed = _generator(secret), digits(code).encode("ascii", "ignore")
    this = int(now.timestamp()) // STEP_SECONDS
    for step in (this + drift for drift in DRIFT):
        fits = secrets.compare_digest(generator.generate(step * STEP_SECONDS), typed)
        if fits and step > last_step:
            return step
    return None


def address(secret: str, username: str, issuer: str) -> str:
    """The ``otpauth:`` address that a QR code carries into an app."""
    return _generator(secret).get_provisioning_uri(username, issuer)


def digits(typed: str) -> str:
    """What was typed without spaces and dashes, full-width digits as plain ones."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed)).lower()


def make_paper_code() -> str:
    """One code to be kept on paper or handed over, as ``xxxxx-xxxxx``."""
    text = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
    half = RECOVERY_LENGTH // 2
    return f"{text[:half]}-{text[half:]}"
