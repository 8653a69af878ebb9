"""The canonical export of a dataset: the JSON export without what counts revisions."""

import io
from typing import Any

import orjson

from annotations.actions.export import write_export
from annotations.contents import contents_of
from annotations.export_order import ExportOrder
from datasets.models import Dataset

EVERYTHING = ExportOrder("json", states=("proposed", "accepted", "rejected"))


def canonical(dataset: Dataset, number: int | None = None) -> bytes:
    """Of a version, or of the dataset as it is now."""
    dataset = Dataset.objects.get(pk=dataset.pk)
    file = io.BytesIO()
    write_export(contents_of(dataset, number), EVERYTHING, file, lambda done, total: None)
    document: dict[str, Any] = orjson.loads(file.getvalue())
    del document["version"]
    for image in document["images"]:
        for box in image["boxes"]:
            del box["seq"], box["updated_by"]
    return orjson.dumps(document)
