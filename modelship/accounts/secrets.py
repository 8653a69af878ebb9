"""Making and hashing API keys. The secret has 256 random bits, so a plain SHA-256 is enough."""

import hashlib
import secrets

PREFIX_LENGTH = 11


def new_secret() -> str:
    return f"ms_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def prefix_of(secret: str) -> str:
    """The part that lists show, so that people can tell their keys apart."""
    return secret[:PREFIX_LENGTH]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
