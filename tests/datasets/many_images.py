"""Very many pictures without files, written by the database itself: for the plans and times of lists.

Every hundredth is archived; every fifth has a box of the first class, every thousandth one of the second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection

from annotations.models import LabelClass
from datasets.models import Dataset

PART = 100_000
# What the two databases say differently.
WORDS = {
    "postgresql": {
        "id": "gen_random_uuid()",
        "json": "::jsonb",
        "sha": "md5(n::text) || md5((-n)::text)",
        "moment": "timestamptz '2020-01-01 00:00:00Z' + n * interval '1 minute'",
    },
    "sqlite": {
        "id": "lower(hex(randomblob(16)))",
        "json": "",
        "sha": "printf('%064d', n)",
        "moment": "datetime('2020-01-01', n || ' minutes')",
    },
}
BLOBS = """
WITH RECURSIVE many(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM many WHERE n < {last})
INSERT INTO datasets_blob (tenant_id, sha256, size, content_type, created_at)
SELECT '{tenant}', {sha}, n, 'image/jpeg', '{now}' FROM many
"""
IMAGES = """
INSERT INTO datasets_image (id, tenant_id, dataset_id, blob_id, filename, width, height, orientation, format,
  metadata, ordinal, intrinsic, phash, sharpness, brightness, state, split, split_is_fixed, archived_at,
  archived_for, box_count, proposed_count, created_at, updated_at)
SELECT {id}, '{tenant}', '{dataset}', blob_id, 'quay_' || n || '.jpg', 640 + n % 7 * 320, 480 + n % 5 * 240,
  1, 'JPEG', ('{{"iso": ' || (n % 40 * 100) || ', "camera": "c' || (n % 9) || '"}}'){json}, n, ('{{}}'){json},
  n / 2 * 7919, n % 997, n % 256,
  CASE n % 20 WHEN 0 THEN 'approved' WHEN 1 THEN 'submitted' WHEN 2 THEN 'proposed' WHEN 3 THEN 'labeled' ELSE 'new' END,
  CASE n % 10 WHEN 0 THEN 'test' WHEN 1 THEN 'val' WHEN 2 THEN '' ELSE 'train' END, {no},
  CASE WHEN n % 100 = 0 THEN {moment} END, '', CASE WHEN n % 5 = 0 THEN 1 ELSE 0 END, 0, {moment}, {moment}
FROM (SELECT id AS blob_id, size AS n FROM datasets_blob
      WHERE tenant_id = '{tenant}' AND size BETWEEN {first} AND {last}) AS held
"""
CANVASES = """
INSERT INTO annotations_canvas (image_id, seq, review_state, updated_at)
SELECT id, 1, 'open', created_at FROM datasets_image
WHERE dataset_id = '{dataset}' AND ordinal BETWEEN {first} AND {last} AND ordinal % 5 = 0
"""
BOXES = """
INSERT INTO annotations_box (uid, canvas_id, label_id, shape, x, y, w, h, rotation, points, attributes, source,
  state, created_seq, seq, deleted, z, locked, score)
SELECT {id}, id, '{label}', 'box', 1, 1, 9, 9, 0, ('[]'){json}, ('{{}}'){json}, 'model', 'proposed', 1, 1, {no}, 0, {no},
  (ordinal % 100) / 100.0
FROM datasets_image WHERE dataset_id = '{dataset}' AND ordinal BETWEEN {first} AND {last} AND ordinal % {every} = {at}
"""

PLAIN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('datasets_image', 'annotations_box', 'annotations_canvas') AND indexdef NOT LIKE '%UNIQUE%'
"""


def seed_many(dataset: Dataset, count: int) -> None:
    """Add that many pictures to an empty dataset of a tenant without others, with their boxes."""
    words = WORDS[connection.vendor]
    classes = LabelClass.objects.filter(project=dataset.project).order_by("order")[:2]
    facts = {
        **words,
        "no": "false",
        "dataset": _id(dataset.pk),
        "tenant": _id(dataset.tenant_id),
        "now": datetime(2026, 1, 1, tzinfo=UTC).isoformat(sep=" "),
    }
    with connection.cursor() as cursor:
        for first in range(1, count + 1, PART):
            part = {**facts, "first": first, "last": min(count, first + PART - 1)}
            for statement in (BLOBS, IMAGES, CANVASES):
                cursor.execute(statement.format(**part))
            for label, every in zip(classes, (5, 1000), strict=True):
                cursor.execute(BOXES.format(**part, label=_id(label.pk), every=every, at=5 % every))
    Dataset.objects.filter(pk=dataset.pk).update(next_ordinal=count + 1)


def _id(value: object) -> str:
    return str(value) if connection.vendor == "postgresql" else str(value).replace("-", "")


@contextmanager
def without_indexes() -> Iterator[None]:
    """Drops what only makes reading quick, and builds it again afterwards, which takes a fraction of the time."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_INDEXES)
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in found:
            cursor.execute(definition)


def settle(*, vacuum: bool) -> None:
    """Let the database know what it holds, as it does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if vacuum and connection.vendor == "postgresql" else "ANALYZE")
