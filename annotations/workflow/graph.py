"""States, steps between them, and who may take which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelship.accounts.roles import ROLES, role_allows

OPEN, SUBMITTED, CHANGES_REQUESTED, APPROVED = "open", "submitted", "changes_requested", "approved"
STATES = (OPEN, SUBMITTED, CHANGES_REQUESTED, APPROVED)
# What a role has to be allowed for each action; a project may ask for more, never for less.
NEEDS = {"submit": "annotate", "approve": "review", "reject": "review", "reopen": "review"}
ACTIONS = tuple(NEEDS)
# Changing what is said about a picture: boxes, tags, description, keywords.
EDIT = "edit"
# Whether a picture that somebody works on is held for them: not at all, for others to see, or against others' edits.
LOCKS = ("off", "soft", "hard")


@dataclass(frozen=True, slots=True)
class Step:
    """One action: from which states it leads where, the lowest role that may take it, and whether it needs words."""

    action: str
    sources: tuple[str, ...]
    target: str
    role: str
    needs_comment: bool = False

    def wire(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "from": list(self.sources),
            "to": self.target,
            "role": self.role,
            "comment": "required" if self.needs_comment else "optional",
        }


@dataclass(frozen=True, slots=True)
class Hold:
    """How a picture that somebody works on is kept for them, and for how many minutes after their last sign of life."""

    mode: str = "soft"
    minutes: int = 15


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps by action; how many people have to approve, whether that may be one's own work, and what may be left
    unjudged. `read_workflow` makes only sound ones.
    """

    steps: Mapping[str, Step]
    approvals: int = 1
    own_work: bool = True
    open_proposals: bool = True
    hold: Hold = Hold()

    @property
    def states(self) -> tuple[str, ...]:
        """Those that a picture can be in, in the order of its way."""
        used = {OPEN} | {step.target for step in self.steps.values()}
        return tuple(state for state in STATES if state in used)

    def allows(self, role: str, state: str, action: str) -> bool:
        """Whether somebody of that role may do it to a picture in that state, whoever drew what is on it."""
        if action == EDIT:
            return role_allows(role, "annotate") and state != APPROVED
        step = self.steps.get(action)
        return step is not None and state in step.sources and is_high_enough(role, step)

    def offered(self, role: str) -> dict[str, list[str]]:
        """By action the states in which a page offers it. What still waits to be handed in is only handed in."""
        submit = self.steps.get("submit")
        waiting = submit.sources if submit else ()
        return {
            step.action: [state for state in step.sources if step is submit or state not in waiting]
            for step in self.steps.values()
            if is_high_enough(role, step)
        }

    def to_do(self, purpose: str) -> tuple[str, ...]:
        """The image states in which a picture waits for who labels or reviews."""
        if SUBMITTED in self.states:
            return (SUBMITTED,) if purpose == "review" else ("new", "proposed", "labeled", CHANGES_REQUESTED)
        return ("labeled",) if purpose == "review" else ("new", "proposed", CHANGES_REQUESTED)

    def brought_in(self, state: str, role: str) -> str:
        """Where a picture comes in that was in `state` elsewhere. Approved is only one that somebody of that role
        could approve alone, whoever drew it; another one waits to be reviewed.
        """
        approve = self.steps.get("approve")
        if (
            state == APPROVED
            and approve
            and self.own_work
            and self.approvals == 1
            and is_high_enough(role, approve)
        ):
            return APPROVED
        if state in (SUBMITTED, APPROVED):
            return SUBMITTED if SUBMITTED in self.states else OPEN
        return state if state in self.states else OPEN

    def wire(self) -> dict[str, Any]:
        return {
            "states": list(self.states),
            "steps": [step.wire() for step in self.steps.values()],
            "approvals": self.approvals,
            "own_work": self.own_work,
            "open_proposals": self.open_proposals,
            "hold": {"mode": self.hold.mode, "minutes": self.hold.minutes},
        }


def is_high_enough(role: str, step: Step) -> bool:
    return ROLES.index(role) >= ROLES.index(step.role)
