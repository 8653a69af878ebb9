"""Having a file looked at by limited children: what it is, what it tells, and its thumbnails."""

import dataclasses
import os
from typing import Any

from datasets.actions.render import (
    decode_limits,
    decode_problem,
    image_limits,
    is_streamed,
    limits_for,
    measures_of,
    stream_limits,
    thumbnail_of,
)
from datasets.imaging.formats import STREAMED, Format
from datasets.imaging.inspect import Inspected, check_size
from datasets.imaging.sizes import (
    DISPLAY_QUALITY,
    INGEST_SIZES,
    LARGE_DISPLAY_NAME,
    LARGE_DISPLAY_SIDE,
    thumbnail_name,
)
from datasets.storage import Staged
from modelship.lib.errors import Unprocessable
from modelship.lib.limited import LimitExceeded, Limits, run_limited


def examined(stage: Staged, kind: Format, folder: str) -> Inspected:
    """The facts, with thumbnails in `folder`. What is too large to decode whole is streamed if its format allows."""
    try:
        return _examined_whole(stage, kind, folder)
    except Unprocessable as problem:
        size = problem.extra.get("width", 0), problem.extra.get("height", 0)
        if kind.name not in STREAMED or not (all(size) and is_streamed(*size)):
            raise
    check_size(*size, stream_limits())
    return _examined_streamed(stage, kind, folder, limits_for(*size))


def _examined_streamed(stage: Staged, kind: Format, folder: str, limits: Limits) -> Inspected:
    display = (LARGE_DISPLAY_NAME, LARGE_DISPLAY_SIDE, DISPLAY_QUALITY)
    try:
        facts: Inspected = run_limited(
            "datasets.imaging.streamed:examine_streamed",
            stage.path,
            kind.name,
            stream_limits(),
            folder,
            display,
            limits=limits,
        )
    except LimitExceeded as error:
        raise decode_problem(error) from error
    for size in INGEST_SIZES:
        thumbnail_of(
            os.path.join(folder, LARGE_DISPLAY_NAME), os.path.join(folder, thumbnail_name(size)), size
        )
    return dataclasses.replace(
        facts, measures=measures_of(os.path.join(folder, thumbnail_name(INGEST_SIZES[0])))
    )


def _examined_whole(stage: Staged, kind: Format, folder: str) -> Inspected:
    try:
        facts: Inspected = run_limited(
            "datasets.imaging.renditions:examine",
            stage.path,
            kind.name,
            image_limits(),
            folder,
            INGEST_SIZES,
            limits=decode_limits(),
        )
    except LimitExceeded as error:
        raise decode_problem(error) from error
    return facts


def intrinsic_of(facts: Inspected) -> dict[str, Any]:
    """What the file tells of itself, besides what has a column."""
    plain = {"mode": facts.mode, "bits": facts.bits, "frames": facts.frames, "has_gps": facts.has_gps}
    return plain | facts.told
