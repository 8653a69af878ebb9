"""COCO, Label Studio, LabelMe, Datumaro and JSON Lines."""

import json
from typing import Any

import pytest

from tests.annotations.formats.reading.trees import codes, readings


def coco(*annotations: dict[str, Any], **others: Any) -> dict[str, str]:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}],
        "categories": [
            {"id": 3, "name": "boat"},
            {"id": 9, "name": "cat", "keypoints": ["head", "tail"], "skeleton": [[1, 2]]},
        ],
        "annotations": [
            {"id": at, "image_id": 1, "category_id": 3, **told} for at, told in enumerate(annotations, 1)
        ],
        **others,
    }
    return {"instances_val2017.json": json.dumps(document)}


def test_coco_annotations_become_what_they_are():
    files = coco(
        {"bbox": [10, 20, 30, 40], "score": 0.5},
        {"bbox": [10, 20, 30, 40], "segmentation": [[10, 20, 40, 20, 40, 60, 10, 60]]},
        {"bbox": [0, 0, 1, 1], "segmentation": [[1, 1, 9, 1, 5, 8], [20, 20, 30, 20, 25, 30], [1, 2]]},
        {"segmentation": {"size": [100, 200], "counts": [0, 5, 95, 5]}},
        {"category_id": 9, "bbox": [10, 10, 20, 30], "keypoints": [10, 10, 2, 30, 40, 1]},
        {"bbox": [60, 20, 40, 20], "iscrowd": 1, "attributes": {"rotation": 30.0, "wet": True, "by": [1]}},
        {},
    )

    [image], reading = readings(files)

    told = [(one.shape, one.class_name, *one[2:7]) for one in image.shapes]
    assert told == [
        ("box", "boat", 10, 20, 30, 40, 0),
        ("box", "boat", 10, 20, 30, 40, 0),
        ("polygon", "boat", 1, 1, 8, 7, 0),
        ("polygon", "boat", 20, 20, 10, 10, 0),
        ("polygon", "boat", 0, 0, 2, 5, 0),
        ("keypoints", "cat", 10, 10, 20, 30, 0),
        ("box", "boat", 60, 20, 40, 20, 30),
        ("tag", "boat", 0, 0, 200, 100, 0),
    ]
    assert (image.shapes[0].state, image.shapes[0].score) == ("proposed", 0.5)
    assert image.shapes[6].attributes == {"wet": True, "by": "[1]", "iscrowd": True}
    assert image.split == "val"
    assert [known.skeleton for known in reading.classes][1] == {"points": ["head", "tail"], "edges": [[0, 1]]}
    assert {finding.code for finding in reading.findings} == {"bad_outline", "many_outlines"}


@pytest.mark.parametrize(
    ("files", "code", "shapes"),
    [
        (coco({"category_id": 5, "bbox": [1, 1, 2, 2]}), "unknown_category", 0),
        (coco({"image_id": 7, "bbox": [1, 1, 2, 2]}), "unknown_image", 0),
        (coco({"bbox": [1, 1, "x", 2]}), "not_a_number", 0),
        (coco({"bbox": [1, 1, 0, 2]}), "zero_area", 0),
        (coco({"bbox": [300, 1, 5, 2]}), "outside", 0),
        (coco({"bbox": [0.1, 0.1, 0.5, 0.5]}), "looks_relative", 0),
        (coco({"caption": "a boat"}), "caption", 0),
        (coco({"segmentation": {"size": [100, 200], "counts": "!!"}}), "bad_mask", 0),
        (coco({"bbox": [1, 1, 2, 2]}, images=[{"id": 1}]), "bad_image", 0),
        (coco({"bbox": [1, 1, 2, 2]}, images=[{"id": 1, "file_name": n} for n in "ab"]), "duplicate_id", 1),
        (coco({"bbox": [1, 1, 2, 2]}, categories=[{"id": 3}]), "bad_category", 0),
    ],
)
def test_what_is_wrong_in_coco_is_told(files, code, shapes):
    images, reading = readings(files)

    assert code in codes(reading)
    assert sum(len(image.shapes) for image in images) == shapes


def test_coco_ids_may_be_texts_and_images_may_come_last():
    document = (
        '{"annotations":[{"id":"x","image_id":"i1","category_id":"c","bbox":[1,2,3,4]}],'
        '"categories":[{"id":"c","name":"boat"}],"images":[{"id":"i1","file_name":"d/a.jpg","width":9,"height":9}]}'
    )

    [image], _ = readings({"x.json": document.encode("utf-16")})

    assert (image.name, image.shapes[0].id, image.shapes[0][2:6]) == ("d/a.jpg", "x", (1, 2, 3, 4))


def test_half_a_coco_file_gives_what_came_before_the_break():
    [text] = coco({"bbox": [1, 2, 3, 4]}, {"bbox": [5, 6, 7, 8]}).values()

    images, reading = readings({"a.json": text[: text.rindex("{")]}, "coco")

    assert [len(image.shapes) for image in images] == [1]
    assert codes(reading) == {"unreadable"}


def test_a_picture_of_another_size_is_told():
    _, reading = readings(coco({"bbox": [1, 2, 3, 4]}), size=(100, 200))

    [finding] = reading.findings
    assert (finding.code, finding.severity) == ("size_differs", "warning")
    assert "as the camera held it" in finding.what


def task(*results: dict[str, Any], data: Any = None, **others: Any) -> dict[str, str]:
    told = {
        "id": 1,
        "data": data or {"image": "/data/upload/1/0a1b2c3d-a.jpg"},
        "annotations": [{"result": list(results)}],
    }
    return {"tasks.json": json.dumps([told | others])}


def region(kind: str, **fields: Any) -> dict[str, Any]:
    size = {"original_width": 200, "original_height": 100}
    labels = {kind: fields.pop("labels", ["boat"])} if kind.endswith("labels") else {}
    return {"id": "r1", "type": kind, "from_name": "kind", **size, "value": {**fields, **labels}}


def test_label_studio_turns_around_the_corner_and_counts_in_per_cent():
    files = task(
        region("rectanglelabels", x=50, y=50, width=10, height=20, rotation=90),
        region("polygonlabels", points=[[10, 10], [20, 10], [15, 50]]),
        region("keypointlabels", x=10, y=10, width=1),
        region("ellipselabels", x=50, y=50, radiusX=10, radiusY=20),
        {"id": "t", "type": "choices", "from_name": "light", "value": {"choices": ["night"]}},
        {"id": "r1", "type": "choices", "from_name": "wet", "value": {"choices": ["yes"]}},
    )

    [image], reading = readings(files)

    box, polygon, point, ellipse, tag = image.shapes
    # Around its corner at 100, 50 a quarter turn: 20 px wide, 20 px high.
    assert [round(value, 2) for value in box[2:7]] == [80, 50, 20, 20, 90]
    assert (box.attributes, box.source) == ({"wet": "yes"}, "human")
    assert [list(pair) for pair in polygon.points] == [[20, 10], [40, 10], [30, 50]]
    assert list(point.points[0]) == [20, 10]
    assert (ellipse.shape, len(ellipse.points), round(ellipse.w), round(ellipse.h)) == ("polygon", 48, 40, 40)
    assert (tag.shape, tag.class_name) == ("tag", "night")
    assert (image.name, image.also) == ("data/upload/1/0a1b2c3d-a.jpg", ["a.jpg"])
    assert reading.findings.of("error") == 0


def test_predictions_are_proposals_and_wait_behind_people():
    guess = {
        "score": 0.4,
        "result": [region("rectanglelabels", x=1, y=1, width=9, height=9) | {"score": 0.9}],
    }

    [alone], _ = readings(task(annotations=[], predictions=[guess]))
    [judged], reading = readings(
        task(region("rectanglelabels", x=5, y=5, width=9, height=9), predictions=[guess])
    )

    assert [(one.state, one.source, one.score) for one in alone.shapes] == [("proposed", "model", 0.9)]
    assert [(one.state, one.source, round(one.x)) for one in judged.shapes] == [("accepted", "human", 10)]
    assert [finding.code for finding in reading.findings] == ["predictions_left_out"]


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (region("brushlabels", rle=[1, 2]), "brush"),
        (region("rectanglelabels", x=1, y=1, width=2), "lacks"),
        (region("rectanglelabels", x=1, y=1, width=2, height=2) | {"image_rotation": 90}, "turned"),
        (region("videorectangle", sequence=[]), "videorectangle"),
        ({"type": "relation", "from_id": "a", "to_id": "b"}, "no value"),
        ({"id": "x", "type": "textarea", "from_name": "t", "value": {"text": ["hi"]}}, "textarea"),
    ],
)
def test_what_label_studio_has_and_we_do_not_is_refused_with_a_reason(result, word):
    [image], reading = readings(task(result))

    assert image.shapes == []
    assert any(word in finding.what for finding in reading.findings if finding.severity == "error")


def test_label_studio_s_short_form():
    row = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["boat"]}
    size = {"original_width": 200, "original_height": 100}
    short = {
        "image": "s3://bucket/a%20b.jpg",
        "id": 1,
        "label": [row | size],
        "light": {"choices": ["day", "fog"]},
    }

    [image], _ = readings({"a.json": json.dumps([short | {"annotation_id": 4, "annotator": 1}])})

    assert image.name == "a b.jpg"
    assert [(one.shape, one.class_name) for one in image.shapes] == [
        ("box", "boat"),
        ("tag", "day"),
        ("tag", "fog"),
    ]


def test_labelme_shapes():
    shapes = [
        {"label": "a", "points": [[30, 40], [10, 20]], "shape_type": "rectangle", "flags": {"wet": True}},
        {"label": "b", "points": [[50, 50], [60, 50]], "shape_type": "circle", "group_id": 4},
        {"label": "c", "points": [[1, 1], [5, 5]], "shape_type": "linestrip"},
        {"label": "d", "points": [[1, 1]], "shape_type": "point"},
        {"label": "e", "points": [[1, 1], [9, 9]], "shape_type": "mask", "mask": "abc"},
        {"label": "f", "points": "x", "shape_type": "polygon"},
        {"label": "g", "points": [[1, 1]], "shape_type": "cube"},
    ]
    document = {"imageData": "A" * 100_000, "imagePath": "..\\a.jpg", "imageWidth": 200, "imageHeight": 100}

    [image], reading = readings(
        {"a.json": json.dumps(document | {"shapes": shapes, "flags": {"night": True, "fog": False}})}
    )

    told = [(one.class_name, one.shape, *map(round, one[2:6])) for one in image.shapes]
    assert told == [
        ("night", "tag", 0, 0, 200, 100),
        ("a", "box", 10, 20, 20, 20),
        ("b", "polygon", 40, 40, 20, 20),
        ("c", "polyline", 1, 1, 4, 4),
        ("d", "point", 1, 1, 0, 0),
        ("e", "box", 1, 1, 8, 8),
    ]
    assert (image.shapes[1].attributes, image.shapes[2].attributes) == ({"wet": True}, {"group": 4})
    assert reading.findings.count("bad_shape") == 2


def test_datumaro_items():
    annotations = [
        {
            "type": "bbox",
            "label_id": 0,
            "bbox": [1, 2, 3, 4],
            "z_order": 2,
            "attributes": {"occluded": False, "score": 0.5},
        },
        {"type": "points", "label_id": 0, "points": [1, 1, 5, 5], "visibility": [2, 1]},
        {"type": "mask", "label_id": 0, "rle": {"size": [100, 200], "counts": [0, 3]}},
        {"type": "label", "label_id": 0},
        {"type": "cuboid_3d", "label_id": 0},
    ]
    document = {
        "info": {},
        "categories": {"label": {"labels": [{"name": "boat"}]}},
        "items": [{"id": "a", "annotations": annotations, "image": {"path": "a.jpg", "size": [100, 200]}}],
    }

    [image], reading = readings({"annotations/train.json": json.dumps(document)})

    told = [(one.shape, one.class_name, *one[2:6]) for one in image.shapes]
    assert told[0] == ("box", "boat", 1, 2, 3, 4)
    assert [one[0] for one in told] == ["box", "keypoints", "polygon", "tag"]
    assert (image.split, image.width, image.shapes[0].z, image.shapes[0].score) == ("train", 200, 2, 0.5)
    assert codes(reading) == {"bad_shape"}


def test_lines_of_hugging_face_and_vertex():
    face = {"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3, 4]], "categories": ["boat"]}}
    vertex = {
        "imageGcsUri": "gs://bucket/b.jpg",
        "boundingBoxAnnotations": [
            {"displayName": "boat", "xMin": 0.1, "yMin": 0.2, "xMax": 0.5, "yMax": 0.6}
        ],
        "dataItemResourceLabels": {"aiplatform.googleapis.com/ml_use": "validation"},
    }
    text = "\n".join(
        [json.dumps(face), "{broken", json.dumps(vertex), json.dumps({"file_name": "c.jpg", "label": "cat"})]
    )

    images, reading = readings({"metadata.jsonl": text}, size=(200, 100))

    told = [
        (one.name, one.split, [(shape.shape, *map(round, shape[2:6])) for shape in one.shapes])
        for one in images
    ]
    assert told == [
        ("a.jpg", "", [("box", 1, 2, 3, 4)]),
        ("bucket/b.jpg", "val", [("box", 20, 20, 80, 40)]),
        ("c.jpg", "", [("tag", 0, 0, 200, 100)]),
    ]
    assert [(finding.code, finding.place) for finding in reading.findings] == [("bad_line", "2")]
