"""Keeping small secrets in the database unreadable without the server's key.

Each purpose has a key of its own, derived by HKDF, so that what is sealed for one opens for no other.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(ValueError):
    """It was sealed with a key that is not among these, or damaged."""


def seal(text: str, keys: Sequence[str], purpose: str) -> str:
    """Encrypted and authenticated with the first key."""
    return _box(keys, purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, keys: Sequence[str], purpose: str) -> str:
    """Tries each key in turn, so that old ones still open. Raises Unreadable."""
    try:
        return _box(keys, purpose).decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Unreadable from error


def _box(keys: Sequence[str], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return urlsafe_b64encode(derive.derive(key.encode()))
