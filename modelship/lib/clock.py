"""The one source of the time, so that tests can see where it is read."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def wire(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, as every door writes it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
