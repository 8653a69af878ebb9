"""Bringing the order by uncertainty up to date: only what was changed since is looked at again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.models import Canvas, Ranking
from annotations.ranking_queries import duplicates_of, looks_of, unranked
from annotations.uncertainty import class_counts, combined, reasons_of
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import NotFound

KIND = "datasets.rank"
# So many are ranked while somebody waits for the list; more of them by a job.
AT_ONCE = 100
BATCH = 200
FIELDS = ("ordinal", "score", "reasons", "seq", "updated_at")


def bring_up_to_date(actor: Actor, dataset: Dataset) -> Job | None:
    """Rank what was changed since; where that is much, a job does it, and the order is the last known one."""
    stale = unranked(dataset, AT_ONCE + 1)
    if len(stale) <= AT_ONCE:
        rank(stale)
        return None
    job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.id)},
        actor=actor,
        project=dataset.project,
        title=f"Order {dataset.name} by uncertainty"[:200],
        dedupe_key=f"rank:{dataset.id}",
    )
    return job


def run_rank(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Rank batch by batch; a later attempt has less to do."""
    dataset = Dataset.objects.filter(tenant=job.tenant, id=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The dataset was deleted. There is nothing to do.", code="dataset_gone")
    done = 0
    while stale := unranked(dataset, BATCH):
        with ctx.fenced():
            rank(stale)
        done += len(stale)
        ctx.progress(done)
    return {"ranked": done}


@transaction.atomic
def rank(image_ids: Sequence[UUID]) -> None:
    """Rank these images, and their near duplicates anew: how they differ has changed for both."""
    if not image_ids:
        return
    groups = duplicates_of(image_ids)
    wanted = sorted({*image_ids, *(twin for twins in groups.values() for twin in twins)})
    # Noted first: what is edited from here on is looked at again.
    seqs = dict(Canvas.objects.filter(pk__in=wanted).values_list("pk", "seq"))
    boxes = looks_of(wanted)
    counts = {uid: class_counts(boxes.get(uid, ())) for uid in wanted}
    groups |= duplicates_of([uid for uid in wanted if uid not in groups])
    rows = []
    for uid, dataset_id, ordinal in Image.objects.filter(pk__in=wanted).values_list(
        "pk", "dataset_id", "ordinal"
    ):
        others = [counts[twin] for twin in groups.get(uid, ()) if twin in counts]
        reasons = reasons_of(boxes.get(uid, ()), others)
        rows.append(
            Ranking(
                image_id=uid,
                dataset_id=dataset_id,
                ordinal=ordinal,
                score=combined(reasons),
                reasons=[reason.wire() for reason in reasons],
                seq=seqs.get(uid, 0),
                updated_at=now(),
            )
        )
    Ranking.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["image"], update_fields=FIELDS, batch_size=200
    )
    by_seq: dict[int, list[UUID]] = defaultdict(list)
    for uid, seq in seqs.items():
        by_seq[seq].append(uid)
    for seq, ids in by_seq.items():
        Canvas.objects.filter(pk__in=ids, seq=seq).update(is_ranked=True)
