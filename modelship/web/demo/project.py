"""Making, finding and removing the sample project."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from annotations.models import LabelClass
from datasets.harbour import CLASSES, DEMO, View
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.audit.actions import record
from modelship.jobs.actions import cancel, enqueue
from modelship.jobs.models import Job
from modelship.jobs.states import LIVE
from modelship.lib.errors import Conflict
from modelship.lib.ids import derived_id
from modelship.projects.actions import delete_project
from modelship.projects.models import Project
from modelship.web.models import TourMark

KIND = "demo"
NAME = "Demo: the harbour"
DESCRIPTION = "Drawn pictures of a harbour. Accept, move or reject the proposals, then export."
DATASET = "A dozen aerial views"
# Okabe and Ito's colours, ordered so that neighbours on the water and on the quay stay apart.
COLORS = ("#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#cc79a7", "#f0e442")
# The key in a picture's metadata that holds what it was drawn from.
SEED = "harbour_seed"


@dataclass(frozen=True)
class Demo:
    project: Project
    dataset: Dataset
    job: Job
    created: bool


def demo_id(tenant: Tenant) -> UUID:
    """Derived, so that a tenant has one sample project however often and by whomever it is made or renamed."""
    return derived_id("demo", tenant.id)


def demo_of(tenant: Tenant) -> Project | None:
    return Project.objects.filter(tenant=tenant, id=demo_id(tenant)).first()


def sample_of(project: Project) -> Dataset | None:
    """The dataset of drawn pictures; None where somebody deleted it."""
    return Dataset.objects.filter(project=project, id=derived_id("demo", project.id, "dataset")).first()


def views_to_draw() -> list[View]:
    """Small ones first, so that the first is there within a second."""
    smallest = sorted(DEMO, key=lambda view: (view.width * view.height, view.seed))
    return smallest[: settings.MODELSHIP_DEMO_PICTURES]


@transaction.atomic
def make_demo(owner: Actor) -> Demo:
    """Make the sample project in the owner's tenant, or find it, and queue the job that fills it.

    While that job lives no second one is queued; a new one does what is missing. Raises Conflict where
    another project has the name.
    """
    project, created = _project(owner)
    for order, (name, color) in enumerate(zip(CLASSES, COLORS, strict=True)):
        defaults = {"color": color, "hotkey": str(order + 1), "order": order}
        LabelClass.objects.get_or_create(project=project, name=name, defaults=defaults)
    dataset, _ = Dataset.objects.get_or_create(
        id=derived_id("demo", project.id, "dataset"),
        defaults={"tenant": owner.tenant, "project": project, "name": DATASET, "created_by": owner.user},
    )
    seeds = [view.seed for view in views_to_draw()]
    job, _ = enqueue(
        KIND,
        tenant=owner.tenant,
        args={"dataset": str(dataset.id), "seeds": seeds},
        actor=owner,
        project=project,
        total=len(seeds),
        dedupe_key=KIND,
    )
    return Demo(project, dataset, job, created)


def _project(owner: Actor) -> tuple[Project, bool]:
    fields = {"tenant": owner.tenant, "name": NAME, "description": DESCRIPTION, "created_by": owner.user}
    try:
        project, created = Project.objects.get_or_create(id=demo_id(owner.tenant), defaults=fields)
    except IntegrityError as error:
        raise Conflict(
            f"Another project is named '{NAME}'. Rename it, then try again.", code="name_taken"
        ) from error
    if created:
        record(owner, "project.created", f"project:{project.id}", name=project.name)
    return project, created


@transaction.atomic
def remove_demo(actor: Actor) -> bool:
    """Delete the sample project with everything in it and stop its jobs; False where there is none.

    The door has checked that the actor manages the tenant. Raises Conflict where somebody put work
    of their own into it.
    """
    project = Project.objects.select_for_update().filter(id=demo_id(actor.tenant)).first()
    if project is None:
        return False
    if _has_more(project):
        raise Conflict(
            f"{project.name} holds more than the sample pictures. Delete it on its own page if you are sure.",
            code="not_only_sample",
        )
    # Locked: what a running job is about to write waits here, and then finds nothing to write to.
    jobs = list(Job.objects.select_for_update().filter(project=project, state__in=LIVE))
    list(Dataset.objects.select_for_update().filter(project=project).values_list("pk"))
    list(Image.objects.select_for_update().filter(dataset__project=project).values_list("pk"))
    for job in jobs:
        cancel(job, actor)
    delete_project(actor, project)
    TourMark.objects.filter(tenant=actor.tenant).delete()
    return True


def _has_more(project: Project) -> bool:
    """Whether a dataset or a picture in it is somebody's own."""
    sample = sample_of(project)
    own = Dataset.objects.filter(project=project).exclude(pk=sample.pk if sample else None)
    strange = Image.objects.filter(dataset__project=project).exclude(metadata__has_key=SEED)
    return own.exists() or strange.exists()
