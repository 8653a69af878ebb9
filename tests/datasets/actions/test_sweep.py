"""A clean-up archives what is marked and nothing else; undoing it takes back exactly that."""

import pytest

from datasets.actions.archive import archive_images, restore_images
from datasets.actions.choose import choose, choose_all
from datasets.actions.sweep import Scope, request_sweep, request_undo
from datasets.models import CleanFinding, CleanSweep, Image, SweptImage
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.registry import kind_named
from modelship.jobs.runner import run_queued
from modelship.lib.errors import Conflict, NotFound, Unprocessable
from tests.datasets.actions.test_check import checked
from tests.datasets.measured import images_with

pytestmark = pytest.mark.django_db
APPLY, UNDO = "datasets.clean_apply", "datasets.clean_undo"
EVERYTHING = Scope(("near", "dark"))


@pytest.fixture
def images(dataset) -> list[Image]:
    """Two groups of three near duplicates, and two dark pictures of which one is in a group too."""
    rows = [{"phash": 0, "width": 900 - at} for at in range(3)] + [
        {"phash": -1, "width": 900 - at} for at in range(3)
    ]
    rows[2]["brightness"] = 1.0
    return images_with(dataset, [*rows, {"brightness": 2.0}])


@pytest.fixture
def report(alice, dataset, images):
    return checked(alice, dataset, {"near": True, "dark": True})


def swept(alice, report, scope=EVERYTHING) -> CleanSweep:
    sweep, job = request_sweep(alice.actor, report, scope)
    run_queued([APPLY])
    job.refresh_from_db()
    assert job.state == "succeeded", job.error
    sweep.refresh_from_db()
    return sweep


def undone(alice, sweep) -> CleanSweep:
    request_undo(alice.actor, sweep)
    run_queued([UNDO])
    sweep.refresh_from_db()
    return sweep


def archived(dataset) -> list[int]:
    """Which of the pictures, by their place, are archived."""
    rows = Image.objects.filter(dataset=dataset, archived_at__isnull=False).order_by("ordinal")
    return [ordinal - 1 for ordinal in rows.values_list("ordinal", flat=True)]


def test_what_is_marked_is_archived_once_with_its_reason(alice, dataset, images, report):
    sweep = swept(alice, report)

    assert archived(dataset) == [1, 2, 4, 5, 6]
    assert (sweep.archived, sweep.skipped) == (5, {})
    images[1].refresh_from_db()
    images[6].refresh_from_db()
    assert (images[1].archived_for, images[6].archived_for) == ("near duplicate", "too dark")


def test_undoing_takes_back_exactly_what_was_archived(alice, dataset, images, report):
    archive_images(alice.actor, dataset, [images[4].id], "by hand")
    sweep = swept(alice, report)
    assert sweep.skipped == {"archived": 1}
    # Taken back by somebody, and archived again for another reason: no longer this clean-up's.
    restore_images(alice.actor, dataset, [images[1].id, images[2].id])
    archive_images(alice.actor, dataset, [images[2].id], "ugly")

    undone(alice, sweep)

    assert archived(dataset) == [2, 4]
    assert sweep.restored == 2
    assert sweep.undone_at is not None


def test_a_scope_narrows(alice, dataset, images, report):
    swept(alice, report, Scope(("near",), groups=(2,)))
    assert archived(dataset) == [4, 5]

    swept(alice, report, Scope(("dark",)))
    assert archived(dataset) == [2, 4, 5, 6]

    # Named ones go although they are not marked.
    swept(alice, report, Scope(("near",), images=(str(images[0].id),)))
    assert archived(dataset) == [0, 2, 4, 5, 6]


def test_what_people_worked_on_since_stays_and_is_counted(alice, dataset, images, report):
    Image.objects.filter(pk=images[1].pk).update(state="approved")
    Image.objects.filter(pk=images[2].pk).update(state="labeled")
    Image.objects.filter(pk=images[4].pk).update(box_count=1)
    images[5].delete()

    sweep = swept(alice, report)

    assert archived(dataset) == [6]
    assert (sweep.archived, sweep.skipped) == (1, {"approved": 1, "labeled": 2})


def test_work_that_was_known_does_not_protect_what_people_mark(alice, dataset):
    images = images_with(dataset, [{"brightness": 1.0, "state": "labeled", "box_count": 2}])
    report = checked(alice, dataset, {"dark": True})
    assert swept(alice, report).archived == 0

    choose(alice.actor, report, "dark", {images[0].id: "archive"})

    assert swept(alice, report).archived == 1


def test_the_last_of_its_kind_stays(alice, dataset, images, report):
    archive_images(alice.actor, dataset, [images[0].id], "by hand")
    images[3].delete()

    sweep = swept(alice, report, Scope(("near",)))

    assert archived(dataset) == [0]
    assert (sweep.archived, sweep.skipped) == (0, {"alone": 4})


def test_a_whole_group_goes_where_people_mark_all_of_it(alice, dataset, images, report):
    choose(alice.actor, report, "near", {images[0].id: "archive"})

    swept(alice, report, Scope(("near",), groups=(1,)))

    assert archived(dataset) == [0, 1, 2]


def test_what_is_archived_can_not_become_the_best(alice, dataset, images, report):
    archive_images(alice.actor, dataset, [images[1].id], "by hand")

    with pytest.raises(Unprocessable, match="archived"):
        choose(alice.actor, report, "near", {images[1].id: "best"})

    assert CleanFinding.objects.get(report=report, group=1, is_kept=True).image_id == images[0].pk


def test_doing_it_again_archives_and_audits_nothing_more(alice, dataset, report):
    swept(alice, report)
    entries = AuditEntry.objects.filter(verb="images.archived").count()

    again = swept(alice, report)

    assert (again.archived, again.skipped) == (0, {"archived": 5})
    assert AuditEntry.objects.filter(verb="images.archived").count() == entries


def test_a_killed_clean_up_goes_on_where_it_was(alice, dataset, images, report, monkeypatch):
    monkeypatch.setattr("datasets.actions.sweep.BATCH", 2)
    sweep, _ = request_sweep(alice.actor, report, EVERYTHING)
    job = lease.claim([APPLY])
    with pytest.raises(Cancelled):
        kind_named(APPLY).handler(job, DyingContext(job, ticks_itself=True))
    assert len(archived(dataset)) == 2
    lease.put_back(job, pause=0)

    run_queued([APPLY])

    sweep.refresh_from_db()
    assert archived(dataset) == [1, 2, 4, 5, 6]
    assert (sweep.archived, sweep.skipped) == (5, {})
    assert SweptImage.objects.filter(sweep=sweep).count() == 5


class DyingContext(JobContext):
    """Ends the work after the first batch."""

    def progress(self, done, total=None, message=""):
        raise Cancelled


def test_undoing_is_refused_while_it_runs_and_once_it_is_done(alice, dataset, report):
    running, _ = request_sweep(alice.actor, report, EVERYTHING)
    with pytest.raises(Conflict, match="still at work"):
        request_undo(alice.actor, running)
    run_queued([APPLY])
    undone(alice, running)

    with pytest.raises(Conflict, match="undone already"):
        request_undo(alice.actor, running)


def test_another_picture_can_be_the_best_of_its_group(alice, dataset, images, report):
    choose(alice.actor, report, "near", {images[1].id: "best"})

    swept(alice, report, Scope(("near",)))

    assert archived(dataset) == [0, 2, 4, 5]
    kept = CleanFinding.objects.filter(report=report, is_kept=True).order_by("group")
    assert list(kept.values_list("image", flat=True)) == [images[1].pk, images[3].pk]


def test_an_approved_picture_is_never_marked(alice, dataset):
    first, second = images_with(
        dataset, [{"phash": 1, "state": "approved"}, {"phash": 1, "state": "approved"}]
    )
    report = checked(alice, dataset, {"near": True})

    with pytest.raises(Unprocessable, match="approved"):
        choose(alice.actor, report, "near", {second.id: "archive"})
    choose_all(alice.actor, report, "near", "archive")
    choose(alice.actor, report, "near", {second.id: "best"})

    assert not CleanFinding.objects.filter(report=report, marked=True).exists()
    assert CleanFinding.objects.get(report=report, is_kept=True).image_id == second.pk
    assert first.archived_at is None


def test_all_of_a_rule_is_marked_unmarked_and_as_suggested(alice, dataset, report):
    def marked():
        return CleanFinding.objects.filter(report=report, rule="near", marked=True).count()

    Image.objects.filter(dataset=dataset).update(state="labeled")
    later = checked(alice, dataset, {"near": True})
    choose_all(alice.actor, report, "near", "keep")
    assert marked() == 0
    choose_all(alice.actor, report, "near", "archive")
    assert marked() == 4
    choose_all(alice.actor, report, "near", "suggested")
    assert marked() == 4
    assert choose_all(alice.actor, later, "near", "suggested") == 0


def test_a_choice_over_a_picture_that_was_not_found_changes_nothing(alice, dataset, images, report):
    with pytest.raises(NotFound):
        choose(alice.actor, report, "near", {images[1].id: "keep", images[6].id: "keep"})
    with pytest.raises(Unprocessable):
        choose(alice.actor, report, "dark", {images[2].id: "best"})

    assert CleanFinding.objects.filter(report=report, marked=True).count() == 6
