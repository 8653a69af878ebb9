"""Where canvas rooms heal from: the edit log."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from annotations.edits import edits_message
from annotations.queries import log_since, seqs_of
from modelship.live.events import Event

# Rooms asked about in one query, and batches read at once: each may be large, and more can be asked for.
STEP, BATCHES = 500, 50


class CanvasLog:
    """The log of every canvas, as events for its room."""

    def heads(self, rooms: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(rooms), STEP):
            part = {image_of(room): room for room in rooms[start : start + STEP]}
            found |= {part[image_id]: seq for image_id, seq in seqs_of(list(part)).items()}
        return found

    def since(self, room: str, seq: int) -> list[Event]:
        return [
            Event(
                room=room,
                seq=batch["seq"],
                body=orjson.dumps(edits_message(batch)).decode(),
                ref=batch["ref"],
            )
            for batch in log_since(image_of(room), seq, BATCHES)
        ]


def image_of(room: str) -> UUID:
    return UUID(room.partition(":")[2])


canvas_log = CanvasLog()
