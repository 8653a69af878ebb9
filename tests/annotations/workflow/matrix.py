"""Who may do what to a picture in which state: the table that the tests walk, and what its words mean at a door."""

import csv
from pathlib import Path
from typing import Any, NamedTuple

PEOPLE = ("viewer", "annotator", "reviewer", "manager", "owner", "stranger")
# How to get a picture there, by an owner.
WAYS = {
    "open": (),
    "submitted": ("submit",),
    "changes_requested": ("submit", "reject"),
    "approved": ("submit", "approve"),
}
# What a door answers: its status and code. `same` takes a step that was taken already, `none` one that the project lacks.
ANSWERS: dict[str, tuple[int, str | None]] = {
    "yes": (200, None),
    "same": (200, None),
    "role": (403, "forbidden"),
    "locked": (403, "locked"),
    "state": (409, "wrong_state"),
    "none": (409, "no_such_step"),
    "hidden": (404, "not_found"),
}


class Row(NamedTuple):
    """One line of the table: the answer for each of PEOPLE."""

    workflow: str
    state: str
    action: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.workflow}-{self.state}-{self.action}"


def read() -> list[Row]:
    with (Path(__file__).parent / "matrix.csv").open() as file:
        lines: list[dict[str, Any]] = list(csv.DictReader(file))
    return [
        Row(line["workflow"], line["state"], line["action"], {who: line[who] for who in PEOPLE})
        for line in lines
    ]


def way_to(state: str, steps: set[str]) -> list[str]:
    """The steps to the state that a project with these steps has."""
    return [step for step in WAYS[state] if step in steps]
