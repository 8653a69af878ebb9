"""Background work of the pages: drawing the sample project and having it labelled."""

from typing import Any

from datasets.actions.free_bytes import free_later
from datasets.actions.ingest import ingest_image
from datasets.harbour import DEMO, View, draw
from datasets.models import Dataset, Image
from inference.actions.autolabel import KIND as LABEL_KIND
from inference.actions.autolabel import label_dataset
from inference.actions.builtin import MERGE, SLICE, install_builtin
from inference.options import LabelOptions, Selection
from modelship.accounts.actors import Actor
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.jobs.states import LIVE, SUCCEEDED
from modelship.lib.errors import NotFound, Unprocessable
from modelship.web.demo.project import KIND, SEED

# So many pictures are labelled by one job: few jobs, and the first proposals while the rest is drawn.
LOT = 4
# As a person would ask for it at the labelling door.
OPTIONS = LabelOptions.read(
    {
        "confidence": 0.35,
        "slice": SLICE,
        "merge": MERGE,
        "create_classes": False,
    }
)


def draw_harbour(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Draw the views of the sample that are not there yet, and order ordinary labelling jobs for them.

    Each view becomes one picture and each picture is ordered once, however often the job is started.
    """
    dataset = Dataset.objects.filter(tenant=job.tenant, id=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The sample data was removed.", code="dataset_gone")
    actor = Actor.machine(job.tenant, job.id, "Harbour painter", job.created_by)
    views = [view for seed in job.args["seeds"] for view in DEMO if view.seed == seed]
    there, refused = seeds_there(dataset), 0
    ctx.progress(0, len(views), "Mixing the colours.")
    for done, view in enumerate(views, start=1):
        if view.seed not in there:
            refused += not _added(dataset, view, f"harbour-{done:02}.jpg", actor)
        ctx.progress(done, len(views), f"harbour-{done:02}.jpg is drawn.")
        if done % LOT == 0 or done == len(views):
            order_labels(ctx, dataset, actor)
    return {"images": len(seeds_there(dataset)), "refused": refused}


def seeds_there(dataset: Dataset) -> set[int]:
    drawn = Image.objects.filter(dataset=dataset, metadata__has_key=SEED)
    return set(drawn.values_list(f"metadata__{SEED}", flat=True))


def _added(dataset: Dataset, view: View, filename: str, actor: Actor) -> bool:
    """Draw one view and let it in like any upload; False where this server's limits refuse it."""
    try:
        picture = draw(view).jpeg()
    except ImportError as error:
        raise Unprocessable(
            "The sample is drawn with NumPy, which is not installed here. Install requirements/inference.txt.",
            code="not_installed",
        ) from error
    try:
        verdict = ingest_image(dataset, filename, picture, actor=actor, metadata={SEED: view.seed})
    except NotFound:
        # Removed while this picture was on its way: its bytes came after those that were freed.
        free_later(actor)
        raise
    return verdict.status != "refused"


def order_labels(ctx: JobContext, dataset: Dataset, actor: Actor) -> None:
    """Queue the labelling of the drawn pictures that no labelling job has taken on."""
    waiting = unordered(dataset)
    if not waiting:
        return
    model = install_builtin()
    with ctx.fenced():
        label_dataset(actor, dataset, model, OPTIONS, Selection(images=tuple(waiting)))


def unordered(dataset: Dataset) -> list[str]:
    jobs = Job.objects.filter(kind=LABEL_KIND, args__dataset=str(dataset.id), state__in=[*LIVE, SUCCEEDED])
    taken = {
        image for args in jobs.values_list("args", flat=True) for image in args["selection"]["images"] or ()
    }
    fresh = Image.objects.filter(dataset=dataset, state=Image.State.NEW, metadata__has_key=SEED)
    ids = map(str, fresh.order_by("ordinal").values_list("id", flat=True))
    return [image_id for image_id in ids if image_id not in taken]


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(KIND, draw_harbour, title="Draw the harbour")
