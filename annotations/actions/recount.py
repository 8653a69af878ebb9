"""Putting right what a picture says of its boxes, where something wrote past the write path."""

from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import Growth, lock_canvas, settle_images
from annotations.counter_queries import miscounts
from datasets.models import Image


@transaction.atomic
def recount(image_id: UUID) -> None:
    """Make the counters of an image what its boxes say; nothing where they are, or where it is gone."""
    images = Image.objects.filter(pk=image_id)
    if not images.exists():
        return
    canvas = lock_canvas(image_id)
    for found in miscounts(images):
        shown = found.true.boxes - found.stored.boxes
        settle_images([Growth(canvas, shown, found.true.proposals - found.stored.proposals)])
