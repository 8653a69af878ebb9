"""Uploads in a browser straight to an object store: a real S3 server with CORS for the page's origin and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.datasets.pictures import picture
from tests.datasets.sources.servers.s3 import Bucket, serving_s3
from tests.datasets.stores import large_picture
from tests.datasets.uploads import zipped
from tests.e2e.canvas_page import Cookies, PageFor
from tests.e2e.test_uploads import MIB, SUMMARY, again_with, choose
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor")]


@pytest.fixture(scope="module")
def store() -> Iterator[Bucket]:
    # By itself moto lets every page in.
    with serving_s3(MOTO_DISABLE_GLOBAL_CORS="1") as served:
        yield served


@pytest.fixture(scope="module")
def server(store: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module alone, whose bytes are in the bucket."""
    server = Server(
        tmp_path_factory.mktemp("to-store"),
        worker=True,
        MODELSHIP_S3_BUCKET="harbour",
        MODELSHIP_S3_ENDPOINT=store.url,
        MODELSHIP_S3_REGION="us-east-1",
        MODELSHIP_S3_ACCESS_KEY="alice",
        MODELSHIP_S3_SECRET_KEY="secret",
        MODELSHIP_PART_BYTES=str(5 * MIB),
    )
    rule = {"AllowedOrigins": [server.url], "AllowedMethods": ["PUT"], "AllowedHeaders": ["content-type"]}
    store.client.put_bucket_cors(Bucket="harbour", CORSConfiguration={"CORSRules": [rule]})
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def own(server: Server) -> World:
    return World.make(server, "to-store", "to-store@example.com")


@pytest.fixture
def page(own: World, page_for: PageFor) -> Page:
    page = page_for(Cookies(own)["alice"])
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/datasets/{own.dataset}/")
    return page


def large(folder: Path, shade: int, side: int = 2000) -> Path:
    path = folder / f"large-{shade}.bmp"
    path.write_bytes(large_picture(shade, side))
    return path


def parts_of(page: Page) -> list[int]:
    """The number of each part whose sending to the store has come to its end, as they do."""
    seen: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PUT":
            seen.append(int(parse_qs(urlsplit(request.url).query)["partNumber"][0]))

    page.on("requestfinished", note)
    return seen


def whole(page: Page, parts: list[int], count: int) -> None:
    """Wait until so many parts are in the store."""
    for _ in range(600):
        if len(parts) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(parts)


def stall(page: Page, numbers: str) -> re.Pattern[str]:
    """Let the line to the store fall silent for these parts; returns what ends it."""
    pattern = re.compile(rf"partNumber=[{numbers}]\b")
    page.route(pattern, lambda route: None)
    return pattern


def unfinished(store: Bucket) -> list[str]:
    answer = store.client.list_multipart_uploads(Bucket="harbour")
    return [upload["Key"] for upload in answer.get("Uploads", [])]


def test_a_large_file_goes_to_the_store_in_parts_and_on_after_a_reload(
    page: Page, own: World, store: Bucket, tmp_path: Path
):
    # 27 MB: six parts of 5 MiB, three at once.
    file, before = large(tmp_path, 10, 3000), parts_of(page)
    stalled = stall(page, "456")
    choose(page, file)
    whole(page, before, 3)

    page.reload()
    page.unroute(stalled)
    expect(page.locator("[data-part=unfinished] li")).to_contain_text("large-10.bmp")
    expect(page.locator("[data-part=unfinished] li")).to_contain_text("15.7 of 27 MB")
    kept, after = sorted(before), parts_of(page)
    again_with(page, "large-10.bmp", file)

    expect(page.locator(SUMMARY)).to_have_text("1 of 1 done, 1 added.")
    assert (kept, sorted(after)) == ([1, 2, 3], [4, 5, 6])
    image = own.server.call("GET", f"images?dataset={own.dataset}&q=large-10", own.key)[1]["results"][0]
    assert image["bytes"] == file.stat().st_size
    assert unfinished(store) == []


def test_pause_goes_on_where_it_was_and_cancel_leaves_nothing_in_the_store(
    page: Page, own: World, store: Bucket, tmp_path: Path
):
    first, second = large(tmp_path, 20), large(tmp_path, 21)
    parts, stalled = parts_of(page), stall(page, "23")
    choose(page, first, second)
    whole(page, parts, 2)

    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".upload .line.waiting")).to_have_count(2)
    expect(page.locator("[data-part=unfinished]")).to_be_hidden()
    page.unroute(stalled)
    page.get_by_role("button", name="Cancel large-21.bmp").click()
    page.get_by_role("button", name="Go on").click()

    expect(page.locator(SUMMARY)).to_have_text("2 of 2 done, 1 added, 1 cancelled.")
    for _ in range(100):
        if not unfinished(store):
            break
        page.wait_for_timeout(50)
    assert unfinished(store) == []
    assert sorted(parts) == [1, 1, 2, 3]
    page.get_by_role("button", name="Show the list").click()
    page.get_by_role("button", name="Send large-21.bmp again").click()
    expect(page.locator(SUMMARY)).to_have_text("2 of 2 done, 2 added.")


def test_an_archive_that_fits_one_put_arrives_too(page: Page, own: World, tmp_path: Path):
    path = tmp_path / "night.zip"
    path.write_bytes(zipped(("a/1.png", picture(201)), ("a/2.png", picture(202))))
    puts: list[str] = []
    page.on("request", lambda request: puts.append(request.url) if request.method == "PUT" else None)

    choose(page, path)

    expect(page.locator(SUMMARY)).to_have_text("1 of 1 done, 1 unpacked by a job.")
    expect(page.locator(".thumb", has_text="2.png").first).to_be_visible()
    assert ["partNumber" in url for url in puts] == [False]


def test_the_policy_names_the_store_and_nothing_else(page: Page, store: Bucket):
    headers = page.request.get(page.url).headers

    directives = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert directives["connect-src"] == f"'self' {store.url}"


def test_a_store_that_lets_the_page_not_in_says_so_and_the_file_can_be_sent_again(
    page: Page, own: World, server: Server, store: Bucket, tmp_path: Path, watch
):
    watch.expected += ["CORS policy", "net::ERR_FAILED", "403"]
    allowed = store.client.get_bucket_cors(Bucket="harbour")["CORSRules"]
    rule = {"AllowedOrigins": ["https://elsewhere.example.com"], "AllowedMethods": ["PUT"]}
    store.client.put_bucket_cors(Bucket="harbour", CORSConfiguration={"CORSRules": [rule]})
    choose(page, large(tmp_path, 50))
    # Every try after a rest: press on instead of waiting for minutes.
    for _ in range(60):
        if page.locator(".upload .line.refused").count():
            break
        page.evaluate("() => window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(300)

    expect(page.locator(".upload .line.refused")).to_contain_text(
        "The store can't be reached from this browser."
    )
    store.client.put_bucket_cors(Bucket="harbour", CORSConfiguration={"CORSRules": allowed})
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(page.locator(SUMMARY)).to_have_text("1 of 1 done, 1 added.")
