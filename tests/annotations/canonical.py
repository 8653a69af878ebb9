"""The canonical export of a dataset: the JSON export without what counts revisions."""

from typing import Any

import orjson

from annotations.actions.export import write_export
from annotations.actions.export_desks import passing_desk
from annotations.contents import contents_of
from annotations.export_order import ExportOrder
from datasets.models import Dataset

EVERYTHING = ExportOrder("json", states=("proposed", "accepted", "rejected"))


def canonical(dataset: Dataset, number: int | None = None) -> bytes:
    """Of a version, or of the dataset as it is now."""
    dataset = Dataset.objects.get(pk=dataset.pk)
    with passing_desk() as desk:
        write_export(contents_of(dataset, number), EVERYTHING, desk, lambda done, total: None)
        document: dict[str, Any] = orjson.loads(desk.result.read_bytes())
    del document["version"]
    for image in document["images"]:
        for box in image["boxes"]:
            del box["seq"], box["updated_by"]
    return orjson.dumps(document)
