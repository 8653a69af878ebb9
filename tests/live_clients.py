"""Clients of the live protocol and a small world on a real server, for tests of everything live."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import websockets
from PIL import Image

from tests.servers import Server

PATIENCE = 20.0


def new_id() -> str:
    return str(uuid4())


def add(box_id: str | None = None, class_id: str | None = None, **patch: Any) -> dict[str, Any]:
    fields = {"class_id": class_id, "x": 10, "y": 10, "w": 20, "h": 20, **patch}
    return {"op_id": new_id(), "kind": "add", "box_id": box_id or new_id(), "patch": fields}


def change(kind: str, box_id: str, expect: dict[str, Any] | None = None, **patch: Any) -> dict[str, Any]:
    edit = {"op_id": new_id(), "kind": kind, "box_id": box_id, "patch": patch}
    return edit if expect is None else {**edit, "expect": expect}


def picture_bytes(width: int = 200, height: int = 100, color: tuple[int, int, int] = (30, 90, 150)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()


@dataclass
class World:
    """A tenant on a server with a project, two classes and a dataset."""

    server: Server
    key: str
    tenant: str
    user: str
    project: str
    classes: list[str]
    dataset: str
    pictures: int = 0

    @classmethod
    def make(cls, server: Server, tenant: str = "acme", email: str = "alice@example.com") -> "World":
        made = server.bootstrap(tenant, email)
        key = made["api_key"]
        project = post(server, key, "projects", {"name": f"Harbour {new_id()}"})["id"]
        classes = [
            post(server, key, f"projects/{project}/classes", {"name": name, "hotkey": hotkey})["id"]
            for name, hotkey in (("boat", "1"), ("crane", "2"))
        ]
        dataset = post(server, key, "datasets", {"project": project, "name": "North quay"})["id"]
        return cls(server, key, made["tenant"]["id"], made["user"]["id"], project, classes, dataset)

    def classes_now(self) -> list[dict[str, Any]]:
        return self.server.call("GET", f"projects/{self.project}/classes", self.key)[1]["results"]

    def change_class(self, class_id: str, **values: Any) -> None:
        status, answer = self.server.call(
            "PATCH", f"projects/{self.project}/classes/{class_id}", self.key, values
        )
        assert status == 200, answer

    def person(self, role: str) -> tuple[str, str]:
        """Somebody new with this role in the tenant; returns their user id and API key."""
        code = f"""
from modelship.accounts.actions import create_api_key
from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership, Tenant, User
user = User.objects.create_user("{new_id()}@example.com", "{self.server.password}", name="{role.capitalize()}")
membership = Membership.objects.create(tenant=Tenant.objects.get(id="{self.tenant}"), user=user, role="{role}")
print(user.id, create_api_key(Actor.of_membership(membership), name="{role}'s key", scopes=["all"])[1])
"""
        user, key = self.server.python(code).split()
        return user, key

    def image(self, width: int = 200, height: int = 100) -> str:
        """A new picture; every one has a colour of its own, since equal bytes are one image."""
        self.pictures += 1
        color = (self.pictures % 256, self.pictures // 256, 77)
        answer = httpx.post(
            f"{self.server.url}/api/v1/datasets/{self.dataset}/images",
            headers={"Authorization": f"Api-Key {self.key}"},
            files={"files": (f"{self.pictures}.png", picture_bytes(width, height, color), "image/png")},
            timeout=30,
        )
        result = answer.json()["results"][0]
        assert result["status"] == "created", answer.text
        return result["image"]["id"]

    def boxes(self, image: str) -> dict[str, Any]:
        return self.server.call("GET", f"images/{image}/boxes", self.key)[1]

    def log(self, image: str) -> list[dict[str, Any]]:
        """The whole log of an image, page by page."""
        batches: list[dict[str, Any]] = []
        while True:
            since = batches[-1]["seq"] if batches else 0
            page = self.server.call("GET", f"images/{image}/edits?since={since}&limit=500", self.key)[1]
            batches += page["results"]
            if page["next"] is None:
                return batches


def post(server: Server, key: str, path: str, data: dict[str, Any]) -> dict[str, Any]:
    status, answer = server.call("POST", path, key, data)
    assert status in (200, 201), answer
    return answer


class LiveClient:
    """One connection. Keeps what it heard; `until` waits for the next message of a type."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._unread: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def edit(self, *edits: dict[str, Any], ref: str | None = None, base_seq: int | None = None) -> str:
        ref = ref or new_id()
        await self.send({"type": "edits", "ref": ref, "base_seq": base_seq, "edits": list(edits)})
        return ref

    async def edited(self, *edits: dict[str, Any], ref: str | None = None) -> dict[str, Any]:
        """Send edits and return their ack or refusal."""
        ref = await self.edit(*edits, ref=ref)
        return await self.until("ack", "refused", ref=ref)

    async def hello(self, last_seq: int | None = None) -> dict[str, Any]:
        await self.send({"type": "hello", "last_seq": last_seq})
        return await self.until("snapshot", "replay")

    async def until(self, *types: str, patience: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The next message of one of the types whose fields have these values; others are kept unread."""
        for message in self._unread:
            if _fits(message, types, fields):
                self._unread.remove(message)
                return message
        async with asyncio.timeout(patience):
            while True:
                message = json.loads(await self.socket.recv())
                self.heard.append(message)
                if _fits(message, types, fields):
                    return message
                self._unread.append(message)

    async def next(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        return self._unread.pop(0) if self._unread else json.loads(await self.socket.recv())

    async def closed(self, patience: float = PATIENCE) -> tuple[dict[str, Any] | None, int]:
        """Read to the end; returns the `closed` message and the close code."""
        last = None
        try:
            async with asyncio.timeout(patience):
                while True:
                    message = json.loads(await self.socket.recv())
                    self.heard.append(message)
                    last = message if message["type"] == "closed" else last
        except websockets.ConnectionClosed as end:
            return last, end.rcvd.code if end.rcvd else 1006


def _fits(message: dict[str, Any], types: tuple[str, ...], fields: dict[str, Any]) -> bool:
    return message["type"] in types and all(message.get(name) == value for name, value in fields.items())


@asynccontextmanager
async def connected(
    server: Server, image: str, key: str = "", *, cookie: str = "", **options: Any
) -> AsyncIterator[LiveClient]:
    """A connection to the canvas of an image: a program's with a key, or a browser's with a cookie."""
    url = f"{server.url.replace('http', 'ws', 1)}/ws/v1/canvas/{image}/"
    headers = {"Authorization": f"Api-Key {key}"} if key else {}
    if cookie:
        headers["Cookie"] = cookie
    async with websockets.connect(url, additional_headers=headers, max_size=None, **options) as socket:
        yield LiveClient(socket)


@asynccontextmanager
async def joined(server: Server, image: str, key: str) -> AsyncIterator[LiveClient]:
    """A connection that has its snapshot."""
    async with connected(server, image, key) as client:
        await client.hello()
        yield client
