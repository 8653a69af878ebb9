"""What comes beside the edits of a batch; the socket and REST read it alike."""

from typing import Any

from annotations.edits.fields import BadField, read_id
from modelship.lib.errors import BadRequest


def seq_of(value: Any, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise BadRequest(f"'{name}' must be a whole number or null.", field=name)
    return value


def ref_of(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return read_id(value)
    except BadField as problem:
        raise BadRequest("'ref' must be a UUID of the batch's own.", field="ref") from problem
