import pytest

from datasets.actions.tile import KIND
from datasets.imaging.pyramid import levels_of
from modelship.jobs.runner import run_queued
from tests.datasets.big import MARK, big_picture
from tests.datasets.pictures import ORIENTATION, bomb, decoded, exif, picture, post_files, upload

SIDE = 9000


@pytest.fixture(scope="session")
def big():
    """81 megapixels: more than is ever decoded whole."""
    return big_picture(SIDE, SIDE)


def tile(person, image, place):
    return person.api.get(f"/api/v1/images/{image['id']}/tiles/{place}")


def words(response):
    return {key: value for key, value in response.json().items() if key != "request_id"}


def colour(response, x=5, y=5):
    red, _, blue = decoded(response).convert("RGB").getpixel((x, y))
    return "red" if red > blue else "blue"


def test_a_big_picture_from_upload_to_tile(alice, dataset, big):
    image = upload(alice, dataset, "big.jpg", big)
    url = f"/api/v1/images/{image['id']}"

    before = alice.api.get(f"{url}/tiles").json()["tiles"]
    run_queued([KIND])
    after = alice.api.get(f"{url}/tiles").json()["tiles"]

    assert (image["width"], image["height"]) == (SIDE, SIDE)
    assert decoded(alice.api.get(f"{url}/thumbnail?size=512")).size == (512, 512)
    assert decoded(alice.api.get(f"{url}/data?rendition=display")).size == (2048, 2048)
    assert (before["ready"], after["ready"]) == (False, True)
    assert (after["url"], after["size"], len(after["levels"])) == (f"{url}/tiles", 512, 6)
    assert after["levels"][-1] == {"width": SIDE, "height": SIDE, "columns": 18, "rows": 18}
    # Each tile has the pixels of its own place, in full resolution.
    column, inside = divmod(SIDE - MARK, 512)
    response = tile(alice, image, f"5/{column}_{column}")
    assert (response["Content-Type"], colour(response)) == ("image/jpeg", "red")
    response = tile(alice, image, f"5/{column}_{column}")
    assert colour(response, inside + 3, inside + 3) == "blue"
    assert decoded(tile(alice, image, "5/17_17")).size == (SIDE - 17 * 512, SIDE - 17 * 512)
    assert colour(tile(alice, image, "5/17_17")) == "blue"


def test_a_tile_is_kept_by_browsers_for_ever(alice, dataset):
    image = upload(alice, dataset, "big.jpg", big_picture(4100, 4000))
    run_queued([KIND])
    response = tile(alice, image, "0/0_0")

    again = alice.api.get(f"/api/v1/images/{image['id']}/tiles/0/0_0", HTTP_IF_NONE_MATCH=response["ETag"])

    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Content-Disposition"] == 'inline; filename="tile-0-0-0.jpg"'
    assert (again.status_code, tile(alice, image, "0/0_0").status_code) == (304, 200)


def test_tiles_of_a_turned_picture_stand_upright(alice, dataset):
    data = big_picture(4600, 4000, exif=exif(orientation=6))
    image = upload(alice, dataset, "turned.jpg", data)
    run_queued([KIND])

    levels = levels_of(4000, 4600)

    assert (image["width"], image["height"], ORIENTATION) == (4000, 4600, 0x0112)
    # Turned to the right, the lower right corner comes to lie lower left.
    assert colour(tile(alice, image, f"{len(levels) - 1}/0_8")) == "blue"
    assert colour(tile(alice, image, f"{len(levels) - 1}/7_8")) == "red"


def test_what_is_not_there_is_not_found(alice, dataset):
    large = upload(alice, dataset, "big.jpg", big_picture(4100, 4000))
    small = upload(alice, dataset, "small.png", picture())

    early = tile(alice, large, "0/0_0")
    run_queued([KIND])

    assert (early.status_code, early.json()["code"]) == (404, "tiles_missing")
    for image, place in [(large, "0/1_0"), (large, "9/0_0"), (large, "4/0_8"), (small, "0/0_0")]:
        response = tile(alice, image, place)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert alice.api.get(f"/api/v1/images/{small['id']}/tiles").json() == {"tiles": None}


def test_strangers_find_nothing(alice, charlie, dataset):
    image = upload(alice, dataset, "big.jpg", big_picture(4100, 4000))
    run_queued([KIND])
    absent = {"id": "0190a0a0-0000-7000-8000-000000000000"}

    for path in ("", "/0/0_0"):
        foreign = charlie.api.get(f"/api/v1/images/{image['id']}/tiles{path}")
        nothing = charlie.api.get(f"/api/v1/images/{absent['id']}/tiles{path}")
        assert foreign.status_code == nothing.status_code == 404
        assert words(foreign) == words(nothing)
    assert tile(alice, image, "0/0_0").status_code == 200


def test_bombs_are_refused(alice, dataset):
    files = [
        ("a.png", bomb(60_000, 60_000)),
        ("b.png", bomb(150_000, 10)),
        ("c.png", bomb(30_000, 30_000)),
        ("d.jpg", big_picture(9000, 9000)[:-200_000]),
    ]

    results = post_files(alice, dataset, files).json()["results"]

    assert [row["problem"]["code"] for row in results[:2]] == ["too_many_pixels", "side_too_long"]
    assert [row["problem"]["limit"] for row in results[:2]] == [1_000_000_000, 100_000]
    assert {row["problem"]["code"] for row in results[2:]} <= {"truncated", "corrupt"}
    assert dataset.images.count() == 0


def test_formats_that_cannot_be_streamed_keep_the_smaller_limit(alice, dataset, settings):
    settings.MODELSHIP_MAX_PIXELS = 10_000

    files = [("a.bmp", big_picture(200, 200, "BMP")), ("b.tiff", big_picture(200, 200, "TIFF"))]
    results = post_files(alice, dataset, files).json()["results"]

    assert results[0]["problem"]["code"] == "too_many_pixels"
    assert results[0]["problem"]["limit"] == 10_000
    assert results[1]["status"] == "created"
