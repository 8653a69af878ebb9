"""Reads of the trail, and the check that nobody touched it."""

from typing import Any

from modelship.audit.chain import digest_of
from modelship.audit.models import AuditEntry, AuditHead


def first_break(tenant: Any) -> int | None:
    """The number of the first entry that is altered, missing or out of order; None for a whole chain."""
    previous, expected = "", 0
    for entry in AuditEntry.objects.filter(tenant=tenant).order_by("number").iterator(2000):
        expected += 1
        digest = digest_of(
            previous, entry.number, entry.at, entry.actor, entry.verb, entry.subject, entry.facts
        )
        if entry.number != expected or entry.previous != previous or entry.digest != digest:
            return expected
        previous = digest
    head = AuditHead.objects.filter(tenant=tenant).first()
    if head is not None and (head.number, head.digest) != (expected, previous):
        return expected + 1
    return None
