"""What was seen in several pictures lands in one transaction, and each picture fares as if it were alone."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from threading import Event, Thread
from unittest.mock import Mock
from uuid import UUID

import pytest
from django.db import close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotations.actions.canvas_log import lock_canvas
from annotations.models import Canvas
from datasets.models import Image
from inference.actions.propose import Proposed
from inference.detection import Found, Seen
from inference.labelling_jobs import _run_of
from inference.landing import landed_together
from inference.looking import LOT, Glance, lots
from inference.models import ImageRun
from inference.options import LABELLING
from inference.patience import Patience
from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled, LeaseLost
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound
from modelship.lib.ids import derived_id
from tests.annotations.actions.test_apply_together import spoilt
from tests.inference.installed import add_images, boxes_of
from tests.inference.test_jobs import label

pytestmark = pytest.mark.django_db(transaction=True)
SEEN = Seen(64, 64, [Found("thing", 0.9, 8, 16, 20, 24, None)], 0, 5)


@pytest.fixture
def images(alice, dataset) -> list[Image]:
    return add_images(alice, dataset, 4)


@pytest.fixture
def ctx(alice, dataset, thing, images) -> JobContext:
    answer = label(alice, dataset, thing)
    assert answer.status_code == 202
    job = lease.claim([LABELLING])
    assert job is not None
    return JobContext(job)


def land(ctx: JobContext, images: list[Image]) -> list:
    return landed_together(ctx, _run_of(ctx.job), [(image, SEEN) for image in images])


def done(ctx: JobContext) -> set[UUID]:
    return set(ImageRun.objects.filter(job=ctx.job).values_list("image_id", flat=True))


def test_many_land_at_once_each_with_its_boxes_its_mark_and_its_counters(ctx, images):
    proposals = land(ctx, images)

    assert [len(one.boxes) for one in proposals] == [1] * 4
    assert done(ctx) == {image.id for image in images}
    assert [[(box.x, box.state) for box in boxes_of(image)] for image in images] == [[(8, "proposed")]] * 4
    shown = Image.objects.values_list("state", "box_count", "proposed_count", "highest_score")
    assert list(shown) == [("proposed", 1, 1, pytest.approx(0.9))] * 4


def test_a_picture_more_costs_few_statements(ctx, images, alice, dataset):
    def statements(count: int, first: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            land(ctx, more[first : first + count])
        return len(asked)

    more = add_images(alice, dataset, 40, size=(64, 64), spots=((4, 4),))
    land(ctx, images)

    few, many = statements(8, 0), statements(16, 8)

    assert (many - few) / 8 <= 4


def test_one_that_is_deleted_meanwhile_is_left_out_alone(ctx, images):
    Image.objects.get(id=images[1].id).delete()

    proposals = land(ctx, images[:3])

    assert [type(one) for one in proposals] == [Proposed, NotFound, Proposed]
    assert done(ctx) == {images[0].id, images[2].id}


def test_one_that_is_approved_meanwhile_stays_as_it_is_and_is_not_done(ctx, images):
    Canvas.objects.create(image=images[1], review_state=Canvas.ReviewState.APPROVED)

    proposals = land(ctx, images)

    assert [one.refusal.code if one.refusal else "" for one in proposals] == ["", "locked", "", ""]
    assert done(ctx) == {image.id for image in images} - {images[1].id}
    assert boxes_of(images[1]) == []


def test_one_that_the_database_refuses_takes_nobody_with_it(ctx, images):
    bad = derived_id(ctx.job.id, images[2].id, 0)

    with spoilt("annotations_box", "uid", bad), pytest.raises(Exception, match=r"spoilt|integrity"):
        land(ctx, images)

    assert done(ctx) == {images[0].id, images[1].id}


def test_one_with_very_many_boxes_lands_alone(ctx, images):
    crowded = Seen(64, 64, [Found("thing", 0.9, 1, 1, 9, 9, None)] * 600, 0, 5)

    first, second = landed_together(ctx, _run_of(ctx.job), [(images[0], crowded), (images[1], SEEN)])

    assert (len(first.boxes), len(second.boxes)) == (600, 1)
    assert done(ctx) == {images[0].id, images[1].id}


def test_nothing_lands_once_the_lease_is_lost(ctx, images):
    Job.objects.update(lease_token=derived_id(ctx.job.id, "somebody else"))

    with pytest.raises(LeaseLost):
        land(ctx, images)

    assert not done(ctx)
    assert [boxes_of(image) for image in images] == [[]] * 4


def test_one_that_somebody_edits_lands_when_it_is_free_and_keeps_nobody_waiting(ctx, images):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: nobody can hold a single canvas.")
    is_held, may_end = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            lock_canvas(images[1].id)
            is_held.set()
            may_end.wait(20)
        close_old_connections()

    def work() -> None:
        told.extend(land(ctx, images))
        close_old_connections()

    lock_canvas_once(images[1])
    told: list = []
    threads = [Thread(target=hold), Thread(target=work)]
    threads[0].start()
    assert is_held.wait(20)
    threads[1].start()
    with ExitStack() as after:
        after.callback(lambda: [thread.join(20) for thread in threads])
        after.callback(may_end.set)
        wait_until(lambda: len(done(ctx)) == 3)
        assert images[1].id not in done(ctx)

    assert [len(one.boxes) for one in told] == [1] * 4
    assert len(done(ctx)) == 4


def lock_canvas_once(image: Image) -> None:
    with transaction.atomic():
        lock_canvas(image.id)


def wait_until(holds) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def glances(*seen: bool) -> Iterator[Glance]:
    """Glances that are over, or not yet."""
    for is_over in seen:
        glance = Glance(Mock())
        glance.seeing = Future()
        if is_over:
            glance.seeing.set_result([])
        yield glance


def test_those_that_are_over_come_together_up_to_a_number():
    found = [len(lot) for lot in lots(Mock(), glances(*[True] * (2 * LOT + 3)), Patience())]

    assert found == [LOT, LOT, 3]


def test_what_is_over_does_not_wait_for_what_takes_long():
    ctx = Mock(check=Mock(side_effect=Cancelled))

    lot_by_lot = lots(ctx, glances(True, True, False, True), Patience())

    assert len(next(lot_by_lot)) == 2
    with pytest.raises(Cancelled):
        next(lot_by_lot)
