"""The hash that links an audit entry to the one before it."""

import hashlib
import json
from datetime import datetime
from typing import Any


def digest_of(previous: str, number: int, at: datetime, *content: Any) -> str:
    """SHA-256 over a canonical JSON of the predecessor's digest, the place in the chain and the content."""
    body = json.dumps([previous, number, at.isoformat(), *content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()
