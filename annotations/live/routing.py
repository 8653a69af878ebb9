"""The sockets of this app and those below it; modelship/asgi.py serves them."""

from django.urls import path

from annotations.live.consumer import CanvasConsumer
from modelship.jobs.live.routing import websocket_urlpatterns as jobs

websocket_urlpatterns = [
    path("ws/v1/canvas/<uuid:image_id>/", CanvasConsumer.as_asgi()),
    *jobs,
]
