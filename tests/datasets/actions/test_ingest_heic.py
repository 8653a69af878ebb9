"""A phone's picture on its whole way: in, shown, raw, and as a member of an export."""

from datasets.actions.ingest import ingest_image
from tests.datasets.pictures import decoded, encoded, exif, flag


def test_a_heic_goes_all_the_way(alice, dataset):
    data = encoded(flag(1600, 1200), "HEIF", exif=exif(orientation=6))

    verdict = ingest_image(dataset, "IMG_1.HEIC", data, actor=alice.actor, declared_type="image/heic")
    url = f"/api/v1/images/{verdict.image.id}"
    raw = alice.api.get(f"{url}/data")

    assert (verdict.status, verdict.image.width, verdict.image.height) == ("created", 1200, 1600)
    assert (verdict.image.format, verdict.image.intrinsic["camera_make"]) == ("HEIF", "Canary Camera")
    assert verdict.image.phash is not None
    assert decoded(alice.api.get(f"{url}/thumbnail?size=256")).size == (192, 256)
    assert decoded(alice.api.get(f"{url}/data?rendition=display")).size == (1200, 1600)
    assert (raw["Content-Type"], b"".join(raw.streaming_content)) == ("image/heic", data)


def test_a_heic_as_large_as_a_phone_s_stays_within_the_limits(alice, dataset):
    data = encoded(flag(4032, 3024), "HEIF", tile_size=512)

    verdict = ingest_image(dataset, "a.heic", data, actor=alice.actor)

    assert (verdict.status, verdict.image.width) == ("created", 4032)
