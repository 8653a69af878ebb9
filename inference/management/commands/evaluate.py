"""How well a detector finds the harbour's things: average precision on ports that it has never seen."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from datasets.harbour import CLASSES
from inference.actions.builtin import MERGE, NAME, SLICE, install_builtin
from inference.models import DetectorModel
from inference.options import DetectOptions
from inference.scoring import Precisions, summary_of
from inference.trial import FIRST_SEED, SIZES, Trial, compared, trials, views
from modelship.lib.errors import Problem

WAYS = ("whole", "sliced")
# Below this a detector's guesses no longer move the average precision.
CONFIDENCE = 0.05


class Command(BaseCommand):
    help = "Print the average precision of a detector on drawn harbours, whole pictures against slices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", default=NAME, help="name of an installed detector")
        parser.add_argument("--scenes", type=int, default=50)
        parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
        parser.add_argument("--slice", type=int, default=SLICE["size"], help="side of a slice in pixels")
        parser.add_argument("--overlap", type=float, default=SLICE["overlap"])
        parser.add_argument("--confidence", type=float, default=CONFIDENCE)
        parser.add_argument("--floor", type=float, default=0.0, help="fail below this sliced AP50")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scenes"] < 1:
            raise CommandError("Evaluate on one scene at least.")
        try:
            rows = self.tried(options)
        except Problem as problem:
            raise CommandError(f"{problem.detail} ({problem.code})") from problem
        table = report(rows)
        self.stdout.write(json.dumps(table) if options["json"] else printed(table))
        reached = table["all"]["sliced"]["ap50"]
        if reached < options["floor"]:
            raise CommandError(f"Sliced AP50 is {reached:.3f}, below {options['floor']:.3f}.")

    def tried(self, options: dict[str, Any]) -> list[Trial]:
        looks = looks_of(options)
        asked = views(options["scenes"], options["first_seed"])
        rows = []
        lanes = max(1, settings.MODELSHIP_INFERENCE_SESSIONS)
        for row in trials(_model(options["model"]), asked, looks, lanes=lanes):
            rows.append(row)
            self.stderr.write(
                f"{len(rows)}/{len(asked)} {row.view.width}x{row.view.height}", ending="\r", style_func=str
            )
        self.stderr.write("")
        return rows


def looks_of(options: dict[str, Any]) -> list[DetectOptions]:
    asked = {"confidence": options["confidence"]}
    slicing = {**SLICE, "size": options["slice"], "overlap": options["overlap"]}
    return [DetectOptions.read(asked), DetectOptions.read({**asked, "slice": slicing, "merge": MERGE})]


def report(rows: list[Trial]) -> dict[str, Any]:
    """Scores of both ways of looking: over all ports, and for each size of picture."""
    ways = [compared(rows, look) for look in range(len(WAYS))]
    sizes = {}
    for width, height in SIZES:
        part = [at for at, row in enumerate(rows) if (row.view.width, row.view.height) == (width, height)]
        if part:
            sizes[f"{width}x{height}"] = _summary(rows, ways, part)
    return {"all": _summary(rows, ways, range(len(rows))), "sizes": sizes}


def printed(table: dict[str, Any]) -> str:
    """The report as a table in Markdown, as it stands in the model card."""
    lines = [
        "| pictures | scenes | things | whole AP | whole AP50 | sliced AP | sliced AP50 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [_line(name, part) for name, part in {**table["sizes"], "all": table["all"]}.items()]
    lines += [
        "",
        "| class | things | whole AP | whole AP50 | sliced AP | sliced AP50 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    whole, sliced = (table["all"][way]["classes"] for way in WAYS)
    for name, one in whole.items():
        other = sliced[name]
        numbers = (one["ap"], one["ap50"], other["ap"], other["ap50"])
        lines.append(
            f"| {name} | {one['count']:,} | " + " | ".join(f"{value:.3f}" for value in numbers) + " |"
        )
    return "\n".join(lines)


def _line(name: str, part: dict[str, Any]) -> str:
    numbers = [part[way][measure] for way in WAYS for measure in ("ap", "ap50")]
    return (
        f"| {name} | {part['scenes']} | {part['things']:,} | "
        + " | ".join(f"{value:.3f}" for value in numbers)
        + " |"
    )


def _summary(rows: list[Trial], ways: list[Precisions], part: Sequence[int]) -> dict[str, Any]:
    return {
        "scenes": len(part),
        "things": sum(len(rows[at].truth) for at in part),
        **{name: summary_of(way, CLASSES, part) for name, way in zip(WAYS, ways, strict=True)},
    }


def _model(name: str) -> DetectorModel:
    if name == NAME:
        return install_builtin()
    model = DetectorModel.objects.filter(name=name).order_by("created_at").last()
    if model is None:
        raise CommandError(f"No detector called {name} is installed. Install it with install_model.")
    return model
