"""Cleaning a dataset: check it, look at the report, decide, archive, and take it back."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import clean_queries as queries
from datasets.actions import choose as choosing
from datasets.actions import sweep as sweeping
from datasets.actions.archive import archive_images, restore_images
from datasets.actions.check import request_check
from datasets.api.files import FilePart, ranged_response
from datasets.api.images import FileView
from datasets.api.report_file import report_file
from datasets.cleaning.rules import BY_NAME, RULES, Rule, parse_rules
from datasets.models import CleanReport, Dataset
from datasets.queries import dataset_for
from modelship.api.paging import page
from modelship.api.schema import REFUSALS
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

MOST_IMAGES = 10_000
# Single decisions are written one by one.
MOST_CHOICES = 500
MOST_GROUPS = 1 << 31
NAMES = tuple(BY_NAME)
REPORT = [
    OpenApiParameter("id", UUID, description="The report; the latest that is ready by default."),
    OpenApiParameter("rule", str, enum=list(NAMES), description="Only what this rule found."),
    OpenApiParameter("group", int, description="Only this group of near duplicates."),
    OpenApiParameter("format", str, enum=["csv", "json"], description="All of it as a file to save."),
]
PAGE_OR_FILE = {
    (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, "A page of findings, or all of them."),
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "All findings."),
    **REFUSALS,
}


class Clean(ApiView):
    """GET the rules with their limits. POST {"rules": {"near": {"distance": 8}, "blurred": true, …}} to check.

    Without `rules` the usual ones run. The answer is 202 with the report to come and its job.
    """

    post_answers = (202,)

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset_for(self.actor, dataset_id, "view")
        return Response({"rules": [_rule_dict(rule) for rule in RULES]})

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        rules = parse_rules(self.fields("rules").get("rules"))
        report, job = request_check(self.actor, dataset, rules)
        return Response({"report": queries.report_dict(report), "job": job_dict(job)}, status=202)


class CleanCounts(ApiView):
    """POST {"rules"}: how many pictures each rule would name now; nothing is written.

    Only rules over columns are counted: near duplicates, files elsewhere and broken files need a check.
    """

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        rules = parse_rules(self.fields("rules").get("rules"))
        return Response(queries.live_counts(dataset, rules))


class CleanReports(FileView):
    """The findings of a report, rule after rule and group after group, in pages or as a file."""

    @extend_schema(parameters=REPORT, responses=PAGE_OR_FILE)
    def get(self, request: Request, dataset_id: UUID) -> HttpResponse | FilePart:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params.dict()
        wanted = id_of(asked["id"], "id") if asked.get("id") else None
        report = queries.report_for(self.actor, dataset, wanted)
        rows = queries.findings_of(report)
        if asked.get("rule"):
            rows = rows.filter(rule=choice_of(asked, "rule", NAMES))
        if asked.get("group"):
            rows = rows.filter(group=_whole(asked["group"], "group"))
        if asked.get("format"):
            queries.check_ready(report)
            file, size, served = report_file(report, rows, choice_of(asked, "format", ("csv", "json")))
            return ranged_response(request._request, file, size, served)
        shown = page(
            request, rows, order=("id",), to_dict=lambda row: queries.finding_dict(row, report.rules)
        )
        return Response({"report": queries.report_dict(report), **shown})


class CleanChoose(ApiView):
    """POST {"report", "rule", "images": {id: "keep" | "archive" | "best"}}, or "all" for the whole rule.

    `best` makes a picture the one that its group keeps. `all` is "archive", "keep" or "suggested".
    """

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields("report", "rule", "images", "all")
        report = _ready_report(self, dataset, data)
        rule = choice_of(data, "rule", NAMES)
        if "all" in data:
            action = choice_of(data, "all", ("archive", "keep", "suggested"))
            changed = choosing.choose_all(self.actor, report, rule, action)
        else:
            changed = choosing.choose(self.actor, report, rule, _choices(data.get("images")))
        return Response({"changed": changed, "marked": queries.marked_counts(report)})


class CleanApply(ApiView):
    """POST {"report", "rules"?, "groups"?, "images"?}: archive what is marked; 202 with the sweep and its job.

    What is not named does not narrow. Pictures named in `images` go whether they are marked or not.
    Approved pictures, and those that people worked on since the report, stay; the sweep counts them.
    """

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields("report", "rules", "groups", "images")
        report = _ready_report(self, dataset, data)
        scope = sweeping.Scope(
            rules=tuple(_rules_in(data.get("rules"))),
            groups=_groups_in(data["groups"]) if data.get("groups") is not None else None,
            images=tuple(map(str, _ids_in(data, "images"))) if data.get("images") is not None else None,
        )
        sweep, job = sweeping.request_sweep(self.actor, report, scope)
        return Response({"sweep": queries.sweep_dict(sweep), "job": job_dict(job)}, status=202)


class CleanSweeps(ApiView):
    """The clean-ups of a dataset, newest first, with what they archived and what they left."""

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        rows = dataset.clean_sweeps.filter(tenant=self.actor.tenant)
        return Response(page(request, rows, order=("-created_at", "id"), to_dict=queries.sweep_dict))


class CleanUndo(ApiView):
    """POST {"sweep"}: take back exactly what that clean-up archived and nobody moved since; 202 with the job."""

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        wanted = id_of(self.fields("sweep").get("sweep"), "sweep")
        sweep = queries.sweep_for(self.actor, dataset, wanted)
        job = sweeping.request_undo(self.actor, sweep)
        return Response({"sweep": queries.sweep_dict(sweep), "job": job_dict(job)}, status=202)


class ImagesArchive(ApiView):
    """POST {"images": [ids], "reason"}: out of galleries, exports and versions to come, not deleted."""

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields("images", "reason")
        reason = text_of(data, "reason", most=40, default="archived by hand")
        return Response({"archived": archive_images(self.actor, dataset, _ids_in(data, "images"), reason)})


class ImagesRestore(ApiView):
    """POST {"images": [ids]}: back to where they were, with all that is said about them."""

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        ids = _ids_in(self.fields("images"), "images")
        return Response({"restored": restore_images(self.actor, dataset, ids)})


def _ready_report(view: ApiView, dataset: Dataset, data: dict[str, Any]) -> CleanReport:
    report = queries.report_for(view.actor, dataset, id_of(data.get("report"), "report"))
    queries.check_ready(report)
    return report


def _ids_in(data: dict[str, Any], key: str) -> list[UUID]:
    value = data.get(key)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_IMAGES:
        raise BadRequest(f"'{key}' must be a list of 1 to {MOST_IMAGES:,} image ids.", field=key)
    return [id_of(item, key) for item in value]


def _choices(value: Any) -> dict[UUID, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= MOST_CHOICES:
        raise BadRequest(
            f"'images' must be an object of 1 to {MOST_CHOICES} actions by image id.", field="images"
        )
    return {id_of(key, "images"): choice_of(value, key, choosing.ACTIONS) for key in value}


def _rules_in(value: Any) -> list[str]:
    if value is None:
        return list(NAMES)
    if not isinstance(value, list) or not value or any(name not in NAMES for name in value):
        raise BadRequest(f"'rules' must be a list of rules: {', '.join(NAMES)}.", field="rules")
    return value


def _groups_in(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_IMAGES:
        raise BadRequest(
            f"'groups' must be a list of 1 to {MOST_IMAGES:,} numbers of groups.", field="groups"
        )
    return tuple(_whole(item, "groups") for item in value)


def _whole(value: Any, key: str) -> int:
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit()
    number = int(value[:11]) if is_digits else value
    if type(number) is not int or not 1 <= number < MOST_GROUPS:
        raise BadRequest(f"'{key}' must be the number of a group, from 1 on.", field=key)
    return number


def _rule_dict(rule: Rule) -> dict[str, Any]:
    limit = rule.limit
    return {
        "name": rule.name,
        "title": rule.title,
        "help": rule.help,
        "on": rule.is_on,
        "limit": limit
        and {
            "name": limit.name,
            "default": limit.default,
            "low": limit.low,
            "high": limit.high,
            "unit": limit.unit,
        },
        "switches": [switch.name for switch in rule.switches],
    }
