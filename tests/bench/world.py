"""A server of the bench's own with a project in it, pictures to upload and boxes to put on them."""

import io
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

from tests.live_clients import World, add, new_id
from tests.servers import Server

BATCH = 500


@contextmanager
def served(*, pages: bool = False, worker: bool = False, **settings: str) -> Iterator[World]:
    """A tenant, a project with two classes and a dataset on a real server that ends with the block.

    `settings` are variables of its environment.
    """
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
        server = Server(Path(folder), pages=pages, worker=worker, **settings)
        try:
            yield World.make(server.start())
        finally:
            server.stop()


@contextmanager
def caller(world: World) -> Iterator[httpx.Client]:
    """One kept connection with the tenant's key."""
    headers = {"Authorization": f"Api-Key {world.key}"}
    with httpx.Client(base_url=f"{world.server.url}/api/v1/", headers=headers, timeout=120) as client:
        yield client


def photo(width: int, height: int, seed: int = 1, mode: str = "RGB") -> bytes:
    """A JPEG with enough in it to cost what a photo costs: 2,000 shaded shapes on a gradient."""
    dice = random.Random(seed)
    picture = Image.linear_gradient("L").resize((width, height)).convert(mode)
    pen = ImageDraw.Draw(picture)
    for _ in range(2_000):
        x, y, size = dice.randrange(width), dice.randrange(height), dice.randrange(8, width // 12)
        color = tuple(dice.randrange(256) for _ in picture.getbands())
        shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
        shape((x, y, x + size, y + size * dice.uniform(0.4, 1.6)), fill=color)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def send_photo(client: httpx.Client, dataset: str, data: bytes, name: str = "bench.jpg") -> str:
    """Upload one picture; returns its id."""
    answer = client.post(f"datasets/{dataset}/images", files={"files": (name, data, "image/jpeg")})
    verdict = answer.json()["results"][0]
    assert verdict["status"] == "created", verdict
    return verdict["image"]["id"]


def spread(count: int, classes: list[str], width: int, height: int, seed: int = 2) -> list[dict[str, Any]]:
    """Edits that add `count` boxes of 1 to 4 % of the width all over a picture."""
    dice = random.Random(seed)
    edits = []
    for at in range(count):
        w, h = dice.uniform(0.01, 0.04) * width, dice.uniform(0.01, 0.04) * width
        x, y = dice.uniform(0, width - w), dice.uniform(0, height - h)
        rect: dict[str, Any] = {"x": round(x, 1), "y": round(y, 1), "w": round(w, 1), "h": round(h, 1)}
        edits.append(add(class_id=classes[at % len(classes)], **rect))
    return edits


def post_edits(client: httpx.Client, image: str, edits: list[dict[str, Any]]) -> None:
    """Send edits over REST in batches of 500; every one must be accepted."""
    for start in range(0, len(edits), BATCH):
        batch = {"ref": new_id(), "edits": edits[start : start + BATCH]}
        answer = client.post(f"images/{image}/edits", json=batch)
        assert answer.status_code == 200, answer.text
        assert not answer.json()["dropped"], answer.text
