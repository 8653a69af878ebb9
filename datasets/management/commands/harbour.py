"""Any number of drawn ports as files: pictures, and their truth as COCO."""

import argparse
import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from datasets.harbour import CLASSES, View, draw
from datasets.harbour.scene import Scene

LEAST_SIDE, MOST_SIDE = 64, 12_000
SIZE = re.compile(r"(\d+)x(\d+)")


class Command(BaseCommand):
    help = "Draw aerial views of ports into a folder, with their exact boxes in instances.json (COCO)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--count", type=int, default=12)
        parser.add_argument("--first-seed", type=int, default=1, help="the same seed draws the same port")
        parser.add_argument(
            "--size", type=size, action="append", help="WIDTHxHEIGHT; several take turns (default: 1600x1200)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["count"] < 1 or options["first_seed"] < 0:
            raise CommandError("Draw one port at least, from a seed of 0 or more.")
        folder, sizes = options["folder"], options["size"] or [(1600, 1200)]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            truth = self.drawn(folder, options["count"], options["first_seed"], sizes)
            (folder / "instances.json").write_text(json.dumps(truth))
        except OSError as error:
            raise CommandError(f"{folder} can't be written: {error.strerror}.") from error
        boxes = len(truth["annotations"])
        self.stdout.write(f"Drew {options['count']} ports with {boxes:,} boxes into {folder}.")

    def drawn(self, folder: Path, count: int, first: int, sizes: list[tuple[int, int]]) -> dict[str, Any]:
        categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
        truth: dict[str, Any] = {"images": [], "annotations": [], "categories": categories}
        for number in range(1, count + 1):
            width, height = sizes[(number - 1) % len(sizes)]
            view = View(first + number - 1, width, height)
            scene = draw(view)
            name = f"harbour-{view.seed}.jpg"
            (folder / name).write_bytes(scene.jpeg())
            truth["images"].append({"id": number, "file_name": name, "width": width, "height": height})
            truth["annotations"] += rows_of(scene, number, len(truth["annotations"]))
        return truth


def rows_of(scene: Scene, image: int, before: int) -> list[dict[str, Any]]:
    return [
        {
            "id": before + at,
            "image_id": image,
            "category_id": CLASSES.index(thing.name) + 1,
            "bbox": [thing.x, thing.y, thing.w, thing.h],
            "area": round(thing.w * thing.h, 2),
            "iscrowd": 0,
        }
        for at, thing in enumerate(scene.things, 1)
    ]


def size(text: str) -> tuple[int, int]:
    found = SIZE.fullmatch(text)
    sides = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(LEAST_SIDE <= side <= MOST_SIDE for side in sides):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no size: write 1600x1200, sides from {LEAST_SIDE} to {MOST_SIDE}."
        )
    return sides
