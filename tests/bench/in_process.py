"""Edits through the action itself, without any door; needs Django set up on the server's database."""

from annotations.actions.apply_edits import apply_edits
from annotations.models import Box
from modelship.accounts.actors import Actor
from modelship.accounts.models import ApiKey, Membership
from tests.bench.edits import Calls, moves, timed
from tests.bench.world import BATCH


def measured(image: str, key: str, singles: int, batches: int) -> dict[str, tuple[list[float], float]]:
    """The fields of Calls with one edit, and with a batch."""
    actor = actor_of(key)
    ids = [str(uid) for uid in Box.objects.filter(canvas_id=image).values_list("uid", flat=True)]

    def single(at: int) -> None:
        assert apply_edits(image, moves([ids[at % len(ids)]], at), actor=actor).accepted == 1

    def batch(at: int) -> None:
        assert apply_edits(image, moves(ids[:BATCH], at), actor=actor).accepted == BATCH

    return {"single": plain(timed(singles, single)), "batch": plain(timed(batches, batch))}


def plain(calls: Calls) -> tuple[list[float], float]:
    return calls.seconds, calls.cpu


def actor_of(key: str) -> Actor:
    """Who the key acts for."""
    row = next(row for row in ApiKey.objects.select_related("tenant", "user") if row.prefix in key)
    return Actor.of_key(row, Membership.objects.get(tenant=row.tenant, user=row.user))
