"""Writing the trail, inside the transaction of the change that it tells of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from django.db import transaction

from modelship.audit.chain import digest_of
from modelship.audit.models import AuditEntry, AuditHead
from modelship.lib.clock import now


class Doer(Protocol):
    """Anything with a tenant and a name on the wire: an Actor."""

    @property
    def tenant(self) -> Any: ...

    def wire(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Fact:
    """What happened: `verb` is past tense (`image.created`), `subject` is `kind:id`."""

    verb: str
    subject: str
    told: dict[str, Any]


def record(actor: Doer, verb: str, subject: str, **facts: Any) -> AuditEntry:
    """Append one entry."""
    [entry] = record_all(actor, [Fact(verb, subject, facts)])
    return entry


@transaction.atomic
def record_all(actor: Doer, happened: Iterable[Fact]) -> list[AuditEntry]:
    """Append an entry for each, in order: the chain is locked once for all of them."""
    head = _locked_head(actor.tenant)
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    at, who, entries = now(), actor.wire(), []
    for fact in happened:
        previous, number = head.digest, head.number + 1
        digest = digest_of(previous, number, at, who, fact.verb, fact.subject, fact.told)
        head.number, head.digest = number, digest
        entries.append(
            AuditEntry(
                tenant=actor.tenant,
                number=number,
                at=at,
                actor=who,
                verb=fact.verb,
                subject=fact.subject,
                facts=fact.told,
                request_id=request_id,
                previous=previous,
                digest=digest,
            )
        )
    AuditEntry.objects.bulk_create(entries)
    AuditHead.objects.filter(pk=head.pk).update(number=head.number, digest=head.digest)
    return entries


def _locked_head(tenant: Any) -> AuditHead:
    heads = AuditHead.objects.select_for_update().filter(tenant=tenant)
    if (head := heads.first()) is None:
        AuditHead.objects.get_or_create(tenant=tenant)
        head = heads.get()
    return head
