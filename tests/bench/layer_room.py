"""The peer of live editing: daphne and a channel layer in memory, as the manuals of Channels build a room.

`daphne tests.bench.layer_room:application`. It answers and broadcasts as the bare room does, and keeps nothing.
"""

import json
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only for measuring",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
    },
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class Room(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.group = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        ref = json.loads(text_data or "")["ref"]
        await self.send(json.dumps({"type": "ack", "ref": ref}))
        event = {"type": "edits.applied", "from": self.channel_name, "ref": ref, "body": text_data}
        await self.channel_layer.group_send(self.group, event)

    async def edits_applied(self, event: dict[str, Any]) -> None:
        if event["from"] != self.channel_name:
            await self.send(json.dumps({"type": "edits", "ref": event["ref"], "body": event["body"]}))


application = ProtocolTypeRouter({"websocket": URLRouter([path("<str:room>", Room.as_asgi())])})
