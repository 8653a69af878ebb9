"""Reading a workflow that somebody sent or that was stored; what is not sound is refused in words."""

from collections.abc import Collection, Mapping
from typing import Any

from annotations.workflow.graph import (
    ACTIONS,
    APPROVED,
    LOCKS,
    NEEDS,
    OPEN,
    STATES,
    Hold,
    Step,
    Workflow,
)
from annotations.workflow.presets import PRESETS
from modelship.accounts.roles import ROLES, role_allows

FIELDS = ("preset", "states", "steps", "approvals", "own_work", "open_proposals", "hold")
STEP_FIELDS = ("action", "from", "to", "role", "comment")
COMMENTS = ("optional", "required")
MOST_APPROVALS = 5
MOST_MINUTES = 480


class BadWorkflow(ValueError):
    """Says what is wrong and where: `field` is the key that holds it."""

    def __init__(self, detail: str, field: str) -> None:
        super().__init__(detail)
        self.field = field


def read_workflow(given: Mapping[str, Any], hold: Hold | None = None) -> Workflow:
    """A sound workflow. What is left out comes from the preset that it names, the standard one without; how pictures are
    held stays as in `hold`. Raises BadWorkflow.
    """
    _known(given, FIELDS, "workflow")
    preset = PRESETS[_one_of(given, "preset", tuple(PRESETS), "standard")]
    steps = _steps(given["steps"]) if "steps" in given else preset.steps
    workflow = Workflow(
        steps,
        _whole(given, "approvals", 1, MOST_APPROVALS, preset.approvals),
        _flag(given, "own_work", preset.own_work),
        _flag(given, "open_proposals", preset.open_proposals),
        _hold(given["hold"]) if "hold" in given else hold or preset.hold,
    )
    _check_graph(workflow)
    if "states" in given and (
        not isinstance(given["states"], list) or sorted(map(str, given["states"])) != sorted(workflow.states)
    ):
        raise BadWorkflow(f"The steps use the states {', '.join(workflow.states)}. List those.", "states")
    return workflow


def read_moves(given: Any, gone: Collection[str], workflow: Workflow) -> dict[str, str]:
    """Where pictures go that are in a state which the new workflow lacks. Nothing goes to approved unseen."""
    if not isinstance(given, Mapping):
        raise BadWorkflow(
            "'moves' must say for each state that goes to which one its pictures move.", "moves"
        )
    targets = [state for state in workflow.states if state != APPROVED]
    for source, target in given.items():
        if source not in gone:
            raise BadWorkflow(f"'{str(source)[:40]}' is no state that goes away here.", "moves")
        if target not in targets:
            raise BadWorkflow(f"Pictures can move to {', '.join(targets)}.", "moves")
    return dict(given)


def _steps(given: Any) -> dict[str, Step]:
    if not isinstance(given, list) or not 1 <= len(given) <= len(ACTIONS):
        raise BadWorkflow(f"'steps' must be a list of 1 to {len(ACTIONS)} steps.", "steps")
    found: dict[str, Step] = {}
    for one in given:
        step = _step(one)
        if step.action in found:
            raise BadWorkflow(f"The step {step.action} is there twice. Merge the two.", "steps")
        found[step.action] = step
    return {action: found[action] for action in ACTIONS if action in found}


def _step(given: Any) -> Step:
    if not isinstance(given, Mapping):
        raise BadWorkflow(f"A step is an object of {', '.join(STEP_FIELDS)}.", "steps")
    _known(given, STEP_FIELDS, "steps")
    action = _one_of(given, "action", ACTIONS)
    sources = given.get("from")
    if not isinstance(sources, list) or not sources or any(state not in STATES for state in sources):
        raise BadWorkflow(f"'from' of {action} must list some of {', '.join(STATES)}.", "steps")
    if len(set(sources)) < len(sources):
        raise BadWorkflow(f"'from' of {action} names a state twice.", "steps")
    target = _one_of(given, "to", STATES)
    lowest = "annotator" if NEEDS[action] == "annotate" else "reviewer"
    role = _one_of(given, "role", ROLES, lowest)
    if not role_allows(role, NEEDS[action]):
        raise BadWorkflow(f"To {action}, somebody must be {lowest} or more: '{role}' is too low.", "steps")
    comment = _one_of(given, "comment", COMMENTS, "optional")
    ordered = tuple(state for state in STATES if state in sources)
    return Step(action, ordered, target, role, comment == "required")


def _check_graph(workflow: Workflow) -> None:
    """Every state is reached, from everywhere there is a way to approved, and only a step leads out of it."""
    for step in workflow.steps.values():
        if step.target in step.sources:
            raise BadWorkflow(f"The step {step.action} leads from {step.target} to itself.", "steps")
        if (step.target == APPROVED) != (step.action == "approve"):
            raise BadWorkflow("The step approve, and no other, leads to approved.", "steps")
        if step.action == "submit" and (APPROVED in step.sources or step.target == OPEN):
            raise BadWorkflow("The step submit hands an open picture on to its review.", "steps")
    if "approve" not in workflow.steps:
        raise BadWorkflow("Without the step approve no picture is ever done. Add it.", "steps")
    ahead = _reached(workflow, OPEN)
    used = {state for step in workflow.steps.values() for state in (*step.sources, step.target)}
    if lost := [state for state in STATES if state in used and state not in ahead]:
        raise BadWorkflow(f"No step leads to {', '.join(lost)}. Add one, or leave it out.", "steps")
    for state in workflow.states:
        if APPROVED not in _reached(workflow, state):
            raise BadWorkflow(f"From {state} no way leads to approved. Add a step.", "steps")
    if not any(APPROVED in step.sources for step in workflow.steps.values()):
        raise BadWorkflow("An approved picture is locked: a step must lead out of it, reopen say.", "steps")


def _reached(workflow: Workflow, start: str) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        state = todo.pop()
        ways = {step.target for step in workflow.steps.values() if state in step.sources} - found
        found |= ways
        todo += ways
    return found


def _hold(given: Any) -> Hold:
    if not isinstance(given, Mapping):
        raise BadWorkflow("'hold' must be an object of mode and minutes.", "hold")
    _known(given, ("mode", "minutes"), "hold")
    usual = Hold()
    mode = _one_of(given, "mode", LOCKS, usual.mode)
    return Hold(mode, _whole(given, "minutes", 1, MOST_MINUTES, usual.minutes))


def _known(given: Mapping[str, Any], allowed: Collection[str], field: str) -> None:
    for key in given:
        if key not in allowed:
            raise BadWorkflow(f"'{str(key)[:40]}' is not known here. Allowed: {', '.join(allowed)}.", field)


def _one_of(given: Mapping[str, Any], key: str, choices: tuple[str, ...], default: str | None = None) -> str:
    value = given.get(key, default)
    if value not in choices:
        raise BadWorkflow(f"'{key}' must be one of {', '.join(choices)}.", key)
    return str(value)


def _whole(given: Mapping[str, Any], key: str, low: int, high: int, default: int) -> int:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadWorkflow(f"'{key}' must be a whole number from {low} to {high}.", key)
    return value


def _flag(given: Mapping[str, Any], key: str, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise BadWorkflow(f"'{key}' must be true or false.", key)
    return value
