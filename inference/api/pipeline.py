"""Cleaning, labelling and assigning a dataset in one go."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.bulk_changes import BY_NAME
from datasets.cleaning.rules import parse_rules
from datasets.queries import dataset_for
from inference.actions.pipeline import ASSIGN, Plan, request_pipeline
from inference.options import LABEL_FIELDS, LabelOptions, Selection, check_fields
from inference.queries import model_to_use
from modelship.accounts.actors import Actor
from modelship.api.values import text_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict, steps_of
from modelship.lib.errors import BadRequest
from modelship.projects.gate import check

STEPS = ("clean", "label", "assign")


class Pipeline(ApiView):
    """POST {"clean": {"rules"}, "label": {…}, "assign": {…}, "images" or "filter"}: 202 with a job of steps.

    Each step takes what its own door does; one that is null or left out is not done. What cleaning marks is
    archived at once, and is neither labelled nor assigned. All is judged before anything begins.
    """

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        data = self.fields(*STEPS, "images", "filter")
        parts = {name: _part(data, name) for name in STEPS}
        if parts["clean"] is not None or parts["assign"] is not None:
            check(self.actor, dataset.project, "manage")
        selection = Selection.read(data, self.actor.user_id)
        job = request_pipeline(self.actor, dataset, _plan(self.actor, parts), selection)
        return Response({"job": {**job_dict(job), "steps": steps_of(job)}}, status=202)


def _part(data: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = data.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"'{name}' must be an object or null.", field=name)
    return value


def _plan(actor: Actor, parts: Mapping[str, dict[str, Any] | None]) -> Plan:
    clean, label, assign = (parts[name] for name in STEPS)
    rules = wanted = value = None
    if clean is not None:
        check_fields(clean, "rules")
        rules = parse_rules(clean.get("rules"))
    if label is not None:
        check_fields(label, *LABEL_FIELDS)
        model = model_to_use(actor, text_of(label, "model", most=200))
        wanted = model, LabelOptions.read(label, model.spec)
    if assign is not None:
        value = BY_NAME[ASSIGN].read({"value": assign})
    return Plan(rules, wanted, value)
