"""The catalogue in a browser: a model arrives from a mirror with progress, and a host that is away says so in place."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsers import Watch, window
from tests.data import shared_data
from tests.e2e.canvas_page import session_of
from tests.inference.sites import Site, serving
from tests.servers import Server, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
YUNET = "/yunet_n_dynamic.onnx"


@pytest.fixture(scope="module")
def mirror() -> Iterator[Site]:
    with serving({}) as site:
        yield site


@pytest.fixture(scope="module")
def shop(mirror: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own whose catalogue comes from the mirror."""
    settings = {"MODELSHIP_MODEL_MIRROR": mirror.url, "MODELSHIP_OUTBOUND_ALLOW": mirror.place}
    server = Server(tmp_path_factory.mktemp("shop"), worker=True, **settings)
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


def entry(page: Page, name: str) -> Locator:
    return page.locator(f"#entry-{name}")


def install(page: Page, name: str) -> None:
    entry(page, name).get_by_role("button", name=re.compile("^Install ")).click()


def test_a_host_that_is_away_is_named_in_place_and_can_be_tried_again(
    shop: Server, mirror: Site, models: Page
):
    mirror.files, mirror.pause = {}, 0.0

    install(models, "yunet")

    failure = entry(models, "yunet").locator("[data-part=figures]")
    expect(failure).to_contain_text(
        f"{mirror.place} answered 404 instead of sending yunet_n_dynamic.onnx.", timeout=30_000
    )
    expect(failure).to_contain_text("upload it under Add a model, or set MODELSHIP_MODEL_MIRROR.")
    models.reload()
    expect(failure).to_contain_text(mirror.place)
    expect(entry(models, "yunet").get_by_role("button", name="Try again")).to_be_visible()
    expect(entry(models, "mobilefacenet").get_by_role("button", name="Install MobileFaceNet")).to_be_visible()


def test_a_model_arrives_with_progress_and_is_installed(shop: Server, mirror: Site, models: Page):
    mirror.files = {YUNET: shared_data(f"models{YUNET}").read_bytes()}
    mirror.pause, mirror.pieces = 1.0, 8
    again = entry(models, "yunet").get_by_role("button", name="Try again")

    again.click() if again.count() else install(models, "yunet")

    job = entry(models, "yunet").locator(".job")
    expect(job.locator("progress")).to_be_visible()
    expect(job.get_by_role("button", name="Cancel")).to_be_visible()
    expect(job.locator("[data-part=figures]")).to_have_text(re.compile(r"of 315 KB"), timeout=30_000)
    link = entry(models, "yunet").get_by_role("link", name="Installed")
    expect(link).to_be_visible(timeout=30_000)
    expect(models.locator("#installed").get_by_role("link", name="yunet")).to_be_visible()
    link.click()
    expect(models.get_by_role("heading", name="yunet", level=1)).to_be_visible()
    expect(models.get_by_text("Finds faces: yunet, 640×640, 1 class")).to_be_visible()


def test_an_installation_can_be_cancelled(shop: Server, mirror: Site, models: Page):
    mirror.files = {"/MobileFaceNet.onnx": bytes(3_998_070)}
    mirror.pause, mirror.pieces = 1.0, 40

    install(models, "mobilefacenet")
    entry(models, "mobilefacenet").get_by_role("button", name="Cancel").click()

    again = entry(models, "mobilefacenet").get_by_role("button", name="Install MobileFaceNet")
    expect(again).to_be_visible(timeout=30_000)
    assert shop.query("SELECT count(*) FROM inference_detectormodel WHERE name = 'mobilefacenet'") == [(0,)]


def test_the_host_itself_is_away(shop: Server, mirror: Site, models: Page):
    """Nobody listens at all: after a few tries the page says so."""
    place = f"127.0.0.1:{free_port()}"
    shop.kill_worker()
    shop.env |= {"MODELSHIP_MODEL_MIRROR": f"http://{place}", "MODELSHIP_OUTBOUND_ALLOW": place}
    shop.restart()

    install(models, "deimv2_femto")

    failure = entry(models, "deimv2_femto").locator("[data-part=figures]")
    expect(failure).to_contain_text(f"{place} can't be reached from this server.", timeout=60_000)
