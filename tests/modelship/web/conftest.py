import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image as Picture

from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from tests.people import Person


@pytest.fixture
def images(dataset: Dataset, alice: Person) -> list[Image]:
    """Three real pictures: new, with proposals, approved."""
    for number in range(3):
        out = io.BytesIO()
        Picture.new("RGB", (40, 30), (number * 60, 90, 120)).save(out, "PNG")
        ingest_image(dataset, f"quay-{number}.png", ContentFile(out.getvalue()), actor=alice.actor)
    found = list(Image.objects.filter(dataset=dataset).order_by("ordinal"))
    for image, state, boxes, proposed in zip(
        found, ("new", "proposed", "approved"), (0, 5, 2), (0, 5, 0), strict=True
    ):
        Image.objects.filter(pk=image.pk).update(state=state, box_count=boxes, proposed_count=proposed)
    return found
