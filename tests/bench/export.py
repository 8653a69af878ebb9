"""Exports of many boxes: seconds and memory beside reading the rows alone, and beside Datumaro where it is installed.

Every measurement is a process of its own. `MODELSHIP_BENCH_PEERS` names a Python that has Datumaro (`pip install
datumaro` in an environment of its own); its part times the export call alone, with the data in its objects already.
"""

import json
import os
import statistics
import subprocess
from typing import Any

from tests.bench.report import Options, Table, ratio
from tests.bench.world import served
from tests.data import ROOT
from tests.live_clients import World

FORMATS = ("coco", "yolo", "csv")
BOXES = 20
# Datumaro's names of the formats.
PEER = {"coco": "coco_instances", "yolo": "yolo"}
PEER_IMAGES = 5_000


def run(options: Options) -> list[Table]:
    images = 50_000 if options.large else 5_000
    table = Table(
        f"Exports of {images * BOXES:,} boxes on {images:,} images (medians; a process each)",
        (
            "what",
            "seconds",
            "peak MiB",
            "beside a tenth",
            "/ reading the rows",
            f"Datumaro / ours at {PEER_IMAGES * BOXES:,}",
        ),
    )
    whole, tenth, peers = _ours(images, options), _ours(images // 10, options), _peers(options)
    at_peer = (
        tenth
        if images // 10 == PEER_IMAGES
        else (whole if images == PEER_IMAGES else _ours(PEER_IMAGES, options))
    )
    for name, found in whole.items():
        theirs = peers.get(name)
        table.add(
            name,
            round(found["seconds"], 2),
            round(found["peak"]),
            f"{ratio(found['seconds'], tenth[name]['seconds'])}, {found['peak'] - tenth[name]['peak']:+.0f} MiB",
            ratio(found["seconds"], whole["rows"]["seconds"]),
            ratio(theirs, at_peer[name]["seconds"]) if theirs else "-",
        )
    table.notes.append("Peak memory is the whole process: Django takes most of it before the first row.")
    if not peers:
        table.notes.append("Datumaro is not measured: MODELSHIP_BENCH_PEERS names no Python that has it.")
    return [table]


def _ours(images: int, options: Options) -> dict[str, dict[str, float]]:
    with served() as world:
        _told(world, f"fill({world.dataset!r}, {images}, {BOXES})")
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(options.repeats):
            for name in ("rows", *FORMATS):
                found.setdefault(name, []).append(_told(world, f"measured({world.dataset!r}, {name!r})"))
    return {
        name: {key: statistics.median(one[key] for one in ones) for key in ones[0]}
        for name, ones in found.items()
    }


def _told(world: World, call: str) -> Any:
    code = f"from tests.bench.in_process_export import *; import json; print(json.dumps({call}))"
    return json.loads(world.server.python(code).strip().splitlines()[-1])


def _peers(options: Options) -> dict[str, float]:
    python = os.environ.get("MODELSHIP_BENCH_PEERS", "")
    if not python:
        return {}
    found = {}
    for name, theirs in PEER.items():
        command = [python, str(ROOT / "tests/bench/peer_export.py"), theirs, str(PEER_IMAGES), str(BOXES)]
        seconds = [
            float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
            for _ in range(options.repeats)
        ]
        found[name] = statistics.median(seconds)
    return found
