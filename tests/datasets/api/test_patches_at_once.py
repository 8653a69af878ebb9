"""Two PATCH calls at the same moment that name different fields: both hold."""

import threading

import pytest
from django.db import connection

from datasets.models import SavedView, Source
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def at_once(*calls) -> list[int]:
    """Their statuses."""
    gate, statuses = threading.Barrier(len(calls)), []

    def one(call):
        gate.wait()
        try:
            statuses.append(call().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return statuses


def patch(person: Person, path: str, **fields):
    return lambda: person.api.patch(f"/api/v1/{path}", fields, content_type="application/json")


def test_of_a_dataset_and_of_a_project(alice: Person, dataset):
    for path, row in (
        (f"datasets/{dataset.id}", dataset),
        (f"projects/{dataset.project_id}", dataset.project),
    ):
        for number in range(ROUNDS):
            name, text = f"Quay {number}", f"text {number}"

            found = at_once(patch(alice, path, name=name), patch(alice, path, description=text))

            row.refresh_from_db()
            assert (found, row.name, row.description) == ([200, 200], name, text)


def test_of_a_saved_view(alice: Person, dataset):
    view = SavedView.objects.create(dataset=dataset, owner=alice.user, name="V", line="", place=0)
    for number in range(ROUNDS):
        name, is_shared = f"View {number}", number % 2 == 0

        found = at_once(
            patch(alice, f"views/{view.id}", name=name), patch(alice, f"views/{view.id}", is_shared=is_shared)
        )

        view.refresh_from_db()
        assert (found, view.name, view.is_shared) == ([200, 200], name, is_shared)


def test_of_a_source_the_second_is_told(alice: Person, dataset):
    body = {
        "dataset": str(dataset.id),
        "kind": "http",
        "name": "S",
        "config": {"urls": "https://93.184.216.34/a.png"},
    }
    source = alice.api.post("/api/v1/sources", body, content_type="application/json").json()
    path = f"sources/{source['id']}"
    for number in range(ROUNDS):
        urls = f"https://93.184.216.34/{number}.png"
        before = Source.objects.get().config["urls"], Source.objects.get().name

        found = at_once(patch(alice, path, name=f"S {number}"), patch(alice, path, config={"urls": urls}))

        now = Source.objects.get()
        assert set(found) <= {200, 409}
        assert (now.name != before[1], now.config["urls"] != before[0]).count(True) == found.count(200) >= 1
