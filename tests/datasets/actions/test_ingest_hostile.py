"""What places do to those who read them: odd names, files that vanish, sources changed or deleted meanwhile,
credentials that end mid-way, services that ask to wait, very long listings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from datasets.models import Dataset, Image, Source
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.actions.test_scan import scan
from tests.datasets.pictures import picture
from tests.datasets.sources.folder import add_source, counts, ingest, row, send
from tests.datasets.sources.places import sas_of
from tests.datasets.sources.servers.clouds import AzureHandler, AzureSite, azure
from tests.datasets.sources.servers.site import serving
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


class Watched(dict):
    """Files of a server that calls `at[n]` before the n-th of them is read."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[int, Callable[[], Any]] = {}
        self.reads = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.reads += 1
        if action := self.at.pop(self.reads, None):
            action()
            connections.close_all()
        return super().get(key, default)


@pytest.fixture
def site() -> Iterator[AzureSite]:
    with (
        serving(azure()) as site,
        override_settings(MODELSHIP_OUTBOUND_ALLOW=[site.place], MODELSHIP_CHILDREN=1),
    ):
        site.files = Watched()
        for number in range(20):
            site.files[f"{number:04}.png"] = picture(number)
        yield site


@pytest.fixture
def source(site: AzureSite, alice: Person, dataset: Dataset) -> Source:
    config = {"account": "acme", "container": "harbour", "key": site.key, "endpoint": site.url}
    return add_source(alice, dataset, "azure", config)


def once(person: Person, source: Source) -> Job:
    """One run of one attempt."""
    send(person, "post", "ingest", {"source": str(source.id)})
    Job.objects.filter(state="queued").update(max_attempts=1)
    run_queued(["datasets.ingest"])
    return Job.objects.filter(kind="datasets.ingest").order_by("-created_at").first()


def test_odd_names_empty_files_and_loops_of_links(alice: Person, dataset: Dataset, tmp_path: Path):
    tmp_path = tmp_path / "quay"
    tmp_path.mkdir()
    names = [
        "ünïcödé 写真 🚢.png",
        "x" * 251 + ".png",
        "a/same.png",
        "b/same.png",
        " spaced .PNG",
        "e\u0301.png",
    ]
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(picture(number))
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "b/loop").symlink_to(tmp_path / "a/loop")
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        source = add_source(alice, dataset, "local", {"folder": str(tmp_path)})

        assert counts(ingest(alice, source)) == {"created": 6, "refused": 1}

        assert row(source, "empty.png").problem["status"] in (415, 422)
        assert {image.metadata["path"] for image in Image.objects.all()} == set(names)
        assert counts(ingest(alice, source)) == {"unchanged": 7}


def test_a_file_that_vanishes_between_listing_and_reading_is_missing(
    source: Source, site: AzureSite, alice: Person
):
    site.files.at[3] = lambda: site.files.pop("0007.png")

    assert counts(ingest(alice, source)) == {"created": 19, "missing": 1}

    assert row(source, "0007.png").status == "missing"
    assert counts(ingest(alice, source)) == {"unchanged": 19}


def test_credentials_that_end_mid_way_fail_the_run_and_nothing_is_lost(
    source: Source, site: AzureSite, alice: Person
):
    good = site.key
    site.files.at[5] = lambda: setattr(site, "key", "b3RoZXI=")

    job = once(alice, source)

    assert (job.state, job.error["code"]) == ("failed", "credentials_refused")
    assert Image.objects.count() < 20
    site.key = good
    assert counts(ingest(alice, source))["created"] > 0
    assert Image.objects.count() == 20
    assert source.files.exclude(status="ingested").count() == 0
    assert counts(ingest(alice, source)) == {"unchanged": 20}


def test_a_source_that_is_changed_while_it_is_read_is_read_to_its_end_as_it_was(
    source: Source, site: AzureSite, alice: Person
):
    changed: list[int] = []

    def change() -> None:
        answer = send(alice, "patch", f"sources/{source.id}", {"name": "Other", "config": {"prefix": "none"}})
        changed.append(answer.status_code)

    site.files.at[3] = change

    assert counts(ingest(alice, source)) == {"created": 20}

    assert changed == [200]
    source.refresh_from_db()
    assert (source.name, source.config["prefix"]) == ("Other", "none")


def test_a_source_that_is_deleted_while_it_is_read_ends_the_run_with_a_reason(
    source: Source, site: AzureSite, alice: Person
):
    site.files.at[3] = lambda: alice.api.delete(f"/api/v1/sources/{source.id}")

    job = once(alice, source)

    assert (job.state, job.error["code"]) == ("failed", "source_gone")
    assert not Source.objects.exists()
    # What came in stays.
    assert Image.objects.exists()


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_asks_to_wait_is_asked_again(
    source: Source, site: AzureSite, alice: Person, monkeypatch: pytest.MonkeyPatch, status: int
):
    handled, turned_away = AzureHandler.handle_one, set()

    def busy(self: AzureHandler) -> None:
        if self.path not in turned_away:
            turned_away.add(self.path)
            self.body()
            self.answer(status, b"", "text/plain", Retry_After="0")
            return
        handled(self)

    monkeypatch.setattr(AzureHandler, "handle_one", busy)

    assert counts(ingest(alice, source)) == {"created": 20}

    assert len(turned_away) > 20


def test_a_signature_that_has_ended_is_told_before_anything_is_read(
    site: AzureSite, alice: Person, dataset: Dataset
):
    config = {
        "account": "acme",
        "container": "harbour",
        "endpoint": site.url,
        "sas": sas_of(site.key, hours=-1),
    }
    source = add_source(alice, dataset, "azure", config)

    job = once(alice, source)

    assert (job.state, job.error["code"]) == ("failed", "credentials_refused")
    status = alice.api.get(f"/api/v1/ingest/status?source={source.id}").json()
    assert status["stage"] == "failed"
    assert source.files.count() == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_listing_of_fifty_thousand_names_comes_in_pages(source: Source, site: AzureSite, alice: Person):
    site.files.clear()
    site.files.update({f"{number % 100:02}/{number:06}.png": b"x" for number in range(50_000)})
    site.page_size = 5000

    job = scan(alice, source=str(source.id))

    assert (job.result["new"], job.result["listed"]) == (50_000, 50_000)
    assert sum("comp=list" in path for _, path in site.asked) == 10
    found, page = 0, f"/api/v1/database/scan?job={job.id}&limit=500"
    while page:
        answer = alice.api.get(page).json()
        found, page = found + len(answer["results"]), answer["next"]
    assert found == 50_000
