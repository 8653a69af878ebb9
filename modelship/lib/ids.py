"""Identifiers: random UUIDs for rows, name-based ones for work that may run twice."""

import uuid


def new_id() -> uuid.UUID:
    return uuid.uuid4()


def derived_id(*parts: object) -> uuid.UUID:
    """The same parts give the same id: a retried job's edits carry the op ids of its first run."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(str(part) for part in parts))
