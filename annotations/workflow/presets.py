"""Ways that a project can choose by name. Without a choice it goes the standard way."""

from annotations.workflow.graph import APPROVED, CHANGES_REQUESTED, OPEN, SUBMITTED, Step, Workflow


def _by_action(*steps: Step) -> dict[str, Step]:
    return {step.action: step for step in steps}


_SUBMIT = Step("submit", (OPEN, CHANGES_REQUESTED), SUBMITTED, "annotator")
_REOPEN = Step("reopen", (SUBMITTED, CHANGES_REQUESTED, APPROVED), OPEN, "reviewer")
_APPROVE = Step("approve", (SUBMITTED,), APPROVED, "reviewer")
_REJECT = Step("reject", (SUBMITTED, APPROVED), CHANGES_REQUESTED, "reviewer")

PRESETS = {
    "simple": Workflow(
        _by_action(
            Step("approve", (OPEN,), APPROVED, "reviewer"), Step("reopen", (APPROVED,), OPEN, "reviewer")
        )
    ),
    "standard": Workflow(
        _by_action(
            _SUBMIT,
            Step("approve", (OPEN, SUBMITTED, CHANGES_REQUESTED), APPROVED, "reviewer"),
            Step("reject", (OPEN, SUBMITTED, APPROVED), CHANGES_REQUESTED, "reviewer"),
            _REOPEN,
        )
    ),
    "two_reviews": Workflow(_by_action(_SUBMIT, _APPROVE, _REJECT, _REOPEN), approvals=2),
    "strict": Workflow(
        _by_action(
            _SUBMIT,
            _APPROVE,
            Step("reject", (SUBMITTED,), CHANGES_REQUESTED, "reviewer", needs_comment=True),
            Step("reopen", (SUBMITTED, APPROVED), OPEN, "reviewer", needs_comment=True),
        ),
        own_work=False,
        open_proposals=False,
    ),
}
DEFAULT = PRESETS["standard"]


def preset_of(workflow: Workflow) -> str | None:
    """Which preset it is, however it holds pictures; None for one of the project's own."""
    names = (name for name, preset in PRESETS.items() if _without_hold(preset) == _without_hold(workflow))
    return next(names, None)


def _without_hold(workflow: Workflow) -> tuple[object, ...]:
    steps = {
        action: (set(step.sources), step.target, step.role, step.needs_comment)
        for action, step in workflow.steps.items()
    }
    return steps, workflow.approvals, workflow.own_work, workflow.open_proposals
