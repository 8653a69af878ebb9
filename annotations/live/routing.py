"""The sockets of this app and those below it; modelship/asgi.py serves them."""

from django.urls import path

from annotations.live.consumer import CanvasConsumer
from annotations.live.sessions import SessionConsumer
from modelship.jobs.live.routing import websocket_urlpatterns as jobs

websocket_urlpatterns = [
    path("ws/v1/canvas/<uuid:image_id>/", CanvasConsumer.as_asgi()),
    path("ws/v1/sessions/<uuid:session_id>/", SessionConsumer.as_asgi()),
    *jobs,
]
