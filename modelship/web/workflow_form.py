"""What the page of a workflow shows of its steps, and the workflow that its form asks for."""

from collections.abc import Mapping
from typing import Any

from annotations.workflow import ACTIONS, Workflow
from modelship.accounts.roles import ROLES
from modelship.lib.errors import BadRequest

ACTION_WORDS = {"submit": "Submit", "approve": "Approve", "reject": "Request changes", "reopen": "Reopen"}


def step_rows(workflow: Workflow, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each step in words: from where, to where, who may, and whether it needs a comment."""
    return [
        {
            "action": step.action,
            "title": ACTION_WORDS[step.action],
            "sources": ", ".join(words[state] for state in step.sources),
            "target": words[step.target],
            "role": step.role,
            "roles": [role for role in ROLES[1:] if role != "annotator" or step.action == "submit"],
            "needs_comment": step.needs_comment,
        }
        for step in workflow.steps.values()
    ]


def asked_by(form: Mapping[str, str], present: Workflow) -> dict[str, Any]:
    """A preset, or the present steps with other roles and rules. Raises BadRequest for numbers that are none."""
    asked: dict[str, Any] = {"hold": _hold(form)}
    if preset := form.get("preset", ""):
        asked["preset"] = preset
    if "approvals" in form and not preset:
        asked |= {"approvals": _whole(form, "approvals"), "own_work": "own_work" in form}
        asked |= {"open_proposals": "open_proposals" in form, "steps": _steps(form, present)}
    moves = {
        name.removeprefix("move_"): form[name] for name in form if name.startswith("move_") and form[name]
    }
    return {**asked, "moves": moves} if moves else asked


def _steps(form: Mapping[str, str], workflow: Workflow) -> list[dict[str, Any]]:
    """The steps of the workflow with the roles and comments that the form sets."""
    steps = []
    for action in ACTIONS:
        if action in workflow.steps:
            step = workflow.steps[action].wire()
            step["role"] = form.get(f"role_{action}", step["role"])
            step["comment"] = "required" if f"comment_{action}" in form else "optional"
            steps.append(step)
    return steps


def _hold(form: Mapping[str, str]) -> dict[str, Any]:
    return {"mode": form.get("hold_mode", "soft"), "minutes": _whole(form, "hold_minutes")}


def _whole(form: Mapping[str, str], name: str) -> int:
    value = form.get(name, "")
    if not (value.isascii() and value.isdigit()) or len(value) > 4:
        raise BadRequest("Give the numbers as whole numbers.", field=name)
    return int(value)
