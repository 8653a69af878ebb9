"""What Google and Microsoft check before they answer, written from their documents and not with their SDKs."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Wherever the tokens are asked for.
AUDIENCE = "https://oauth2.googleapis.com/token"
READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only"
# In the order of the string to sign: the lines of a request that have a place of their own.
SIGNED_HEADS = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)
SIGNED_FIELDS = ("sp", "st", "se", "", "si", "sip", "spr", "sv", "sr", "", "ses", *("",) * 5)


class ServiceAccount:
    """A Google service account: the key file that people paste, and the check of what is signed with it."""

    email = "quay@harbour.iam.gserviceaccount.com"

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def key_file(self, token_uri: str) -> str:
        told = {
            "type": "service_account",
            "project_id": "harbour",
            "private_key_id": "k1",
            "private_key": self.pem,
            "client_email": self.email,
            "token_uri": token_uri,
        }
        return json.dumps(told)

    def refusal(self, form: dict[str, str]) -> str:
        """Why a token is not given for a form, or ""."""
        head, claims, signature = form.get("assertion", "..").split(".")
        if form.get("grant_type") != GRANT or json.loads(_decoded(head)).get("alg") != "RS256":
            return "unsupported_grant_type"
        try:
            self.private.public_key().verify(
                _decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return "invalid_grant"
        told: dict[str, Any] = json.loads(_decoded(claims))
        is_now = told["iat"] <= time.time() + 5 and time.time() < told["exp"] <= told["iat"] + 3600
        wanted = (self.email, AUDIENCE, READ_ONLY)
        is_right = (told["iss"], told["aud"], told["scope"]) == wanted
        return "" if is_now and is_right else "invalid_grant"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signed(text: str, key: str) -> str:
    return base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)).decode()


def shared_key_is_right(verb: str, target: str, heads: Any, account: str, key: str) -> bool:
    """`Authorization: SharedKey account:signature`, as the Blob service checks it."""
    parts = urlsplit(target)
    lines = [heads.get(name, "") for name in SIGNED_HEADS]
    # An empty body is signed as nothing.
    lines[2] = "" if lines[2] == "0" else lines[2]
    own = sorted(
        (name.lower(), value.strip()) for name, value in heads.items() if name.lower().startswith("x-ms-")
    )
    asked = sorted((name.lower(), value) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    text = "\n".join(
        [
            verb,
            *lines,
            *(f"{name}:{value}" for name, value in own),
            f"/{account}{parts.path}",
            *(f"{name}:{value}" for name, value in asked),
        ]
    )
    expected = f"SharedKey {account}:{_signed(text, key)}"
    return hmac.compare_digest(heads.get("Authorization", ""), expected)


def sas_is_right(target: str, container: str, account: str, key: str) -> bool:
    """A service signature for a container, with its end and its rights, as of version 2020-12-06."""
    asked = dict(parse_qsl(urlsplit(target).query))
    values = [asked.get(name, "") for name in SIGNED_FIELDS]
    values[3] = f"/blob/{account}/{container}"
    is_signed = hmac.compare_digest(asked.get("sig", ""), _signed("\n".join(values), key))
    if not is_signed or asked.get("sr") != "c":
        return False
    ends = datetime.fromisoformat(asked["se"].replace("Z", "+00:00"))
    need = "l" if asked.get("comp") == "list" else "r"
    is_inside = unquote(urlsplit(target).path).split("/")[1] == container
    return is_inside and need in asked["sp"] and datetime.now(UTC) < ends
