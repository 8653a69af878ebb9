import json
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from annotations.edits import BoxState
from tests.annotations.formats.samples import ALICE, BOAT, CRANE, QUAY, box, image, parsed, written


def test_shape_of_the_document():
    data, _ = written(
        "json", [image(1, boxes=[box()]), image(2, state="new")], dataset=replace(QUAY, version=3)
    )

    document = parsed(data)
    assert list(document) == ["dataset", "version", "classes", "images"]
    assert (document["dataset"], document["version"]) == ("North quay", 3)
    assert document["classes"][0] == {
        "id": str(BOAT.id),
        "name": "boat",
        "color": "#0072b2",
        "hotkey": "1",
        "attributes": [],
        "use": "both",
        "skeleton": {},
    }
    keys = ["filename", "sha256", "width", "height", "state", "split", "boxes"]
    assert list(document["images"][0]) == keys
    assert document["images"][1] == {
        "filename": "2.jpg",
        "sha256": f"{2:064x}",
        "width": 200,
        "height": 100,
        "state": "new",
        "split": "",
        "boxes": [],
    }


def test_a_box_is_written_as_every_other_door_writes_it():
    made = box(created_by=ALICE, updated_by=ALICE, seq=4, score=0.25, provenance={"job": None})
    same = BoxState(
        **{
            **made._asdict(),
            "id": str(made.id),
            "class_id": str(made.class_id),
            "created_by": str(ALICE),
            "updated_by": str(ALICE),
            "points": [],
        }
    )

    data, _ = written("json", [image(boxes=[made])])

    [found] = parsed(data)["images"][0]["boxes"]
    wire = same.wire({str(ALICE): "Alice"})
    assert found == wire
    assert list(found) == list(wire)


numbers = st.floats(0, 20_000, allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
boxes = st.builds(
    box,
    number=st.integers(1, 10**6),
    class_id=st.sampled_from([None, BOAT.id, CRANE.id]),
    x=numbers,
    y=numbers,
    w=numbers,
    h=numbers,
    rotation=st.floats(0, 359),
    points=st.lists(st.tuples(numbers, numbers), max_size=4),
    attributes=st.dictionaries(texts, st.none() | st.booleans() | texts | numbers, max_size=3),
    score=st.none() | st.floats(0, 1),
    state=st.sampled_from(["accepted", "proposed", "rejected"]),
    source=st.sampled_from(["human", "model", "import"]),
    model=st.none() | st.uuids(),
    seq=st.integers(0, 2**53),
)


@given(st.lists(st.tuples(texts, st.lists(boxes, max_size=3)), max_size=3))
def test_nothing_is_lost_or_rounded(pictures):
    images = [image(number, name, drawn) for number, (name, drawn) in enumerate(pictures, 1)]

    data, tally = written("json", images)

    found = parsed(data)["images"]
    # orjson writes the shortest digits that give the same number, so equality is exact.
    wanted = [[json.loads(json.dumps(one.wire({}), default=str)) for one in drawn] for _, drawn in pictures]
    assert [row["filename"] for row in found] == [
        name or f"{n}.jpg" for n, (name, _) in enumerate(pictures, 1)
    ]
    assert [row["boxes"] for row in found] == wanted
    assert tally.boxes == sum(len(drawn) for _, drawn in pictures)


def test_people_who_left_have_no_name():
    data, _ = written("json", [image(boxes=[box(created_by=UUID(int=5))])])

    [found] = parsed(data)["images"][0]["boxes"]
    assert found["created_by"] == {"id": str(UUID(int=5)), "name": "Somebody"}
