"""Preparing a dataset in one go: clean it, label what is left, and deal that out to people, as steps of one job."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasets.actions.bulk import order_change
from datasets.actions.bulk_changes import BY_NAME
from datasets.actions.check import request_check
from datasets.actions.sweep import Scope, request_sweep
from datasets.cleaning.rules import Chosen
from datasets.models import CleanReport, Dataset, Image
from datasets.selection import MOST_NAMED
from datasets.selection import Selection as Named
from inference.actions.autolabel import allowed_options, label_dataset
from inference.models import DetectorModel
from inference.options import LabelOptions, Selection
from inference.queries import image_ids, visible_to
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.chain import SHARE, steps
from modelship.jobs.models import Job
from modelship.lib.errors import BadRequest, Conflict, NotFound, Unprocessable

KIND = "pipeline"
ASSIGN = "assign"
TITLES = {"check": "Check", "clean_up": "Clean up", "label": "Label", ASSIGN: "Assign"}


@dataclass(frozen=True)
class Plan:
    """What is to be done, read and judged; what is None is left out."""

    rules: Chosen | None = None
    label: tuple[DetectorModel, LabelOptions] | None = None
    assign: dict[str, Any] | None = None

    @property
    def names(self) -> list[str]:
        wanted = {"check": self.rules, "clean_up": self.rules, "label": self.label, ASSIGN: self.assign}
        return [name for name, value in wanted.items() if value is not None]


def request_pipeline(actor: Actor, dataset: Dataset, plan: Plan, selection: Selection) -> Job:
    """Queue the steps of a plan that the door has allowed. Nothing begins unless all of them can.

    The pictures are those that are selected now, less what is set aside on the way. Raises Conflict for a table,
    BadRequest for no step, NotFound and Unprocessable for pictures, and what each step raises at its own door.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    if not plan.names:
        raise BadRequest("Every step is left out. Send at least one.", code="no_steps")
    args: dict[str, Any] = {
        "dataset": str(dataset.id),
        "images": _chosen(dataset, selection),
        "rules": plan.rules,
        "label": None,
        "assign": plan.assign and BY_NAME[ASSIGN].settle(actor, dataset, plan.assign),
        "steps": steps(**{name: TITLES[name] for name in plan.names}),
    }
    if plan.label is not None:
        model, options = plan.label
        allowed = allowed_options(actor, dataset.project, options)
        args["label"] = {"model": str(model.id), "options": allowed.as_args()}
    job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        title=f"Prepare {dataset.name}"[:200],
        total=SHARE * len(args["steps"]),
    )
    return job


def _chosen(dataset: Dataset, selection: Selection) -> list[str] | None:
    """The ids of the selected pictures; None where that is all of them. What a search finds changes on the way."""
    found = image_ids(dataset, selection)
    if selection.images is not None and len(found) != len(selection.images):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    if not found:
        raise Unprocessable("No image is selected. Add images, or choose others.", code="nothing_selected")
    if selection == Selection():
        return None
    if len(found) > MOST_NAMED:
        raise Unprocessable(
            f"The search finds {len(found):,} pictures; {MOST_NAMED:,} can be chosen. Narrow it, or take all.",
            code="too_many_selected",
        )
    return [str(image_id) for image_id in found]


def order_step(job: Job, name: str) -> Job | None:
    """Queue the named step as a child of the job; None where no picture is left for it."""
    dataset = Dataset.objects.select_related("project", "tenant").filter(id=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The dataset was deleted.", code="dataset_gone")
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    if name == "check":
        return request_check(actor, dataset, job.args["rules"], parent=job)[1]
    if name == "clean_up":
        return _clean_up(actor, job)
    kept = _kept(dataset, job.args["images"])
    if kept == ():
        return None
    if name == "label":
        return _label(actor, dataset, job, kept)
    return order_change(actor, dataset, BY_NAME[ASSIGN], Named(kept), job.args["assign"], parent=job)


def _clean_up(actor: Actor, job: Job) -> Job:
    """Archive what the rules have marked among the chosen pictures."""
    check = job.args["steps"][0]["job"]
    report = CleanReport.objects.select_related("dataset__project").filter(job=check).first()
    if report is None or report.finished_at is None:
        raise Conflict("The report was replaced by newer ones. Start again.", code="report_gone")
    chosen = job.args["images"]
    scope = Scope(tuple(report.rules), among=None if chosen is None else tuple(chosen))
    return request_sweep(actor, report, scope, parent=job)[1]


def _label(actor: Actor, dataset: Dataset, job: Job, kept: tuple[str, ...] | None) -> Job:
    asked = job.args["label"]
    model = visible_to(job.tenant).filter(id=asked["model"]).first()
    if model is None:
        raise Unprocessable("The model was deleted. Start again with another one.", code="model_gone")
    options = LabelOptions.from_args(asked["options"])
    return label_dataset(actor, dataset, model, options, Selection(images=kept), parent=job)[0]


def _kept(dataset: Dataset, chosen: list[str] | None) -> tuple[str, ...] | None:
    """Those of the chosen pictures that are not set aside, in gallery order; None where all are meant."""
    rows = Image.objects.kept().filter(dataset=dataset)
    if chosen is None:
        return None if rows.exists() else ()
    wanted: set[UUID] = {UUID(image_id) for image_id in chosen}
    ids = rows.filter(pk__in=wanted).order_by("ordinal").values_list("pk", flat=True)
    return tuple(map(str, ids))
