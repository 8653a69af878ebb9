"""Label Studio: JSON of tasks with annotations and predictions, in per cent of the picture's size."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.label_studio_regions import regions_of
from annotations.formats.reading.listing import Listing, base_of, is_picture
from annotations.formats.reading.numbers import line, score, side
from annotations.formats.reading.records import ReadClass, ReadImage
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.values import IMAGE_STATES, color_of, one_of
from annotations.formats.reading.xml_elements import elements, marks_of

# What an upload puts before the name of a file.
UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")
LISTS = ("annotations", "completions", "predictions")
# Keys of a task in the short form that are none of its data.
MIN_KEYS = (
    *("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "file_upload", "meta"),
    *("inner_id", "project", "total_annotations", "agreement"),
)


class LabelStudioReader:
    name = "label_studio"
    title = "Label Studio"
    says = (
        "JSON or JSON-MIN exports: rectangles, polygons, points, ellipses, choices; predictions as proposals."
    )

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = task_files(listing)
        return (0.95, f"{files[0]} is a list of tasks with results.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in scope.listing.ending(".xml"):
            if "<View" in scope.listing.ask(file, marks_of):
                _read_config(file, scope)
        for file in task_files(scope.listing) or scope.listing.ending(".json"):
            with scope.reading(file) as stream:
                for key, at, task in items(stream):
                    if isinstance(task, dict) and not key:
                        yield from _images(task, f"task {task.get('id', at)}", file, scope)
                    elif task != []:
                        scope.findings.error(
                            "bad_task",
                            file,
                            f"Element {at} is no task.",
                            "Export the project again as JSON.",
                            at,
                        )


def task_files(listing: Listing) -> list[str]:
    found = []
    for name in listing.ending(".json"):
        head = listing.ask(name, json_head)
        is_whole = "data" in head.keys and bool({*LISTS} & head.keys)
        is_short = "annotation_id" in head.keys or {"original_width", "image_rotation"} & head.inner
        # Annotations may be so long that what tells them is behind the head.
        is_cut = bool({"annotations", "completions"} & head.keys) and "result" in head.inner
        if head.opening == "[" and (is_whole or is_short or is_cut):
            found.append(name)
    return found


def _read_config(file: str, scope: Scope) -> None:
    with scope.reading(file) as stream:
        for element in elements(stream, ("Label", "Choice")):
            if name := line(element.get("value")):
                use = "tags" if element.tag == "Choice" else "both"
                scope.classes.add(ReadClass(name, color_of(element.get("background")), use=use))


def _images(task: Mapping[str, Any], place: str, file: str, scope: Scope) -> Iterator[ReadImage]:
    results, told = _results(task, place, file, scope)
    names = _pictures(task)
    if not names:
        scope.findings.error(
            "no_picture",
            file,
            f"The {place} is not about a picture.",
            "Only tasks with an image in their data are taken.",
            place,
        )
        return
    for page, name in enumerate(names):
        own = [row for row in results if len(names) == 1 or _page(row) == page]
        image = _named(name, task, file, scope)
        size = scope.size(image.name, image.path, image.also)
        found = [shape._replace(**told(shape)) for shape in regions_of(own, image, size, scope, place)]
        first = next((row for row in own if row.get("original_width")), {})
        told_size = (side(first.get("original_width")), side(first.get("original_height")))
        width, height = size or told_size
        yield image._replace(width=width, height=height, shapes=found)


def _results(
    task: Mapping[str, Any], place: str, file: str, scope: Scope
) -> tuple[list[dict[str, Any]], Any]:
    """The results that count, and what their shapes get: those of the newest annotation, else of the predictions."""
    made = [row for key in ("annotations", "completions") for row in _dicts(task.get(key))]
    kept = [row for row in made if not row.get("was_cancelled")]
    if len(kept) < len(made):
        scope.findings.note(
            "cancelled",
            file,
            f"{len(made) - len(kept)} skipped annotations of {place} are left out.",
            "",
            place,
        )
    predictions = _dicts(task.get("predictions"))
    if kept:
        chosen = max(
            kept,
            key=lambda row: (
                bool(row.get("ground_truth")),
                str(row.get("updated_at") or row.get("created_at") or ""),
            ),
        )
        if len(kept) > 1:
            scope.findings.warning(
                "many_annotations",
                file,
                f"The {place} was annotated {len(kept)} times. The ground truth or the newest is taken.",
                "Delete the others in Label Studio if another one is right.",
                place,
            )
        if any(_dicts(row.get("result")) for row in predictions):
            scope.findings.note(
                "predictions_left_out",
                file,
                f"The predictions of {place} are left out, for people annotated it.",
                "",
                place,
            )
        return _dicts(chosen.get("result")), lambda shape: {"source": "human"}
    if predictions:
        newest = max(predictions, key=lambda row: str(row.get("created_at") or ""))
        whole = score(newest.get("score"))
        return _dicts(newest.get("result")), lambda shape: {
            "source": "model",
            "state": "proposed",
            "score": shape.score if shape.score is not None else whole,
        }
    return list(_short(task)), lambda shape: {"source": "human"}


def _short(task: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """JSON-MIN: each control's values beside the data; a lone choice is a text, several are in an object."""
    for key, value in task.items():
        if key in (*MIN_KEYS, "data", *LISTS, "drafts"):
            continue
        for row in _dicts(value):
            kinds = [name for name in row if name.endswith("labels") and isinstance(row[name], list)]
            if kinds:
                yield {**row, "type": kinds[0], "value": row, "from_name": key}
        if isinstance(value, Mapping) and isinstance(value.get("choices"), list):
            yield {"type": "choices", "value": {"choices": value["choices"]}, "from_name": key}


def _pictures(task: Mapping[str, Any]) -> list[str]:
    """The pictures of a task, most often one: what is called image, else what ends like a picture."""
    data = task.get("data") if isinstance(task.get("data"), Mapping) else task
    assert isinstance(data, Mapping)
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value}
    fitting = [
        value
        for key, value in texts.items()
        if key.lower() in ("image", "img", "image_url", "ocr", "captioning")
    ]
    fitting = fitting or [value for value in texts.values() if is_picture(_file_name(value))]
    if fitting:
        return fitting[:1]
    for value in data.values():
        if isinstance(value, list) and value:
            pages = [page.get("url") if isinstance(page, Mapping) else page for page in value]
            if all(isinstance(page, str) and is_picture(_file_name(page)) for page in pages):
                return [str(page) for page in pages]
    return []


def _named(told: str, task: Mapping[str, Any], file: str, scope: Scope) -> ReadImage:
    name = _file_name(told)
    upload = task.get("file_upload")
    also = [UPLOAD.sub("", base_of(name))]
    if isinstance(upload, str) and is_picture(upload):
        also += [upload, UPLOAD.sub("", upload)]
    meta, data = (_mapping(task.get(key)) for key in ("meta", "data"))
    split = data.get("split")
    paths = (scope.listing.picture(known, file) for known in (name, *also))
    sha256 = meta.get("sha256")
    return ReadImage(
        name,
        file,
        path=next((path for path in paths if path), None),
        also=[known for known in dict.fromkeys(also) if known != name],
        split=split_of(str(split)) if split else split_of(name),
        sha256=sha256 if isinstance(sha256, str) else None,
        state=one_of(meta.get("state"), IMAGE_STATES, "") or None,
    )


def _file_name(told: str) -> str:
    """The path that a URL means: of local files it is a parameter."""
    parts = urlsplit(told[:2000])
    inner = parse_qs(parts.query).get("d") if parts.query else None
    return unquote(inner[0] if inner else parts.path or told).lstrip("/")


def _page(row: Mapping[str, Any]) -> int:
    digits = re.findall(r"\d+", str(row.get("to_name", "")))
    return (
        int(digits[-1][:6])
        if digits
        else int(row["item_index"])
        if isinstance(row.get("item_index"), int)
        else 0
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
