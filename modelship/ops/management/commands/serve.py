"""Serve the web site, the API and the sockets."""

import importlib
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from modelship.ops.server import GuardedServer


class Command(BaseCommand):
    help = "Serve HTTP and websockets with daphne; Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.MODELSHIP_BIND)
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        module, _, name = settings.ASGI_APPLICATION.rpartition(".")
        application = getattr(importlib.import_module(module), name)
        host = options["host"].replace(":", r"\:")
        GuardedServer(
            application=application,
            endpoints=[f"tcp:port={options['port']}:interface={host}"],
            websocket_max_message_size=1 << 17,
            websocket_max_frame_size=1 << 17,
            server_name="modelship",
        ).run()
