"""Counts by class beside a list."""

from typing import Any
from urllib.parse import urlencode

import pytest

from annotations import search_queries
from annotations.models import Box, Canvas, LabelClass
from datasets.models import Dataset, Image
from modelship.lib.ids import new_id
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    """Boats on 0 and 1, a crane on 1, and on 2 boxes that say nothing any more."""
    images = seed_images(dataset, {"split": "train"}, {}, {})
    boat, crane = LabelClass.objects.filter(project=dataset.project).order_by("order")

    def box(at: int, label: LabelClass, **fields: Any) -> None:
        canvas, _ = Canvas.objects.get_or_create(image=images[at])
        Box.objects.create(
            canvas=canvas, uid=new_id(), label=label, x=0, y=0, w=5, h=5, created_seq=1, seq=1, **fields
        )

    box(0, boat)
    box(0, boat, state="proposed")
    box(1, boat)
    box(1, crane)
    box(2, boat, deleted=True)
    box(2, crane, state="rejected")
    return images


def counts(person: Person, dataset: Dataset, line: str = "") -> dict[str, int | None]:
    answer = person.api.get(f"/api/v1/datasets/{dataset.id}/facets?{urlencode({'q': line})}").json()
    return {found["name"]: found["count"] for found in answer["facets"]["class"]}


@pytest.mark.usefixtures("images")
def test_a_class_counts_pictures_and_not_boxes(alice: Person, dataset: Dataset):
    assert counts(alice, dataset) == {"boat": 2, "crane": 1}
    assert counts(alice, dataset, "split:train") == {"boat": 1, "crane": 0}
    assert counts(alice, dataset, "class:crane") == {"boat": 2, "crane": 1}


@pytest.mark.usefixtures("images")
def test_of_too_many_pictures_a_few_tell_nothing(
    alice: Person, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(search_queries, "COUNTED", 1)

    assert counts(alice, dataset) == {"boat": None, "crane": None}
    assert counts(alice, dataset, "class:crane") == {"boat": None, "crane": None}
    assert counts(alice, dataset, "split:train") == {"boat": 1, "crane": 0}


@pytest.mark.usefixtures("images")
def test_only_classes_of_the_project_are_named(alice: Person, charlie: Person, dataset: Dataset):
    answer = alice.api.get(f"/api/v1/datasets/{dataset.id}/facets").json()["facets"]["class"]

    label = LabelClass.objects.get(name="boat")
    assert answer[0] == {"id": str(label.id), "name": "boat", "color": "#0072b2", "count": 2}
    assert charlie.api.get(f"/api/v1/datasets/{dataset.id}/facets").status_code == 404
