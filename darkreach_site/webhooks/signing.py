"""Signatures of what is sent, as the Standard Webhooks have them.

HMAC-SHA256 over `id.timestamp.body`. While a secret is being exchanged there are two
signatures, so that a receiver may know either.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret as receivers are given it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode("ascii")


def headers(
    keys: Iterable[str], name: str, seconds: int, body: bytes
) -> dict[str, str]:
    """The headers that identify, date and sign a body; seconds since 1970."""
    signed = f"{name}.{seconds}.".encode("ascii") + body
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_sign(key, signed)}" for key in keys),
    }


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
