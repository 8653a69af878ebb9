"""Very many pictures without files, written by the database itself: for the plans and times of lists.

Every hundredth is archived. Of twenty pictures twelve are new; the others have one to four boxes of the first class,
which are proposals where the picture is proposed, and every thousandth has one of the second class more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection

from annotations.models import LabelClass
from datasets.models import Dataset
from modelship.accounts.models import User

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
MANY = "many(n) AS (SELECT CAST({first} AS bigint) UNION ALL SELECT n + 1 FROM many WHERE n < {last})"
BLOBS = """
WITH RECURSIVE {many}
INSERT INTO datasets_blob (tenant_id, sha256, size, content_type, created_at)
SELECT '{tenant}', {sha}, n * 7919 % 1000003, 'image/jpeg', '{now}' FROM many
"""
IMAGES = """
WITH RECURSIVE {many}
INSERT INTO datasets_image (id, tenant_id, dataset_id, blob_id, filename, width, height, orientation, format,
  metadata, ordinal, intrinsic, phash, sharpness, brightness, state, split, split_is_fixed, archived_at,
  archived_for, box_count, proposed_count, lowest_score, highest_score, size, created_at, updated_at)
SELECT {id}, '{tenant}', '{dataset}', blob.id, 'quay_' || n || '.jpg', 640 + n % 7 * 320, 480 + n % 5 * 240,
  1, 'JPEG', ('{{"iso": ' || (n % 40 * 100) || ', "camera": "c' || (n % 9) || '"{source}}}'){json}, n, ('{told}'){json},
  n / 2 * 7919, n % 997, n % 256, {state},
  CASE n % 10 WHEN 0 THEN 'test' WHEN 1 THEN 'val' WHEN 2 THEN '' ELSE 'train' END, {no},
  CASE WHEN n % 100 = 0 THEN {moment} END, '', {boxes}, CASE WHEN {state} = 'proposed' THEN {boxes} ELSE 0 END,
  CASE WHEN {state} = 'proposed' THEN {score} / 100.0 END,
  CASE WHEN {state} = 'proposed' THEN ({score} + n % 4) / 100.0 END, blob.size, {moment}, {moment}
FROM many JOIN datasets_blob AS blob ON blob.tenant_id = '{tenant}' AND blob.sha256 = {sha}
"""
CANVASES = """
INSERT INTO annotations_canvas (image_id, seq, review_state, updated_at)
SELECT id, 1, 'open', created_at FROM datasets_image
WHERE dataset_id = '{dataset}' AND ordinal BETWEEN {first} AND {last} AND box_count > 0
"""
BOXES = """
INSERT INTO annotations_box (uid, canvas_id, label_id, shape, x, y, w, h, rotation, points, attributes, source,
  state, created_seq, seq, deleted, z, locked, score)
SELECT {id}, id, '{label}', 'box', 1, 1, 9, 9, 0, ('[]'){json}, ('{{}}'){json}, 'model',
  CASE WHEN state = 'proposed' THEN 'proposed' ELSE 'accepted' END, 1, 1, {no}, 0, {no}, ({score} + k) / 100.0
FROM (SELECT image.*, ordinal AS n FROM datasets_image AS image) AS kept
CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS many
WHERE dataset_id = '{dataset}' AND ordinal BETWEEN {first} AND {last} AND {where}
"""

# What a picture is by its number n, and which of its boxes (k) each class has.
STATE = """
CASE n % 20 WHEN 0 THEN 'approved' WHEN 1 THEN 'submitted' WHEN 2 THEN 'labeled' WHEN 3 THEN 'labeled'
  WHEN 5 THEN 'proposed' WHEN 6 THEN 'proposed' WHEN 7 THEN 'proposed' WHEN 8 THEN 'proposed' ELSE 'new' END
"""
BOX_COUNT = f"CASE WHEN {STATE} = 'new' THEN 0 ELSE 1 + n % 4 + CASE WHEN n % 1000 = 5 THEN 1 ELSE 0 END END"
SCORE = "(n * 7 % 90)"
OF_CLASS = ("state <> 'new' AND k <= n % 4", "n % 1000 = 5 AND k = 0")
# As long as what ingest keeps of a photo: of shorter rows PostgreSQL would sooner read the whole table.
SOURCE = ', "path": "2026/05/north quay, second berth/", "uploaded_from": "camera 3 on the lighthouse"'
TOLD = (
    '{"mode": "RGB", "bits": 8, "frames": 1, "has_gps": true, "taken_at": "2026-05-31T11:22:33+02:00", '
    '"camera_make": "Canon", "camera_model": "Canon EOS R5 Mark II", "lens": "RF24-105mm F4 L IS USM"}'
)
ASSIGNMENTS = """
INSERT INTO annotations_assignment (id, tenant_id, image_id, user_id, purpose, due_on, created_at)
SELECT {id}, tenant_id, id, '{user}', '{purpose}', {day}, created_at
FROM datasets_image WHERE dataset_id = '{dataset}' AND ordinal % {every} = {at}
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
        "state": STATE,
        "boxes": BOX_COUNT,
        "score": SCORE,
        "source": SOURCE,
        "told": TOLD,
        "no": "false",
        "dataset": _id(dataset.pk),
        "tenant": _id(dataset.tenant_id),
        "now": datetime(2026, 1, 1, tzinfo=UTC).isoformat(sep=" "),
    }
    with connection.cursor() as cursor:
        for first in range(1, count + 1, PART):
            part = {**facts, "first": first, "last": min(count, first + PART - 1)}
            part["many"] = MANY.format(**part)
            for statement in (BLOBS, IMAGES, CANVASES):
                cursor.execute(statement.format(**part))
            for label, where in zip(classes, OF_CLASS, strict=True):
                cursor.execute(BOXES.format(**part, label=_id(label.pk), where=where))
    Dataset.objects.filter(pk=dataset.pk).update(next_ordinal=count + 1)


def seed_assignments(dataset: Dataset, user: User, purpose: str, *, every: int, at: int = 0) -> None:
    """Make every so-many-th picture somebody's, due within two months."""
    day = {
        "postgresql": "date '2026-11-01' + (ordinal % 60)::int",
        "sqlite": "date('2026-11-01', (ordinal % 60) || ' days')",
    }
    facts = {"id": WORDS[connection.vendor]["id"], "day": day[connection.vendor], "purpose": purpose}
    with connection.cursor() as cursor:
        cursor.execute(
            ASSIGNMENTS.format(**facts, user=_id(user.pk), dataset=_id(dataset.pk), every=every, at=at)
        )


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
