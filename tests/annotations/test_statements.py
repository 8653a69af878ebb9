"""A prepared query answers as the query itself does, whatever it is asked for."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import Model

from annotations.models import Box, Canvas, CanvasEdit, CanvasOp
from datasets.queries import image_for, place_for
from modelship.lib.errors import Forbidden, NotFound
from modelship.live.statements import MAX_PAIRS, Prepared, PreparedPairs, insert_rows, update_rows
from tests.people import Person

COLUMNS = ("uid", "x", "points", "attributes", "provenance", "deleted", "created_by_id", "score")
boxes = Prepared(
    lambda canvas_id, uids: (
        Box.objects.filter(canvas_id=canvas_id, uid__in=uids).order_by("x").values_list(*COLUMNS)
    )
)

pairs = PreparedPairs(Box.objects.values_list("canvas_id", "x"), "canvas_id", "uid")


def box(canvas: Canvas, x: float, **more: object) -> Box:
    fixed = {"y": 1.5, "w": 4, "h": 5, "created_seq": 1, "seq": 1, "attributes": {"wet": True, "é": None}}
    return Box(canvas=canvas, uid=uuid4(), x=x, **fixed, **more)


def insert(rows: Sequence[Model]) -> None:
    """The same rows as the ORM would insert."""
    names = [field.attname for field in rows[0]._meta.concrete_fields if not field.primary_key]
    insert_rows(type(rows[0]), names, [[getattr(row, name) for name in names] for row in rows])


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

    insert(made)

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
    insert(made)
    uids = [one.uid for one in made[:count]]

    found = boxes(str(canvas.pk), {str(uid) for uid in uids})

    assert [row[0] for row in found] == uids


def test_nothing_is_asked_where_there_are_no_ids(canvas: Canvas, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert boxes(canvas.pk, []) == []


def test_rows_of_another_canvas_are_not_found(canvas: Canvas, make_picture):
    other = Canvas.objects.create(image=make_picture())
    made = box(other, 1)
    insert([made])

    assert boxes(canvas.pk, [made.uid]) == []


def test_only_the_rows_with_the_keys_are_updated(canvas: Canvas):
    made = [box(canvas, 1), box(canvas, 2)]
    insert(made)

    update_rows(
        Box, ("x", "attributes"), ("canvas_id", "uid"), [[7.5, {"wet": False}, canvas.pk, str(made[0].uid)]]
    )

    kept = dict(Box.objects.values_list("x", "attributes"))
    assert kept == {2: {"wet": True, "é": None}, 7.5: {"wet": False}}


def test_the_database_fills_in_what_is_not_named(canvas: Canvas):
    with transaction.atomic():
        insert_rows(CanvasOp, ("canvas_id", "op_id", "seq"), [[canvas.pk, uuid4(), 7]])

    stored = CanvasOp.objects.get()
    assert (stored.seq, stored.code, stored.detail) == (7, "", "")


def test_dates_and_json_read_as_they_were_given(canvas: Canvas):
    made = CanvasEdit(canvas=canvas, seq=1, actor={"kind": "user", "é": [1.5, None]}, edits=[{"kind": "add"}])

    with transaction.atomic():
        insert([made])

    stored = CanvasEdit.objects.get()
    assert (stored.created_at, stored.ref, stored.actor, stored.edits) == (
        made.created_at,
        None,
        made.actor,
        [{"kind": "add"}],
    )


def test_rows_are_found_by_pairs_and_by_nothing_else(canvas: Canvas, make_picture):
    other = Canvas.objects.create(image=make_picture())
    made = [box(canvas, 1), box(canvas, 2), box(other, 3), box(other, 4), box(other, 5)]
    insert(made)
    asked_for = {
        canvas.pk: [str(made[0].uid)],
        other.pk: [str(one.uid) for one in (made[1], made[3], made[4])],
    }

    assert sorted(x for _, x in pairs(asked_for)) == [1, 4, 5]
    assert sorted(x for _, x in pairs({other.pk: [str(one.uid) for one in made]})) == [3, 4, 5]


def test_more_pairs_than_one_query_takes_are_all_found(canvas: Canvas, make_picture):
    other = Canvas.objects.create(image=make_picture())
    made = [box(one, x) for x in range(MAX_PAIRS) for one in (canvas, other)]
    insert(made)

    found = pairs(
        {one.pk: [str(row.uid) for row in made if row.canvas_id == one.pk] for one in (canvas, other)}
    )

    assert len(found) == 2 * MAX_PAIRS


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
