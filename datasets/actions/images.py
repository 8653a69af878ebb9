"""Changes to single images; each is audited in its own transaction."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from datasets.actions.free_bytes import free_blob
from datasets.imaging.names import display_name
from datasets.metadata import INTRINSIC, checked, merged, read_only
from datasets.models import Image
from datasets.queries import image_dict
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Forbidden, NotFound

Precondition = Callable[[Image], None]


@transaction.atomic
def change_image(
    actor: Actor, image: Image, *, metadata: Any = None, filename: str | None = None, expect: Precondition
) -> Image:
    """Merge `metadata` in by RFC 7396 and rename; keys that nobody mentions stay.

    `expect` sees the locked row first and may raise, so a stale change is refused and two changes at
    once both land. Raises BadRequest or Unprocessable for values that may not be kept.
    """
    locked = Image.objects.select_for_update(of=("self",)).select_related("blob").filter(pk=image.pk).first()
    if locked is None:
        raise NotFound()
    expect(locked)
    if locked.state == Image.State.APPROVED:
        raise Forbidden("The image is approved. Reopen it to edit.", code="locked")
    if metadata is not None:
        locked.metadata = checked(merged(locked.metadata, _without_intrinsic(locked, metadata)))
    if filename is not None:
        locked.filename = display_name(filename)
    locked.save(update_fields=["metadata", "filename", "updated_at"])
    changed = sorted(metadata) if isinstance(metadata, dict) else []
    record(actor, "image.changed", f"image:{locked.id}", filename=locked.filename, metadata_keys=changed)
    return locked


def _without_intrinsic(image: Image, patch: Any) -> Any:
    """Somebody who sends back what they read changes nothing by it. Raises Unprocessable for anything else."""
    if not isinstance(patch, dict) or INTRINSIC not in patch:
        return patch
    if patch[INTRINSIC] != image_dict(image)["metadata"][INTRINSIC]:
        raise read_only()
    return {key: value for key, value in patch.items() if key != INTRINSIC}


@transaction.atomic
def delete_image(actor: Actor, image: Image) -> None:
    """Delete an image with all that is said about it; its bytes go too when nothing else holds them.

    Raises NotFound where somebody else deleted it meanwhile.
    """
    # The row before the audit, as everywhere: two changes at once then wait for each other in one order.
    if not Image.objects.select_for_update().filter(pk=image.pk).exists():
        raise NotFound()
    blob_id = image.blob_id
    record(
        actor,
        "image.deleted",
        f"image:{image.id}",
        dataset=str(image.dataset_id),
        filename=image.filename,
        sha256=image.blob.sha256,
    )
    image.delete()
    transaction.on_commit(lambda: free_blob(blob_id))
