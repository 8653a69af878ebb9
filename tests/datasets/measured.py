"""Pictures as rows with measures, for tests that need no bytes."""

from typing import Any

from datasets.models import Blob, Dataset, Image


def image_with(dataset: Dataset, **fields: Any) -> Image:
    """One image without bytes; what is not named is unremarkable."""
    return images_with(dataset, [fields])[0]


def images_with(dataset: Dataset, rows: list[dict[str, Any]]) -> list[Image]:
    """Many of them, in order."""
    start = dataset.next_ordinal
    dataset.next_ordinal += len(rows)
    dataset.save(update_fields=["next_ordinal"])
    made = []
    for ordinal, fields in enumerate(rows, start=start):
        blob = fields.pop("blob", None) or Blob(
            tenant=dataset.tenant, sha256=f"{dataset.id.hex}{ordinal:032x}", size=1, content_type="image/png"
        )
        usual: dict[str, Any] = {
            "filename": f"{ordinal}.png",
            "width": 640,
            "height": 480,
            "format": "PNG",
            "sharpness": 500.0,
            "brightness": 120.0,
        }
        made.append(
            Image(tenant=dataset.tenant, dataset=dataset, blob=blob, ordinal=ordinal, **{**usual, **fields})
        )
    Blob.objects.bulk_create([image.blob for image in made if image.blob.pk is None])
    return Image.objects.bulk_create(made)
