"""Rows of pictures without files, for lists: what a search reads is all in the row."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datasets.models import Blob, Dataset, Image

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def seed_images(dataset: Dataset, *rows: dict[str, Any]) -> list[Image]:
    """One picture per row, in gallery order, an hour apart."""
    first = dataset.next_ordinal
    dataset.next_ordinal = first + len(rows)
    dataset.save(update_fields=["next_ordinal"])
    blobs = Blob.objects.bulk_create(
        Blob(
            tenant=dataset.tenant,
            sha256=f"{dataset.id.hex}{at:032x}",
            size=1000 + at,
            content_type="image/png",
        )
        for at in range(first, first + len(rows))
    )
    defaults = {"width": 40, "height": 20, "format": "PNG", "created_by": dataset.created_by}
    return Image.objects.bulk_create(
        Image(
            tenant=dataset.tenant,
            dataset=dataset,
            blob=blob,
            ordinal=first + at,
            created_at=START + timedelta(hours=at),
            **{"filename": f"{at}.png", **defaults, **row},
        )
        for at, (blob, row) in enumerate(zip(blobs, rows, strict=True))
    )
