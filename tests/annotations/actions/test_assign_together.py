"""Two who assign the same pictures at the same moment: each picture is dealt once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from annotations.models import Assignment
from datasets.actions.bulk import change_many
from datasets.actions.bulk_changes import BY_NAME
from datasets.models import Dataset
from datasets.selection import Selection
from modelship.accounts.actors import Actor
from modelship.audit.models import AuditEntry
from tests.datasets.seeded import seed_images
from tests.people import Person, make_person

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = 40


def change(actor: Actor, dataset: Dataset, action: str, value: dict[str, Any]) -> int:
    """How many pictures it changed."""
    kind = BY_NAME[action]
    answer = change_many(actor, dataset, kind, Selection(line=""), kind.read({"value": value}))
    assert answer.done is not None
    return answer.done.changed


def together(*calls: Callable[[], int]) -> list[int]:
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        start.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_two_managers_deal_the_same_pictures_out_once(
    alice: Person, ann: Person, bob: Person, dataset: Dataset
):
    max_ = make_person("Max", alice.tenant, "manager")
    seed_images(dataset, *({} for _ in range(PICTURES)))
    value = {"purpose": "label", "people": [str(ann.user.id), str(bob.user.id)]}

    changed = together(
        *(lambda who=who: change(who.actor, dataset, "assign", value) for who in (alice, max_))
    )

    assert sorted(changed) == [0, PICTURES]
    assert Assignment.objects.count() == PICTURES
    assert Assignment.objects.filter(user=ann.user).count() == PICTURES // 2
    assert AuditEntry.objects.filter(verb="images.assigned").count() == 1


def test_two_annotators_never_take_the_same_picture(ann: Person, bob: Person, dataset: Dataset):
    seed_images(dataset, *({} for _ in range(PICTURES)))

    changed = together(*(lambda who=who: change(who.actor, dataset, "take", {}) for who in (ann, bob)))

    assert sorted(changed) == [0, PICTURES]
    assert Assignment.objects.count() == PICTURES


def test_who_assigns_while_another_takes_away_leaves_all_or_nothing(
    alice: Person, ann: Person, dataset: Dataset
):
    seed_images(dataset, *({} for _ in range(PICTURES)))
    value = {"purpose": "label", "people": [str(ann.user.id)]}
    change(alice.actor, dataset, "assign", value)

    together(
        lambda: change(alice.actor, dataset, "unassign", {}),
        lambda: change(alice.actor, dataset, "assign", value),
    )

    assert Assignment.objects.count() in (0, PICTURES)
