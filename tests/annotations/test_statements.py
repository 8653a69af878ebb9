"""A prepared query answers as the query itself does, whatever it is asked for."""

from uuid import UUID, uuid4

import pytest
from django.db import transaction

from annotations.models import Box, Canvas, CanvasEdit
from datasets.queries import image_for, place_for
from modelship.lib.errors import Forbidden, NotFound
from modelship.live.statements import Prepared, insert_rows, update_rows
from tests.people import Person

COLUMNS = ("uid", "x", "points", "attributes", "provenance", "deleted", "created_by_id", "score")
boxes = Prepared(
    lambda canvas_id, uids: (
        Box.objects.filter(canvas_id=canvas_id, uid__in=uids).order_by("x").values_list(*COLUMNS)
    )
)


def box(canvas: Canvas, x: float, **more: object) -> Box:
    fixed = {"y": 1.5, "w": 4, "h": 5, "created_seq": 1, "seq": 1, "attributes": {"wet": True, "é": None}}
    return Box(canvas=canvas, uid=uuid4(), x=x, **fixed, **more)


@pytest.fixture
def canvas(make_picture) -> Canvas:
    return Canvas.objects.create(image=make_picture())


def asked(canvas: Canvas, uids: list[UUID]) -> list[list]:
    rows = Box.objects.filter(canvas=canvas, uid__in=uids).order_by("x").values_list(*COLUMNS)
    return [list(row) for row in rows]


def test_inserted_rows_read_as_the_orm_reads_them(canvas: Canvas):
    made = [
        box(canvas, 1, score=0.5),
        box(canvas, 2, points=[[1, 2.25]], provenance={"job": None}, deleted=True),
    ]

    insert_rows(made)

    uids = [one.uid for one in made]
    assert boxes(canvas.pk, uids) == asked(canvas, uids)
    assert boxes(canvas.pk, uids)[1] == [
        uids[1],
        2,
        [[1, 2.25]],
        {"wet": True, "é": None},
        {"job": None},
        True,
        None,
        None,
    ]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_prepared_query_takes_any_number_of_ids_in_either_form(canvas: Canvas, count: int):
    made = [box(canvas, at) for at in range(4)]
    insert_rows(made)
    uids = [one.uid for one in made[:count]]

    found = boxes(str(canvas.pk), {str(uid) for uid in uids})

    assert [row[0] for row in found] == uids


def test_nothing_is_asked_where_there_are_no_ids(canvas: Canvas, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert boxes(canvas.pk, []) == []


def test_rows_of_another_canvas_are_not_found(canvas: Canvas, make_picture):
    other = Canvas.objects.create(image=make_picture())
    made = box(other, 1)
    insert_rows([made])

    assert boxes(canvas.pk, [made.uid]) == []


def test_only_the_rows_with_the_keys_are_updated(canvas: Canvas):
    made = [box(canvas, 1), box(canvas, 2)]
    insert_rows(made)

    update_rows(
        Box, ("x", "attributes"), ("canvas_id", "uid"), [[7.5, {"wet": False}, canvas.pk, str(made[0].uid)]]
    )

    kept = dict(Box.objects.values_list("x", "attributes"))
    assert kept == {2: {"wet": True, "é": None}, 7.5: {"wet": False}}


def test_inserted_rows_keep_their_defaults(canvas: Canvas):
    made = CanvasEdit(canvas=canvas, seq=1, actor={"kind": "user"}, edits=[{"kind": "add"}])

    with transaction.atomic():
        insert_rows([made])

    stored = CanvasEdit.objects.get()
    assert (stored.created_at, stored.ref, stored.edits) == (made.created_at, None, [{"kind": "add"}])


def test_a_place_is_the_image_as_the_gate_lets_it_through(make_picture, alice: Person):
    image = make_picture()

    place = place_for(alice.actor, image.id, "annotate")

    assert (place.id, place.width, place.height) == (image.id, image.width, image.height)
    assert place.project == image_for(alice.actor, image.id, "annotate").dataset.project


def test_a_place_is_refused_as_the_image_is(make_picture, charlie: Person, alice: Person, vic: Person):
    image = make_picture()

    with pytest.raises(NotFound):
        place_for(charlie.actor, image.id, "view")
    with pytest.raises(NotFound):
        place_for(alice.actor, uuid4(), "view")
    with pytest.raises(Forbidden):
        place_for(vic.actor, image.id, "annotate")
