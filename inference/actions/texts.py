"""What people do with texts: add, judge, accept many, delete. Who judged what and when is on record."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Max

from datasets.models import Dataset
from inference.models import Text
from inference.text_files import Keyed
from modelship.accounts.actors import Actor
from modelship.api.views import held
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Conflict

ACTIONS = ("accept", "reject", "relabel", "reopen")
MAX_IN_DATASET = 1_000_000
BATCH = 500


@transaction.atomic
def add_texts(actor: Actor, dataset: Dataset, texts: Sequence[Keyed]) -> tuple[int, int]:
    """Add texts in order; returns how many came in and how many were there already, by their keys.

    What is there stays as it is. Raises Conflict where the dataset is full.
    """
    # One after the other: the row is held until the new texts are in.
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    rows = Text.objects.filter(dataset=dataset)
    keys = [key for key, _ in texts if key]
    known: set[str] = set()
    for start in range(0, len(keys), BATCH):
        known.update(rows.filter(key__in=keys[start : start + BATCH]).values_list("key", flat=True))
    last = rows.aggregate(last=Max("ordinal"))["last"] or 0
    new = [(key, text) for key, text in texts if not key or key not in known]
    if rows.count() + len(new) > MAX_IN_DATASET:
        raise Conflict(f"A dataset holds {MAX_IN_DATASET:,} texts. Make another one.", code="too_many_texts")
    Text.objects.bulk_create(
        [
            Text(dataset=dataset, ordinal=last + number, key=key, text=text)
            for number, (key, text) in enumerate(new, 1)
        ],
        batch_size=BATCH,
    )
    if new:
        record(actor, "texts.added", f"dataset:{dataset.id}", count=len(new))
    return len(new), len(texts) - len(new)


@transaction.atomic
def review_text(actor: Actor, text: Text, action: str, label: str = "") -> Text:
    """Accept or reject what is proposed, name another label, or take the judgement back.

    Raises Conflict for a text without a proposal to judge, BadRequest for a label where none belongs.
    """
    held(text)
    if (action == "relabel") != bool(label):
        raise BadRequest("'label' is needed to relabel, and belongs to nothing else.", field="label")
    if action in ("accept", "reject") and not text.proposed_label:
        raise Conflict(
            "No label is proposed for this text. Classify it first, or relabel it.", code="nothing_proposed"
        )
    before = {"state": text.state, "label": text.label}
    text.label = {"accept": text.proposed_label, "relabel": label, "reopen": text.proposed_label}.get(
        action, ""
    )
    text.state = _state_after(text, action)
    is_judged = action != "reopen"
    text.reviewed_by, text.reviewed_at = (actor.user, now()) if is_judged else (None, None)
    text.save(update_fields=["label", "state", "reviewed_by", "reviewed_at"])
    facts = {"action": action, "label": text.label, "before": before}
    record(actor, "text.reviewed", f"text:{text.id}", dataset=str(text.dataset_id), **facts)
    return text


@transaction.atomic
def accept_sure(actor: Actor, dataset: Dataset, *, min_confidence: float, label: str = "") -> int:
    """Accept every proposal that is at least so sure, or those of one label; returns how many."""
    rows = Text.objects.filter(dataset=dataset, state=Text.State.PROPOSED, confidence__gte=min_confidence)
    rows = rows.filter(proposed_label=label) if label else rows
    accepted = rows.update(
        state=Text.State.ACCEPTED, label=F("proposed_label"), reviewed_by=actor.user, reviewed_at=now()
    )
    if accepted:
        facts = {"count": accepted, "min_confidence": min_confidence, "label": label}
        record(actor, "texts.accepted", f"dataset:{dataset.id}", **facts)
    return accepted


@transaction.atomic
def delete_text(actor: Actor, text: Text) -> None:
    subject, dataset = f"text:{text.id}", str(text.dataset_id)
    text.delete()
    record(actor, "text.deleted", subject, dataset=dataset)


def _state_after(text: Text, action: str) -> str:
    if action == "reopen":
        return Text.State.PROPOSED if text.proposed_label else Text.State.NEW
    return Text.State.REJECTED if action == "reject" else Text.State.ACCEPTED
