"""A picture larger than a browser bears: shown at once, then from tiles, with an overview while zoomed in."""

import httpx
import pytest
from PIL import Image as Picture

from tests.datasets.pictures import encoded
from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
WIDTH, HEIGHT = 9000, 6000
# Too fine for the rendition that lies under the tiles: there it is a blend with the red around it.
STRIPE = (6000, 6003)
MIDDLE = (6001.5, 4000)
COLOUR = """([x, y]) => {
  const { layers, viewport, ratio } = editor.scene;
  const at = viewport.toScreen({ x, y, w: 0, h: 0 });
  const [red, green] = layers.picture.ctx.getImageData(at.x * ratio, at.y * ratio, 1, 1).data;
  return red < 60 && green > 190 ? "green" : red > 190 && green < 60 ? "red" : `rgb(${red} ${green})`;
}"""
GO = "([x, y, scale]) => { editor.scene.viewport.centre({ x, y, w: 0, h: 0 }, scale); editor.scene.moved(); }"
LOADED = "editor.scene.tiles?.info.ready && !editor.scene.tiles.running && !editor.scene.tiles.wanted.length"


@pytest.fixture(scope="module")
def big(world: World) -> str:
    picture = Picture.new("RGB", (WIDTH, HEIGHT), (255, 0, 0))
    picture.paste((0, 255, 0), (STRIPE[0], 0, STRIPE[1], HEIGHT))
    answer = httpx.post(
        f"{world.server.url}/api/v1/datasets/{world.dataset}/images",
        headers={"Authorization": f"Api-Key {world.key}"},
        files={"files": ("big.jpg", encoded(picture, "JPEG", quality=95, subsampling=0), "image/jpeg")},
        timeout=60,
    )
    image = answer.json()["results"][0]["image"]["id"]
    put(world, image, add(class_id=world.classes[0], x=5000, y=3000, w=900, h=900))
    return image


def colour(canvas: CanvasPage, x: float, y: float) -> str:
    return canvas.page.evaluate(COLOUR, [x, y])


def test_zoomed_in_the_pixels_are_those_of_the_picture(big: str, visit: OpenPage):
    canvas = visit(big)
    requests: list[str] = []
    canvas.page.on("request", lambda request: requests.append(request.url))

    canvas.page.evaluate(GO, [*MIDDLE, 8])
    canvas.until(LOADED)
    canvas.until("editor.scene.tiles.level === editor.scene.tiles.info.levels.length - 1")
    canvas.page.wait_for_timeout(250)

    assert canvas.page.evaluate("() => editor.scene.bitmap.width") == 2048
    assert colour(canvas, *MIDDLE) == "green"
    assert [colour(canvas, MIDDLE[0] + away, MIDDLE[1]) for away in (-6, 6)] == ["red", "red"]
    tiles = [url for url in requests if "/tiles/" in url]
    assert 0 < len(tiles) < 10
    # A wide pan asks for the tiles of the new place alone.
    canvas.page.evaluate(GO, [WIDTH - 200, HEIGHT - 200, 1])
    canvas.until(LOADED)
    assert colour(canvas, WIDTH - 50, HEIGHT - 50) == "red"
    assert len([url for url in requests if "/tiles/" in url]) < 30


def test_the_overview_shows_while_zoomed_in_and_takes_the_view_along(big: str, visit: OpenPage):
    canvas = visit(big)
    overview = canvas.page.get_by_role("group", name="Overview")
    assert overview.count() == 0

    canvas.page.evaluate(GO, [1000, 1000, 1])
    overview.wait_for(state="visible")
    frame = overview.locator("canvas").bounding_box()
    assert frame is not None
    canvas.page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.5)

    middle = "(({x, y, w, h}) => [x + w / 2, y + h / 2])(editor.scene.viewport.visible)"
    x, y = canvas.page.evaluate(f"() => {middle}")
    assert (abs(x - WIDTH * 0.75) < 100, abs(y - HEIGHT * 0.5) < 100) == (True, True)
    assert canvas.boxes()[0]["rect"] == [5000, 3000, 900, 900]
    canvas.keys.press("Shift+1")
    overview.wait_for(state="hidden")
    canvas.page.evaluate(GO, [1000, 1000, 1])
    overview.wait_for(state="visible")
    canvas.keys.press("m")
    overview.wait_for(state="hidden")
    canvas.page.reload()
    canvas.ready()
    canvas.page.evaluate(GO, [1000, 1000, 1])
    canvas.page.wait_for_timeout(200)
    assert overview.count() == 0
    canvas.keys.press("m")
    overview.wait_for(state="visible")


def test_a_neighbour_with_tiles_is_fetched_ahead_without_its_tiles(world: World, big: str, visit: OpenPage):
    before = world.image()
    neighbours = world.server.call("GET", f"images?dataset={world.dataset}&limit=200", world.key)[1][
        "results"
    ]
    order = [image["id"] for image in neighbours]
    canvas = visit(order[order.index(big) + 1])

    canvas.until(f"[...editor.pictures.loaded.keys()].some(url => url.includes('{big}'))")
    canvas.page.wait_for_timeout(300)

    assert before in order
    names = "() => performance.getEntriesByType('resource').map(entry => entry.name)"
    assert [name for name in canvas.page.evaluate(names) if "/tiles" in name] == []
