"""What the pages of a round show: measures in words, a matrix of pairs, and disputes as small pictures."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from annotations.geometry import Geometry, corners
from annotations.queries import classes_of

MEASURES = (
    ("alpha", "Krippendorff's α", "Over all objects and people; 1 is full agreement, 0 what chance gives."),
    ("kappa", "Fleiss' κ", "The same for people who all did the same pictures."),
    ("f1", "F1 of pairs", "The share of marks that two people made with one class."),
    ("mean_overlap", "Mean IoU", "How far the marks overlap that go together."),
)
# Around the marks of a dispute so much of their size is shown, and at least so many pixels.
MARGIN, LEAST = 0.6, 24.0
# The side of the picture that is cut out from.
SIDE = 1024


def agreement_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"title": title, "value": told[key], "meaning": meaning} for key, title, meaning in MEASURES]


def matrix_of(pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row and a column for each of the people, with Cohen's kappa and the F1 of each two."""
    people: dict[str, str] = {}
    for pair in pairs:
        people |= {person["id"]: person["name"] for person in pair["people"]}
    known = {frozenset(person["id"] for person in pair["people"]): pair for pair in pairs}
    order = sorted(people, key=lambda uid: (people[uid].lower(), uid))
    rows = [
        {
            "name": people[row],
            "cells": [known.get(frozenset((row, column))) if row != column else None for column in order],
        }
        for row in order
    ]
    return {"names": [people[uid] for uid in order], "rows": rows}


def dispute_views(shown: Mapping[str, Any], project_id: UUID) -> list[dict[str, Any]]:
    """Each dispute with the part of the picture that it is about, and everybody's marks in it."""
    labels = {label["id"]: label for label in classes_of(project_id)}
    return [_view(dispute, shown, labels) for dispute in shown["disputes"]]


def _view(dispute: Mapping[str, Any], shown: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    boxes = [mark["box"] for mark in dispute["marks"]]
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right, bottom = max(box["x"] + box["w"] for box in boxes), max(box["y"] + box["h"] for box in boxes)
    around = max(LEAST, MARGIN * max(right - left, bottom - top))
    marks = []
    for at, mark in enumerate(dispute["marks"]):
        said = mark["box"]["class_id"]
        marks.append(
            {
                **mark,
                "label": labels.get(str(said)) if said else None,
                "points": _outline(mark["box"]),
                "closed": mark["box"]["shape"] in ("box", "polygon"),
                "order": at % 4,
            }
        )
    silent = [one["name"] for one in shown["people"] if one["id"] not in {mark["person"] for mark in marks}]
    return {
        "id": dispute["id"],
        "marks": marks,
        "silent": silent,
        "view": f"{left - around:.1f} {top - around:.1f} {right - left + 2 * around:.1f} {bottom - top + 2 * around:.1f}",
        "side": SIDE,
    }


def _outline(box: Mapping[str, Any]) -> str:
    if box["points"]:
        places = [(point[0], point[1]) for point in box["points"]]
    else:
        places = corners(Geometry(box["x"], box["y"], box["w"], box["h"], box["rotation"]))
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
