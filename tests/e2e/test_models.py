"""Models in a browser: uploaded and tested, tried on a photo, a draft that becomes one which labels."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browsers import Watch, window
from tests.data import shared_data
from tests.e2e.canvas_page import Cookies, PageFor, put, session_of
from tests.e2e.gallery_page import opened, with_own_dataset
from tests.inference.installed import drawn
from tests.inference.models import spot_yolox, tiny_yolox
from tests.live_clients import World, add
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
# The sunny half of the photo with small vehicles.
PHOTO = "detection/sahi/small-vehicles1.jpeg"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("models"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def session(shop: Server) -> str:
    return session_of(shop, shop.bootstrap()["user"]["id"])


@pytest.fixture
def models(shop: Server, session: str, browser: Browser, watch: Watch) -> Iterator[Page]:
    """The page of models as the owner of a tenant sees it."""
    with window(browser, watch, shop.url, session) as page:
        page.goto("/models/")
        yield page


def png(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    Image.open(io.BytesIO(data)).resize((640, 640), Image.Resampling.NEAREST).save(path)
    return path


def upload(page: Page, file: Path, name: str, photo: Path | None = None) -> None:
    page.get_by_label("ONNX file").set_input_files(file)
    page.get_by_role("textbox", name="Name optional").fill(name)
    if photo:
        page.get_by_label("A photo that shows what it finds").set_input_files(photo)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=60_000)


def test_a_detector_of_everyday_things_tells_how_it_was_tested_and_looks_at_a_photo(models: Page):
    upload(models, shared_data("models/yolox_nano.onnx"), "nano")

    expect(
        models.get_by_text("It found 6 of the 9 things in the reference picture that it may know.")
    ).to_be_visible()
    models.get_by_text("How its pixels were fed (1 way tried)").click()
    expect(models.get_by_role("row", name="BGR, 0 to 255 used")).to_be_visible()
    models.get_by_label("Photo", exact=True).set_input_files(shared_data(PHOTO))
    words = models.get_by_text("found in")
    expect(words).to_be_visible(timeout=60_000)
    boxes = models.locator(".trial rect")
    whole = boxes.count()
    models.get_by_label("Slices").select_option("320")
    models.wait_for_function(
        "count => document.querySelectorAll('.trial rect').length > count", arg=whole, timeout=60_000
    )
    sliced = boxes.count()
    models.get_by_label("From").fill("0.9")
    models.wait_for_function("count => document.querySelectorAll('.trial rect').length < count", arg=sliced)
    assert 0 < whole < sliced


def test_a_draft_sees_something_in_a_photo_and_is_activated(models: Page, tmp_path: Path):
    dark, bright = png(tmp_path, "dark.png", drawn()), png(tmp_path, "bright.png", drawn(spots=((8, 8),)))
    upload(models, spot_yolox(tmp_path / "spots.onnx"), "spots", photo=dark)

    expect(models.get_by_text("It found nothing in the photo that was given.")).to_be_visible()
    models.get_by_role("button", name="Activate").click()
    expect(models.get_by_text("spots has not seen anything yet.")).to_be_visible()
    models.get_by_label("Photo", exact=True).set_input_files(dark)
    expect(models.get_by_text("Try another photo")).to_be_visible(timeout=60_000)
    models.get_by_label("Photo", exact=True).set_input_files(bright)
    expect(models.get_by_text("It can be activated now.")).to_be_visible(timeout=60_000)
    models.get_by_role("button", name="Activate").click()
    expect(models.get_by_role("button", name="Archive")).to_be_visible()


def test_what_is_no_photo_is_said_in_place(models: Page, watch: Watch, tmp_path: Path):
    watch.expected.append("status of 422")
    upload(models, spot_yolox(tmp_path / "more.onnx", classes=("more",)), "more")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")

    models.get_by_label("Photo", exact=True).set_input_files(broken)

    expect(models.get_by_text("The picture is damaged or of an unknown format.")).to_be_visible(
        timeout=60_000
    )


def test_slices_are_suggested_from_the_objects_seen(
    world: World, cookies: Cookies, page_for: PageFor, tmp_path: Path
):
    """The world has one model, whose input is 64 px; the picture's objects have 20."""
    pier = with_own_dataset(world)
    image = pier.image(1000, 800)
    put(pier, image, *(add(x=90 * number, y=9, w=20, h=20) for number in range(10)))
    model = tiny_yolox(tmp_path / "adviser.onnx", side=64, classes=("adviser", "other"))
    answer = httpx.post(
        f"{pier.server.url}/api/v1/models",
        headers={"Authorization": f"Api-Key {pier.key}"},
        files={"file": (model.name, model.read_bytes())},
        timeout=60,
    )
    page = opened(page_for(cookies["alice"]), pier)

    page.get_by_role("button", name="Auto-label").click()
    dialog = page.get_by_role("dialog", name="Auto-label")
    dialog.get_by_label("Model", exact=True).select_option(answer.json()["id"])
    dialog.get_by_text("Another confidence for single classes").click()
    dialog.get_by_label("Class", exact=True).select_option("other")
    dialog.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_label("Lowest confidence of other").fill("0.6")

    advice = dialog.locator("[data-part=advice]")
    expect(advice).to_contain_text("The smaller objects here have about 20 px. Slices of 128 px")
    expect(advice).to_contain_text("As chosen: 1 look a picture")
    advice.get_by_role("button", name="Use it").click()
    expect(dialog.get_by_label("128 px", exact=True)).to_be_checked()
    expect(dialog.get_by_label("Overlap of the slices")).to_have_value("0.2")
    expect(advice.get_by_role("button", name="Use it")).to_be_hidden()
    expect(advice).to_contain_text(re.compile(r"As chosen: \d+ looks a picture, about .+ for 1 picture\."))
    with page.expect_request(f"**/datasets/{pier.dataset}/label") as ordered:
        dialog.get_by_role("button", name="Start").click()
    sent = ordered.value.post_data_json
    assert (sent["thresholds"], sent["slice"]) == ({"other": 0.6}, {"size": 128, "overlap": 0.2})
