"""Reads of models and of what they have labelled; models are the tenant's own and everybody's."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.models import LabelClass
from datasets.models import Dataset, DatasetVersion, Image
from datasets.queries import need_view
from datasets.search.matching import matching
from datasets.search.reading import search_of_line
from inference.catalog import KIND, CatalogEntry, entries
from inference.models import DetectorModel, TrainingRun
from inference.options import LABELLING, ON_ARRIVAL, LabelOptions, Selection
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST as LAST_JOBS
from modelship.jobs.queries import job_dict, jobs_for
from modelship.jobs.states import FAILED
from modelship.lib.clock import wire
from modelship.lib.errors import Conflict, Forbidden, NotFound

NEWEST_FIRST = ("-created_at", "id")
STATES = tuple(DetectorModel.State.values)
TASKS = tuple(DetectorModel.Task.values)
LABELLERS = (DetectorModel.Task.DETECT, DetectorModel.Task.CLASSIFY)
WORDS: dict[str, str] = {
    DetectorModel.State.DRAFT: "a draft that has seen nothing yet",
    DetectorModel.State.ARCHIVED: "archived",
}
JOBS_READ = 100


def models_of(actor: Actor, *, q: str = "") -> QuerySet[DetectorModel]:
    """The models that the actor may see. Raises Forbidden for a key that may not view."""
    need_view(actor)
    rows = visible_to(actor.tenant)
    return rows.filter(name__icontains=q) if q else rows


def visible_to(tenant: Tenant) -> QuerySet[DetectorModel]:
    return DetectorModel.objects.filter(Q(tenant=tenant) | Q(tenant=None))


def model_for(actor: Actor, model_id: UUID | str) -> DetectorModel:
    """One model; raises NotFound for another tenant's exactly as for none."""
    found = models_of(actor).filter(id=model_id).first()
    if found is None:
        raise NotFound()
    return found


def changeable_model(actor: Actor, model_id: UUID | str) -> DetectorModel:
    """A model that the actor may change: managers their tenant's, platform staff everybody's."""
    found = model_for(actor, model_id)
    need_role(actor, "manage")
    if found.tenant_id is None and not is_staff(actor):
        raise Forbidden("This model belongs to everybody. Ask the operator of the server to change it.")
    return found


def may_change(actor: Actor, model: DetectorModel) -> bool:
    try:
        need_role(actor, "manage")
    except Forbidden:
        return False
    return model.tenant_id is not None or is_staff(actor)


def is_staff(actor: Actor) -> bool:
    return actor.user is not None and actor.user.is_staff


def model_to_use(actor: Actor, wanted: str) -> DetectorModel:
    """The active model with that id or name; of equal names the tenant's own, then the newest.

    Raises NotFound for an unknown one, and Conflict for one that is archived or labels nothing.
    """
    rows = models_of(actor)
    found = rows.filter(id=wanted) if _is_id(wanted) else rows.filter(name=wanted)
    chosen = sorted(found, key=_preference)
    if not chosen:
        raise NotFound(
            "There is no such model. Choose one of those that are installed.", code="unknown_model"
        )
    need_labeller(chosen[-1])
    if chosen[-1].state != DetectorModel.State.ACTIVE:
        raise Conflict(
            f"{chosen[-1].name} is {WORDS[chosen[-1].state]}. Activate it, or choose another.",
            code=chosen[-1].state,
        )
    return chosen[-1]


def usual_model(actor: Actor, dataset: Dataset) -> tuple[DetectorModel, LabelOptions]:
    """The detector that labelled the dataset last, with the settings of that job; else the newest active one.

    Raises Conflict where there is none.
    """
    rows = labellers_of(actor)
    jobs = Job.objects.filter(
        project=dataset.project_id,
        kind__in=(LABELLING, ON_ARRIVAL),
        args__dataset=str(dataset.id),
        args__has_key="model",
    )
    last = jobs.order_by("-created_at").values_list("args", flat=True).first()
    found = rows.filter(id=last["model"]).first() if last else None
    if found and last:
        return found, LabelOptions.from_args(last["options"])
    newest = sorted(rows, key=_preference)
    if not newest:
        raise Conflict(
            "No detector is installed. Install one on the Models page, then try again.", code="no_model"
        )
    return newest[-1], LabelOptions.read({}, newest[-1].spec)


def labellers_of(actor: Actor) -> QuerySet[DetectorModel]:
    """The active models that label pictures: the tenant's own and everybody's."""
    return models_of(actor).filter(task__in=LABELLERS, state=DetectorModel.State.ACTIVE)


def need_labeller(model: DetectorModel) -> None:
    if model.task not in LABELLERS:
        raise Conflict(
            f"{model.name} turns faces into vectors and labels nothing. Choose a detector or a classifier.",
            code="wrong_task",
            task=model.task,
        )


def _preference(model: DetectorModel) -> tuple[Any, ...]:
    labels, is_active = model.task in LABELLERS, model.state == DetectorModel.State.ACTIVE
    is_detector = model.task == DetectorModel.Task.DETECT
    return labels, is_active, is_detector, model.tenant_id is not None, model.created_at


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def model_dict(model: DetectorModel) -> dict[str, Any]:
    return {
        "id": str(model.id),
        "name": model.name,
        "task": model.task,
        "head": model.head,
        "input": [model.input_width, model.input_height],
        "class_names": model.class_names,
        "is_trainable": model.is_trainable,
        "sha256": model.sha256,
        "size": model.size,
        "license": model.license,
        "source": model.source,
        "state": model.state,
        "is_shared": model.tenant_id is None,
        "spec": model.spec,
        "proof": model.proof,
        "created_at": wire(model.created_at),
    }


def catalog_dicts(actor: Actor) -> list[dict[str, Any]]:
    """The catalogue, each entry with the installed model of that file and the job that fetches or failed to."""
    need_view(actor)
    known = list(visible_to(actor.tenant).order_by("created_at"))
    by_sum = {model.sha256: model for model in known}
    by_name = {model.name: model for model in known if model.source}
    jobs = _installations(actor)
    found = []
    for entry in entries():
        model, job = by_sum.get(entry.sha256) or by_name.get(entry.name), jobs.get(entry.name)
        is_told = job is not None and (job.is_live or (job.state == FAILED and model is None))
        found.append(
            {
                **entry_dict(entry),
                "installed": str(model.id) if model else None,
                "job": job_dict(job) if job and is_told else None,
            }
        )
    return found


def _installations(actor: Actor) -> dict[str, Job]:
    """The last installation of each entry, by its name."""
    rows = jobs_for(actor).filter(kind=KIND).order_by(*LAST_JOBS)[:JOBS_READ]
    return {job.args["name"]: job for job in reversed(rows)}


def entry_dict(entry: CatalogEntry) -> dict[str, Any]:
    """What everybody may know of an entry."""
    return {
        "name": entry.name,
        "title": entry.title,
        "task": entry.task,
        "group": entry.group,
        "description": entry.description,
        "head": entry.head,
        "input": list(entry.input),
        "classes": list(entry.classes),
        "preprocessing": {"words": entry.feed.words, **entry.feed.overrides().values},
        "size": entry.size,
        "license": entry.license,
        "url": entry.url,
        "sha256": entry.sha256 or None,
        "is_pinned": entry.is_pinned,
    }


def image_ids(dataset: Dataset, selection: Selection) -> list[UUID]:
    """The selected kept images in gallery order; ids that are not in the dataset find nothing."""
    rows = matching(Image.objects.kept().filter(dataset=dataset), search_of_line(selection.line))
    found = list(rows.order_by("ordinal", "id").values_list("id", flat=True))
    if selection.images is None:
        return found
    wanted = {UUID(image_id) for image_id in selection.images}
    return [image_id for image_id in found if image_id in wanted]


def known_classes(project_id: UUID) -> dict[str, str]:
    """The ids of a project's classes by `class_key`; of names that differ only in case the first counts."""
    found: dict[str, str] = {}
    for pk, name in LabelClass.objects.filter(project_id=project_id).values_list("id", "name"):
        found.setdefault(class_key(name), str(pk))
    return found


def class_key(name: str) -> str:
    """What a model's and a project's name of one class have in common."""
    return name.strip().casefold()


def is_trained_on(version: DatasetVersion) -> bool:
    """Whether a training names the version, which then has to stay."""
    return TrainingRun.objects.filter(dataset=version.dataset_id, version=version.number).exists()
