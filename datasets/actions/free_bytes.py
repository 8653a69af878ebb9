"""Deleting stored bytes that nothing holds any more."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import ManyToOneRel

from datasets.models import Blob
from datasets.storage import delete_bytes
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.actions import enqueue
from modelship.usage.actions import give_back
from modelship.usage.resources import STORAGE

KIND = "datasets.free_bytes"


def free_later(actor: Actor) -> None:
    """Queue the job that frees whatever the tenant no longer holds, in the caller's transaction."""
    enqueue(KIND, tenant=actor.tenant, args={}, actor=actor, dedupe_key=KIND)


def unheld(tenant: Tenant) -> Iterator[int]:
    """The ids of the tenant's blobs that no row refers to."""
    rows = Blob.objects.filter(tenant=tenant)
    for model, field in _holders():
        rows = rows.exclude(pk__in=model._base_manager.filter(**{f"{field}__isnull": False}).values(field))
    return rows.values_list("pk", flat=True).iterator(chunk_size=1000)


@transaction.atomic
def free_blob(blob_id: int) -> bool:
    """Delete a blob, its bytes and what was derived from them, unless something holds it. True when it is gone.

    The row stays locked until the bytes are gone: an upload of the same bytes at this moment finds its
    row missing and stores them again.
    """
    blob = Blob.objects.select_for_update().filter(pk=blob_id).first()
    if blob is None:
        return True
    if any(model._base_manager.filter(**{field: blob}).exists() for model, field in _holders()):
        return False
    Blob.objects.filter(pk=blob_id).delete()
    delete_bytes(blob)
    give_back(blob.tenant, STORAGE, blob.size)
    return True


def _holders() -> list[tuple]:
    """Every model with a foreign key to Blob: also those of apps that this one may not import.

    `related_objects` would leave out the keys that have no name on Blob's side.
    """
    relations = Blob._meta.get_fields(include_hidden=True)
    return [(one.related_model, one.field.name) for one in relations if isinstance(one, ManyToOneRel)]
