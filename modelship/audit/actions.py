"""Writing the trail, inside the transaction of the change that it tells of."""

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


@transaction.atomic
def record(actor: Doer, verb: str, subject: str, **facts: Any) -> AuditEntry:
    """Append one entry; `verb` is past tense (`image.created`), `subject` is `kind:id`."""
    AuditHead.objects.get_or_create(tenant=actor.tenant)
    head = AuditHead.objects.select_for_update().get(tenant=actor.tenant)
    number, at, who = head.number + 1, now(), actor.wire()
    digest = digest_of(head.digest, number, at, who, verb, subject, facts)
    entry = AuditEntry.objects.create(
        tenant=actor.tenant,
        number=number,
        at=at,
        actor=who,
        verb=verb,
        subject=subject,
        facts=facts,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        previous=head.digest,
        digest=digest,
    )
    AuditHead.objects.filter(pk=head.pk).update(number=number, digest=digest)
    return entry
