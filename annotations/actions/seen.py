"""Saying that one has seen a picture as it is, so that later only what came after is shown."""

from django.db import transaction

from annotations.history_queries import need_revision, present_seq
from annotations.models import Seen
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import Forbidden


@transaction.atomic
def mark_seen(actor: Actor, image: Image, seq: int | None = None) -> None:
    """The person knows the picture as it was at `seq`, or as it is; a step of review says so by itself.

    Raises Unprocessable for a revision that it has not reached, Forbidden where no person asks.
    """
    if actor.user is None or actor.job_id:
        raise Forbidden("Only a person has seen something. Sign in, or use a person's key.")
    if seq is not None:
        need_revision(image.pk, seq)
    at = present_seq(image.pk) if seq is None else seq
    Seen.objects.update_or_create(image=image, user=actor.user, defaults={"seq": at, "at": now()})
    record(actor, "image.seen", f"image:{image.pk}", seq=at)
