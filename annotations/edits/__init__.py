"""Edits of a canvas, without a database: read them strictly, judge them, fold them.

The state of a canvas is the fold of its log, so everything that decides what an edit does lives
here, and both the write path and the history use the same functions.
"""

from annotations.edits.judging import Judged, Rules, judge
from annotations.edits.messages import edits_message, log_entry
from annotations.edits.parsing import MAX_EDITS, Edit, parse_batch
from annotations.edits.state import BoxState, Dropped, fold, fold_log

__all__ = [
    "MAX_EDITS",
    "BoxState",
    "Dropped",
    "Edit",
    "Judged",
    "Rules",
    "edits_message",
    "fold",
    "fold_log",
    "judge",
    "log_entry",
    "parse_batch",
]
