"""The way of a picture through its review as a declared graph of states. Pure."""

from annotations.workflow.graph import (
    ACTIONS,
    APPROVED,
    CHANGES_REQUESTED,
    EDIT,
    LOCKS,
    NEEDS,
    OPEN,
    STATES,
    SUBMITTED,
    Hold,
    Step,
    Workflow,
)
from annotations.workflow.presets import DEFAULT, PRESETS, preset_of
from annotations.workflow.reading import BadWorkflow, read_moves, read_workflow

__all__ = [
    "ACTIONS",
    "APPROVED",
    "CHANGES_REQUESTED",
    "DEFAULT",
    "EDIT",
    "LOCKS",
    "NEEDS",
    "OPEN",
    "PRESETS",
    "STATES",
    "SUBMITTED",
    "BadWorkflow",
    "Hold",
    "Step",
    "Workflow",
    "preset_of",
    "read_moves",
    "read_workflow",
]
