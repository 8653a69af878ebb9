"""The composition root of the server: HTTP to Django, sockets to the live consumers."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelship.settings.base")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from annotations.live.routing import websocket_urlpatterns  # noqa: E402
from modelship.live.consumer import Nowhere  # noqa: E402
from modelship.ops.streaming import StreamingHandler  # noqa: E402

sockets = [*websocket_urlpatterns, re_path("", Nowhere.as_asgi())]
application = ProtocolTypeRouter({"http": StreamingHandler(), "websocket": URLRouter(sockets)})
