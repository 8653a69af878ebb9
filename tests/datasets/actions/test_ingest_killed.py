"""Two ingests at once whose workers are killed ten times: each good file is in once, and nothing is lost."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db.models import F, Max

from datasets.models import Blob, Dataset, Image, Source, SourceFile
from datasets.storage import blob_path
from modelship.jobs.models import Job
from tests.datasets.pictures import picture
from tests.datasets.sources.folder import add_source, replace, send
from tests.modelship.jobs.conftest import Process, wait_until
from tests.people import Person

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]
GOOD, COPIES, BROKEN, RESTLESS, KILLS = 4400, 500, 50, 50, 10
FIRST_OTHER = 10_000
VERSIONS = 400


def fill(folder: Path) -> None:
    folder.mkdir()
    for number in range(GOOD):
        (folder / f"good-{number:04}.png").write_bytes(picture(number))
    for number in range(COPIES):
        (folder / f"copy-{number:04}.png").write_bytes(picture(number))
    for number in range(BROKEN):
        (folder / f"torn-{number:04}.png").write_bytes(picture(9000 + number)[:40])
    for number in range(RESTLESS):
        (folder / f"rest-{number:04}.png").write_bytes(version(number, 0))


def version(number: int, turn: int) -> bytes:
    return picture(FIRST_OTHER + turn * RESTLESS + number)


@contextmanager
def restless(folder: Path) -> Iterator[None]:
    """Keeps changing some files, half of them in place with a pause in the middle; they end at version 1."""
    stop = threading.Event()

    def change() -> None:
        turn = 2
        while not stop.is_set():
            for number in range(RESTLESS):
                path, data = folder / f"rest-{number:04}.png", version(number, turn)
                if number % 2:
                    replace(path, data)
                    continue
                with path.open("wb", buffering=0) as file:
                    file.write(data[:50])
                    stop.wait(0.002)
                    file.write(data[50:])
            turn = turn + 1 if turn < VERSIONS - 1 else 2
            stop.wait(0.2)

    writer = threading.Thread(target=change)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
        for number in range(RESTLESS):
            replace(folder / f"rest-{number:04}.png", version(number, 1))


def settled(jobs: list[UUID]) -> int:
    return SourceFile.objects.filter(run__in=jobs).count()


def states(jobs: list[UUID]) -> set[str]:
    return set(Job.objects.filter(id__in=jobs).values_list("state", flat=True))


def start(person: Person, sources: list[Source]) -> list[UUID]:
    answers = [send(person, "post", "ingest", {"source": str(source.id)}).json() for source in sources]
    return [UUID(answer["job"]["id"]) for answer in answers]


def run_through_kills(jobs: list[UUID]) -> None:
    workers = [Process("--concurrency", "1", "--kinds", "datasets.ingest") for _ in range(2)]
    try:
        for kill in range(KILLS):
            before = settled(jobs)
            wait_until(lambda: settled(jobs) >= before + 64 or states(jobs) == {"succeeded"}, 120)  # noqa: B023
            workers[kill % 2].kill()
            workers[kill % 2].process.stdout.close()
            workers[kill % 2] = Process("--concurrency", "1", "--kinds", "datasets.ingest")
        assert states(jobs) != {"succeeded"}, "The work was over before the last kill."
        wait_until(lambda: states(jobs) <= {"succeeded", "failed", "cancelled"}, 600)
    finally:
        for worker in workers:
            worker.kill()
            worker.process.stdout.close()


def run_to_end(jobs: list[UUID]) -> None:
    worker = Process("--drain", "--concurrency", "2", "--kinds", "datasets.ingest")
    assert worker.ends(300) == 0
    worker.process.stdout.close()


def test_two_ingests_killed_ten_times_bring_each_good_file_in_once(
    alice: Person, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "quay"
    fill(folder)
    monkeypatch.setenv("MODELSHIP_SOURCE_FOLDERS", str(tmp_path))
    # The second reads the files that are hard: copies of the first's, torn and changing ones.
    shares = {"One": ("", 5000), "Two": ("copy-*, rest-*, torn-*", 600)}
    sources = [
        add_source(alice, dataset, "local", {"folder": str(folder), "pattern": pattern}, name)
        for name, (pattern, _) in shares.items()
    ]

    jobs = start(alice, sources)
    with restless(folder):
        run_through_kills(jobs)
    assert states(jobs) == {"succeeded"}
    # What changed until the end is brought in by the next run, and then there is nothing left to do.
    run_to_end(start(alice, sources))
    before = [list(table.objects.order_by("pk").values()) for table in (Image, Blob, SourceFile)]
    again = start(alice, sources)
    run_to_end(again)

    assert [list(table.objects.order_by("pk").values()) for table in (Image, Blob, SourceFile)] == before
    assert {job.result["unchanged"] for job in Job.objects.filter(id__in=again)} == {5000, 600}
    digests = list(Image.objects.values_list("blob__sha256", flat=True))
    assert len(digests) == len(set(digests))
    good = {hashlib.sha256(picture(number)).hexdigest() for number in range(GOOD)}
    last = {hashlib.sha256(version(number, 1)).hexdigest() for number in range(RESTLESS)}
    ever = {
        hashlib.sha256(version(number, turn)).hexdigest()
        for number in range(RESTLESS)
        for turn in range(VERSIONS)
    }
    assert good | last <= set(digests) <= good | ever
    for source in sources:
        share = shares[source.name][1]
        rows = SourceFile.objects.filter(source=source)
        assert rows.filter(status="refused", key__startswith="torn-").count() == BROKEN
        assert (
            rows.filter(status__in=["ingested", "duplicate"], image__isnull=False).count() == share - BROKEN
        )
        assert rows.exclude(sha256=F("image__blob__sha256")).exclude(status="refused").count() == 0
    ordinals = Image.objects.filter(dataset=dataset).aggregate(most=Max("ordinal"))["most"]
    assert ordinals == len(digests)
    media = Path(settings.MODELSHIP_HOME) / "media"
    assert all((media / blob_path(blob)).stat().st_size == blob.size for blob in Blob.objects.all())
