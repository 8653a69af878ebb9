"""A check writes down what each rule finds, which of equal pictures stays, and is the same however often it starts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datasets.actions.archive import archive_images
from datasets.actions.check import request_check
from datasets.actions.ingest import ingest_image
from datasets.cleaning.rules import parse_rules
from datasets.models import Blob, CleanFinding, CleanReport, Dataset, Image
from datasets.storage import open_blob
from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.jobs.registry import kind_named
from modelship.jobs.runner import run_queued
from tests.datasets.measured import image_with, images_with
from tests.datasets.pictures import picture

pytestmark = pytest.mark.django_db
KINDS = ["datasets.clean"]


def checked(alice, dataset, rules=None) -> CleanReport:
    report, job = request_check(alice.actor, dataset, parse_rules(rules))
    run_queued(KINDS)
    job.refresh_from_db()
    assert job.state == "succeeded", job.error
    report.refresh_from_db()
    return report


def found(report: CleanReport, rule: str) -> list[tuple]:
    rows = CleanFinding.objects.filter(report=report, rule=rule).order_by("pk")
    return list(rows.values_list("image__filename", "value", "marked"))


def test_rules_over_measures_name_what_lies_beyond_their_limit(alice, dataset):
    image_with(dataset, filename="good.png")
    image_with(dataset, filename="foggy.png", sharpness=59.9)
    image_with(dataset, filename="edge.png", sharpness=60.0, brightness=25.0)
    image_with(dataset, filename="night.png", brightness=3.5)
    image_with(dataset, filename="snow.png", brightness=250.0)
    image_with(dataset, filename="icon.png", width=99, height=120)
    image_with(dataset, filename="strip.png", width=1000, height=200)
    image_with(dataset, filename="unmeasured.png", sharpness=None, brightness=None)

    report = checked(alice, dataset)

    assert found(report, "blurred") == [("foggy.png", 59.9, True)]
    assert found(report, "dark") == [("night.png", 3.5, True)]
    assert found(report, "bright") == [("snow.png", 250.0, True)]
    assert found(report, "small") == [("icon.png", 99.0, True)]
    assert found(report, "narrow") == [("strip.png", 5.0, True)]
    assert report.images == 8
    assert report.counts == {
        "near": {"images": 0, "groups": 0},
        **{name: {"images": 1} for name in ("blurred", "dark", "bright", "small", "narrow")},
    }


def test_of_equal_pictures_the_best_stays(alice, dataset):
    images_with(
        dataset,
        [
            {"phash": 0b0, "filename": "first.png"},
            {"phash": 0b1, "filename": "sharper.png", "sharpness": 900.0},
            {"phash": 0b11, "filename": "larger.png", "width": 1280, "height": 960},
            {"phash": 0b111, "filename": "labelled.png", "box_count": 2, "state": "labeled"},
            {"phash": -1, "filename": "stranger.png"},
        ],
    )

    report = checked(alice, dataset)

    # Kept, then by distance to it; what is equally far goes by rank. A labelled picture is never marked by itself.
    assert found(report, "near") == [
        ("labelled.png", 0.0, False),
        ("larger.png", 1.0, True),
        ("sharper.png", 2.0, True),
        ("first.png", 3.0, True),
    ]
    assert report.counts["near"] == {"images": 4, "groups": 1}
    kept = CleanFinding.objects.get(report=report, is_kept=True)
    assert (kept.image.filename, kept.group) == ("labelled.png", 1)


def test_a_picture_saved_again_gives_way_to_the_one_it_was_made_of(alice, dataset):
    first, again = images_with(dataset, [{"phash": 5, "sharpness": 90.0}, {"phash": 5, "sharpness": 140.0}])
    for image, size in ((first, 90_000), (again, 20_000)):
        type(image).objects.filter(pk=image.pk).update(size=size)

    checked(alice, dataset)

    assert CleanFinding.objects.get(is_kept=True).image_id == first.pk


def test_what_people_approved_comes_before_all(alice, dataset):
    image_with(dataset, phash=5, box_count=9, state="labeled", filename="more.png", width=4000)
    image_with(dataset, phash=5, box_count=1, state="approved", filename="approved.png")

    assert found(checked(alice, dataset), "near") == [("approved.png", 0.0, False), ("more.png", 0.0, False)]


def test_archived_pictures_are_not_looked_at(alice, dataset):
    twin, other = images_with(dataset, [{"phash": 5}, {"phash": 5, "brightness": 1.0}])
    archive_images(alice.actor, dataset, [other.id], "duplicate")

    report = checked(alice, dataset)

    assert report.images == 1
    assert not CleanFinding.objects.filter(report=report).exists()
    assert twin.archived_at is None


def test_turned_copies_are_found_when_asked_for(alice, dataset):
    mirrored = 0x0123456789ABCDEF ^ 0x5555555555555555
    images_with(dataset, [{"phash": 0x0123456789ABCDEF}, {"phash": mirrored}])

    plain = checked(alice, dataset, {"near": True})
    turned = checked(alice, dataset, {"near": {"distance": 4, "turned": True}})

    assert plain.counts["near"] == {"images": 0, "groups": 0}
    assert turned.counts["near"] == {"images": 2, "groups": 1}


def test_the_same_file_in_another_dataset_of_the_project(alice, dataset):
    other = Dataset.objects.create(tenant=dataset.tenant, project=dataset.project, name="Test set")
    mine = image_with(dataset, filename="leak.png")
    image_with(dataset)
    image_with(other, blob=Blob.objects.get(pk=mine.blob_id))

    report = checked(alice, dataset, {"elsewhere": True})

    assert found(report, "elsewhere") == [("leak.png", 1.0, True)]


def test_broken_files_are_those_that_are_gone_changed_or_undecodable(alice, dataset):
    for number in range(4):
        ingest_image(dataset, f"{number}.png", picture(number), actor=alice.actor)
    _, gone, changed, undecodable = dataset.images.order_by("ordinal")
    for image, data in ((gone, None), (changed, b"other"), (undecodable, picture(3)[:40])):
        with open_blob(image.blob) as file:
            path = file.name
        with open(path, "wb") as file:
            file.write(data or b"")

    report = checked(alice, dataset, {"broken": True})

    assert [name for name, _, _ in found(report, "broken")] == ["1.png", "2.png", "3.png"]


def test_a_check_that_was_stopped_half_way_ends_in_the_same_rows(alice, dataset):
    images_with(dataset, [{"phash": at // 2, "brightness": 1.0} for at in range(0, 64, 2)])
    whole = checked(alice, dataset)
    expected = list(
        CleanFinding.objects.filter(report=whole)
        .order_by("pk")
        .values_list("rule", "image", "value", "group")
    )
    report, _ = request_check(alice.actor, dataset, parse_rules(None))
    job = lease.claim(KINDS)
    ctx = DyingContext(job, ticks_itself=True)
    with pytest.raises(Cancelled):
        kind_named("datasets.clean").handler(job, ctx)
    assert CleanFinding.objects.filter(report=report).exists()
    lease.put_back(job, pause=0)

    run_queued(KINDS)

    rows = CleanFinding.objects.filter(report=report).order_by("pk")
    assert list(rows.values_list("rule", "image", "value", "group")) == expected


class DyingContext(JobContext):
    """Ends the work once the first findings have landed."""

    def progress(self, done, total=None, message=""):
        super().progress(done, total, message)
        if CleanFinding.objects.filter(report=self.job.args["report"]).exists():
            raise Cancelled


def test_the_same_check_is_not_started_twice(alice, dataset):
    first, job = request_check(alice.actor, dataset, parse_rules(None))

    again, same = request_check(alice.actor, dataset, parse_rules(None))
    other, _ = request_check(alice.actor, dataset, parse_rules({"dark": True}))

    assert (again, same) == (first, job)
    assert other != first
    assert Job.objects.filter(kind="datasets.clean").count() == 2


def test_hashes_are_read_in_one_query(alice, dataset):
    images_with(dataset, [{"phash": 1 << at % 60} for at in range(1200)])
    request_check(alice.actor, dataset, parse_rules({"near": {"distance": 0}}))

    with CaptureQueriesContext(connection) as queries:
        run_queued(KINDS)

    reads = [query["sql"] for query in queries if '"phash" IS NOT NULL' in query["sql"]]
    assert len(reads) == 1
    assert Image.objects.filter(dataset=dataset).count() == 1200


def test_a_check_that_was_given_up_leaves_nothing(alice, dataset):
    image_with(dataset, brightness=1.0)
    given_up, job = request_check(alice.actor, dataset, parse_rules({"near": True}))
    cancel(job, alice.actor)

    report = checked(alice, dataset, {"dark": True})

    assert list(CleanReport.objects.all()) == [report]
    assert given_up.pk != report.pk


def test_only_the_last_reports_are_kept(alice, dataset):
    image_with(dataset, brightness=1.0)

    reports = [checked(alice, dataset, {"dark": {"below": below}}) for below in range(10, 17)]

    kept = set(CleanReport.objects.filter(dataset=dataset).values_list("pk", flat=True))
    assert kept == {report.pk for report in reports[-5:]}
