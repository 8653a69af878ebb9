"""The composition root of the server: HTTP to Django, sockets to the live consumers."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelship.settings.base")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402

from annotations.live.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)}
)
