"""A dataset of any size, made by the database itself: rows that differ in all that lists read, without files."""

from django.db import connection

from datasets.models import Dataset

STATES = ("new", "new", "new", "proposed", "labeled", "labeled", "submitted", "approved")
SPLITS = ("train", "train", "train", "val", "test", "")
WORDS = ("quay", "crane", "pier", "ship", "buoy", "mole", "dock")
SERIES = {
    "postgresql": "SELECT n FROM generate_series(1, %(count)s) AS series(n)",
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %(count)s) "
    "SELECT n FROM series",
}
RANDOM_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
MOMENT = {
    "postgresql": "TIMESTAMPTZ '2026-01-01' + n * INTERVAL '1 second'",
    "sqlite": "datetime('2026-01-01', '+' || n || ' seconds')",
}
BLOBS = """
INSERT INTO datasets_blob (tenant_id, sha256, size, content_type, created_at)
SELECT %(tenant)s, CAST(%(dataset)s AS TEXT) || n, 1000 + n %% 9973, 'image/png', {moment} FROM ({series}) AS numbers
"""
IMAGES = """
INSERT INTO datasets_image (id, tenant_id, dataset_id, blob_id, filename, width, height, orientation, format,
  metadata, ordinal, intrinsic, phash, sharpness, brightness, state, split, archived_at, archived_for, box_count,
  proposed_count, created_at, updated_at)
SELECT {random_id}, %(tenant)s, %(dataset)s, blob.id, {word} || '-' || n || '.png', 320 + n %% 640, 240 + n %% 480, 1,
  'PNG', {metadata}, n, '{{}}', n * 7919, n %% 997, n %% 251, {state}, {split},
  CASE WHEN n %% 50 = 0 THEN {moment} END, CASE WHEN n %% 50 = 0 THEN 'blur' ELSE '' END, n %% 12, n %% 3,
  {moment}, {moment}
FROM ({series}) AS numbers JOIN datasets_blob AS blob ON blob.tenant_id = %(tenant)s
  AND blob.sha256 = CAST(%(dataset)s AS TEXT) || n
"""


def seed_many(dataset: Dataset, count: int) -> None:
    """Fill an empty dataset with `count` pictures, each fiftieth of them archived."""
    vendor = connection.vendor
    values = {"count": count, "tenant": _id(dataset.tenant_id), "dataset": _id(dataset.id)}
    shared = {"series": SERIES[vendor], "moment": MOMENT[vendor]}
    metadata = "('{\"weather\": \"' || CASE n %% 3 WHEN 0 THEN 'rain' ELSE 'sun' END || '\", \"iso\": ' || (n %% 3200) || '}')"
    images = IMAGES.format(
        **shared,
        random_id=RANDOM_ID[vendor],
        word=_choice(WORDS),
        state=_choice(STATES),
        split=_choice(SPLITS),
        metadata=f"{metadata}::jsonb" if vendor == "postgresql" else metadata,
    )
    with connection.cursor() as cursor:
        cursor.execute(BLOBS.format(**shared), values)
        cursor.execute(images, values)
    Dataset.objects.filter(pk=dataset.pk).update(next_ordinal=count + 1)


def analyze() -> None:
    """Tell PostgreSQL what is in the table now, as its own daemon does after a while."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE datasets_image")
            cursor.execute("ANALYZE datasets_blob")


def _choice(values: tuple[str, ...]) -> str:
    cases = " ".join(f"WHEN {at} THEN '{value}'" for at, value in enumerate(values))
    return f"(CASE (n * 31) %% {len(values)} {cases} END)"


def _id(value: object) -> object:
    return value if connection.vendor == "postgresql" else str(value).replace("-", "")
