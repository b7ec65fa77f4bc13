"""Keys and what is made with them: keyed hashes, receipts, encryption at rest. Knows no model."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

RECEIPT_DIGITS = 12


@lru_cache(maxsize=32)
def _derived(purpose: str) -> bytes:
    return hmac.new(settings.DATA_KEY.encode(), purpose.encode(), hashlib.sha256).digest()


def keyed_hash(purpose: str, value: str) -> str:
    """A hash that only this installation can compute (HMAC-SHA256, RFC 2104), as 64 hex digits.

    :param purpose: separates uses, so that equal values in two columns do not show as equal
    """
    return hmac.new(_derived(purpose), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def make_receipt(nonce: str) -> str:
    """The twelve digits that stand for ``nonce``: derived, so that they need not be stored."""
    digest = hmac.new(_derived("receipt"), nonce.encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:16], "big") % 10**RECEIPT_DIGITS).zfill(RECEIPT_DIGITS)


def make_nonce() -> str:
    """128 random bits as text (a receipt's seed, a secret link)."""
    return secrets.token_urlsafe(16)


@lru_cache(maxsize=1)
def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived("contact")))])


def encrypt(text: str) -> str:
    """Encrypt contact data for storage (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Read what :func:`encrypt` wrote.

    :raises cryptography.fernet.InvalidToken: when the key is another one
    """
    return _cipher().decrypt(text.encode()).decode()
