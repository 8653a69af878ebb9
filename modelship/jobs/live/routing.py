from django.urls import path

from modelship.jobs.live.consumer import JobsConsumer

websocket_urlpatterns = [path("ws/v1/jobs/", JobsConsumer.as_asgi())]
