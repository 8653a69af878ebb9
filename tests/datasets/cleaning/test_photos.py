"""Real photos, from the file to the group: copies are found, turned ones when asked for, strangers never."""

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image as Picture

from datasets.actions.check import request_check
from datasets.actions.ingest import ingest_image
from datasets.cleaning.rules import parse_rules
from datasets.cleaning.turned import turned
from datasets.models import CleanFinding, Image
from modelship.jobs.runner import run_queued
from tests.data import shared_data

pytestmark = pytest.mark.django_db
TURNS = list(Picture.Transpose)


def phash_of(picture: Picture.Image) -> int:
    """The hash as Image.phash keeps it: 32 x 32 grey, the 8 x 8 lowest cosine waves, above their median or not."""
    grey = np.asarray(picture.convert("L").resize((32, 32), Picture.Resampling.LANCZOS), float)
    wave, place = np.arange(32)[:, None], np.arange(32)[None]
    cosines = np.cos(np.pi * wave * (2 * place + 1) / 64)
    low = (cosines @ grey @ cosines.T)[:8, :8]
    value = int("".join("01"[bit] for bit in (low > np.median(low)).ravel().astype(int)), 2)
    return value - (1 << 64) if value >> 63 else value


@pytest.fixture
def photos(alice, dataset) -> None:
    folder = shared_data("duplicates/imagededup")
    for path in sorted(folder.rglob("*.jpg")):
        verdict = ingest_image(dataset, path.name, ContentFile(path.read_bytes()), actor=alice.actor)
        if verdict.status == "created" and verdict.image.phash is None:
            with Picture.open(path) as picture:
                Image.objects.filter(pk=verdict.image.pk).update(phash=phash_of(picture))


def groups(alice, dataset, rules: dict) -> list[list[str]]:
    report, _ = request_check(alice.actor, dataset, parse_rules(rules))
    run_queued(["datasets.clean"])
    found: dict[int, list[str]] = {}
    for finding in CleanFinding.objects.filter(report=report).select_related("image").order_by("pk"):
        found.setdefault(finding.group, []).append(finding.image.filename.removesuffix(".jpg"))
    return sorted(sorted(group) for group in found.values())


@pytest.mark.usefixtures("photos")
def test_copies_are_grouped_and_strangers_are_not(alice, dataset):
    assert groups(alice, dataset, {"near": True}) == [["ukbench00120", "ukbench00120_resize"]]
    # The file called rotation is turned by another angle than a quarter.
    assert groups(alice, dataset, {"near": {"distance": 8, "turned": True}}) == [
        ["ukbench00120", "ukbench00120_hflip", "ukbench00120_resize"]
    ]


def test_the_hash_of_a_turned_photo_follows_from_its_own():
    far = []
    for path in sorted(shared_data("coco_val2017/images").glob("*.jpg"))[:20]:
        with Picture.open(path) as picture:
            picture = picture.convert("RGB")
            own = turned(np.array([phash_of(picture)], np.int64).view(np.uint64))[1:, 0]
            for turn in TURNS:
                real = np.array([phash_of(picture.transpose(turn))], np.int64).view(np.uint64)
                far.append(int(np.bitwise_count(own ^ real).min()))

    assert max(far) <= 8
    assert sum(far) / len(far) < 4
