"""What people have reviewed in a dataset: approved pictures with the boxes that hold, or answered texts."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from annotations.models import Box
from annotations.queries import boxes_by_image, seqs_of
from datasets.models import Dataset, Image
from inference.models import Text
from inference.text_queries import REVIEWED, texts_in

IMAGES, TEXTS = "images", "texts"
COLUMNS = ("id", "filename", "blob__sha256", "width", "height", "split", "ordinal", "box_count")


def usual_kind(dataset: Dataset) -> str:
    """What is meant where nobody says: texts, where there are texts and no pictures."""
    has_only_texts = not dataset.images.exists() and Text.objects.filter(dataset=dataset).exists()
    return TEXTS if has_only_texts else IMAGES


def approved_rows(dataset: Dataset) -> QuerySet[Image, dict[str, Any]]:
    """The kept pictures whose review is over, as rows for `approved_dict`; no model instances."""
    return dataset.images.kept().filter(state=Image.State.APPROVED).values(*COLUMNS)


def reviewed_texts(dataset: Dataset) -> QuerySet[Text]:
    return texts_in(dataset).filter(state__in=REVIEWED)


def weight_of(row: Mapping[str, Any]) -> int:
    """How much a picture adds to a page."""
    return row["box_count"]


def approved_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """The wire shape of a picture whose boxes are still to come."""
    return {
        "id": row["id"],
        "filename": row["filename"],
        "sha256": row["blob__sha256"],
        "width": row["width"],
        "height": row["height"],
        "state": Image.State.APPROVED,
        "split": row["split"] or None,
        "ordinal": row["ordinal"],
    }


def with_boxes(pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pictures with their accepted boxes and tags, oldest first, and the revision that they are of."""
    ids = [picture["id"] for picture in pictures]
    # The revisions first: boxes are then of these or later ones, and a client that compares them asks once too often.
    seqs, boxes = seqs_of(ids), boxes_by_image(ids, states=[Box.State.ACCEPTED])
    return [
        {**one, "id": str(one["id"]), "seq": seqs.get(one["id"], 0), "boxes": boxes.get(one["id"], [])}
        for one in pictures
    ]
