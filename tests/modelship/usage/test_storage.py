"""The storage quota: paid once for the same bytes, given back when they go, never overdrawn by many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from datasets.actions.datasets import delete_dataset
from datasets.actions.images import delete_image
from datasets.actions.ingest import ingest_image
from datasets.models import Blob, Image
from modelship.jobs.runner import run_queued
from modelship.usage.models import Quota
from tests.datasets.pictures import picture, post_files


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "datasets.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "media"}},
    }


def storage_of(person) -> dict:
    rows = person.api.get("/api/v1/tenant/quotas").json()["results"]
    return next(row for row in rows if row["resource"] == "storage")


def used(person) -> int:
    return storage_of(person)["used"]


def limited(person, limit: int) -> None:
    Quota.objects.update_or_create(tenant=person.tenant, resource="storage", defaults={"limit": limit})


def test_without_a_limit_usage_is_counted_all_the_same(alice, dataset):
    data = picture(1)
    ingest_image(dataset, "a.png", data, actor=alice.actor)

    shown = storage_of(alice)

    assert shown == {
        "resource": "storage",
        "title": "Storage",
        "unit": "bytes",
        "used": len(data),
        "limit": None,
        "left": None,
    }


def test_the_same_bytes_are_paid_once_and_given_back_when_nobody_holds_them(
    alice, dataset, django_capture_on_commit_callbacks
):
    data = picture(1)
    other = type(dataset).objects.create(tenant=alice.tenant, project=dataset.project, name="Other")
    first = ingest_image(dataset, "a.png", data, actor=alice.actor).image
    second = ingest_image(other, "b.png", data, actor=alice.actor).image
    assert used(alice) == len(data)

    with django_capture_on_commit_callbacks(execute=True):
        delete_image(alice.actor, first)
    assert used(alice) == len(data)
    with django_capture_on_commit_callbacks(execute=True):
        delete_image(alice.actor, second)

    assert used(alice) == 0


def test_a_deleted_dataset_gives_back_what_it_held(alice, dataset):
    ingest_image(dataset, "a.png", picture(1), actor=alice.actor)

    delete_dataset(alice.actor, dataset)
    run_queued(["datasets.free_bytes"])

    assert used(alice) == 0


def test_what_does_not_fit_is_refused_and_leaves_nothing(alice, dataset):
    small, large = picture(1), picture(2)
    limited(alice, len(small) + len(large) - 1)
    ingest_image(dataset, "a.png", small, actor=alice.actor)

    answer = post_files(alice, dataset, [("b.png", large)])

    assert answer.status_code == 207
    problem = answer.json()["results"][0]["problem"]
    assert (problem["status"], problem["code"], problem["resource"]) == (409, "quota_exceeded", "storage")
    assert Image.objects.count() == Blob.objects.count() == 1
    assert used(alice) == len(small)


def test_the_settings_limit_every_tenant_that_has_no_limit_of_its_own(alice, charlie, dataset, settings):
    settings.MODELSHIP_TENANT_STORAGE_BYTES = 10
    ingest = lambda: ingest_image(dataset, "a.png", picture(1), actor=alice.actor).status  # noqa: E731

    assert ingest() == "refused"
    limited(alice, 1 << 20)

    assert ingest() == "created"
    assert storage_of(charlie)["limit"] == 10


def test_a_tenant_from_before_pays_for_what_it_holds_at_its_first_use(alice, dataset):
    ingest_image(dataset, "a.png", picture(1), actor=alice.actor)
    Quota.objects.all().delete()

    ingest_image(dataset, "b.png", picture(2), actor=alice.actor)

    assert Quota.objects.get().used == len(picture(1)) + len(picture(2))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_exactly_what_there_is(alice, dataset):
    sizes = [len(picture(number)) for number in range(8)]
    limited(alice, sum(sorted(sizes)[:4]))
    start = threading.Barrier(8)

    def ingest(number: int) -> str:
        start.wait()
        try:
            return ingest_image(dataset, f"{number}.png", picture(number), actor=alice.actor).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        verdicts = list(threads.map(ingest, range(8)))

    held = sum(Blob.objects.values_list("size", flat=True))
    assert verdicts.count("created") == Image.objects.count() == Blob.objects.count()
    assert Quota.objects.get().used == held <= Quota.objects.get().limit


def test_the_account_can_be_counted_anew(alice, dataset, capsys):
    ingest_image(dataset, "a.png", picture(1), actor=alice.actor)
    Quota.objects.update(used=7)

    call_command("recount_usage")

    assert Quota.objects.get().used == len(picture(1))
    assert "acme: storage was off by" in capsys.readouterr().out
    call_command("recount_usage")
    assert "off by" not in capsys.readouterr().out


def test_the_page_says_what_is_left(alice, dataset):
    ingest_image(dataset, "a.png", picture(1), actor=alice.actor)
    limited(alice, len(picture(1)))

    page = alice.browser.get("/settings/usage/")

    assert "Nothing is left." in page.content.decode()
