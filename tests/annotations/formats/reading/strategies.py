"""Images as the database holds them: every geometry went through `fit`."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from annotations.formats.records import ExportBox, ExportClass, ExportDataset, ExportImage
from annotations.geometry import BadGeometry, Geometry, fit

# Not the characters that no JSON can carry, nor those that a name can't be made of.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
NAME = TEXT.filter(lambda text: text.strip() and text.isprintable())
PERSON = UUID(int=77)
POSE = {"points": ["head", "tail"], "edges": [[0, 1]]}
SCHEMA = [
    {"name": "colour", "kind": "choice", "choices": ["red", "white"]},
    {"name": "wet", "kind": "checkbox"},
]
VALUES = st.dictionaries(NAME, st.one_of(TEXT, st.booleans(), st.integers(-999, 999)), max_size=3)


@st.composite
def datasets(draw: Any) -> ExportDataset:
    names = draw(st.lists(NAME.map(str.strip), min_size=1, max_size=4, unique=True))
    classes = tuple(
        ExportClass(
            UUID(int=at + 1),
            name,
            "#0072b2",
            hotkey=str(at),
            attributes=SCHEMA if at % 2 else (),
            use=draw(st.sampled_from(("both", "shapes", "tags"))),
            skeleton=POSE if at == 0 else {},
        )
        for at, name in enumerate(names)
    )
    return ExportDataset(UUID(int=9), draw(NAME), classes, people={PERSON: "Alice"})


@st.composite
def boxes(draw: Any, dataset: ExportDataset, width: int, height: int, number: int) -> ExportBox:
    shape = draw(st.sampled_from(("box", "polygon", "polyline", "point", "keypoints", "tag")))
    geometry = draw(geometries(shape, width, height))
    return ExportBox(
        UUID(int=number),
        draw(st.sampled_from([None, *(known.id for known in dataset.classes)])),
        shape,
        *(geometry.x, geometry.y, geometry.w, geometry.h, geometry.rotation),
        points=[list(point) for point in geometry.points],
        attributes=draw(VALUES),
        source=draw(st.sampled_from(("human", "model", "import"))),
        score=draw(st.one_of(st.none(), st.floats(0, 1))),
        model=draw(st.sampled_from((None, UUID(int=5)))),
        provenance=draw(st.sampled_from((None, {"slice": [0, 0, 64, 64]}))),
        state=draw(st.sampled_from(("proposed", "accepted", "rejected"))),
        z=draw(st.integers(-5, 5)),
        locked=draw(st.booleans()),
        created_by=draw(st.sampled_from((None, PERSON))),
        updated_by=PERSON,
        seq=draw(st.integers(0, 1000)),
    )


@st.composite
def geometries(draw: Any, shape: str, width: int, height: int) -> Geometry:
    across, down = st.floats(0, width), st.floats(0, height)
    count = {"box": 2, "tag": 2, "polygon": 4, "polyline": 3, "point": 1, "keypoints": 2}[shape]
    points = [(draw(across), draw(down)) for _ in range(count)]
    (ax, ay), (bx, by) = points[0], points[-1]
    told = Geometry(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))
    if shape == "box":
        told = Geometry(told.x, told.y, told.w, told.h, draw(st.sampled_from((0.0, 30.0, 271.5))))
    elif shape == "keypoints":
        told = Geometry(0, 0, 0, 0, 0, tuple((*point, draw(st.sampled_from((1, 2)))) for point in points))
    elif shape != "tag":
        told = Geometry(0, 0, 0, 0, 0, tuple(points))
    try:
        found = fit(shape, told, width, height)
    except BadGeometry:
        found = fit(
            shape,
            Geometry(0, 0, 2, 3, 0, ((0, 0), (2, 0), (2, 3))[:count] if told.points else ()),
            width,
            height,
        )
    return found


@st.composite
def worlds(draw: Any) -> tuple[ExportDataset, list[ExportImage]]:
    dataset = draw(datasets())
    images = []
    for at in range(draw(st.integers(0, 3))):
        width, height = draw(st.integers(16, 300)), draw(st.integers(16, 300))
        count = draw(st.integers(0, 3))
        images.append(
            ExportImage(
                UUID(int=100 + at),
                f"{draw(NAME)}{at}.jpg",
                ".jpg",
                f"{at:064x}",
                width,
                height,
                draw(st.sampled_from(("new", "approved", "labeled"))),
                metadata={"note": draw(TEXT)},
                boxes=[draw(boxes(dataset, width, height, at * 10 + n)) for n in range(count)],
                split=draw(st.sampled_from(("", "train", "val", "test"))),
                place=draw(st.sampled_from((None, (54.5, 9.25)))),
            )
        )
    return dataset, images
