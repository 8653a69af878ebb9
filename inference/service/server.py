"""The server around the app: connections that say nothing are closed, and SIGTERM lets work end."""

import asyncio
import logging
import logging.config
from typing import Any

import h11
import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from inference.service.app import make_app
from inference.service.settings import Settings

HALF_SENT = (h11.IDLE, h11.SEND_BODY)


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; what is in flight then has `stop_seconds` to end."""
    configure_logs(settings.log_level)
    config = uvicorn.Config(
        make_app(settings),
        host=host,
        port=port,
        http=guarded(settings),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.stop_seconds,
    )
    structlog.get_logger("inference.service").info(
        "service.starting", host=host, port=port, lanes=settings.lanes, queue=settings.queue
    )
    uvicorn.Server(config).run()


def guarded(settings: Settings) -> type[H11Protocol]:
    """Uvicorn's protocol, which by itself waits for half a request for ever and takes any number of connections."""

    class Guarded(H11Protocol):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > settings.connections:
                transport.abort()
                return
            self._wait()

        def data_received(self, data: bytes) -> None:
            self._wait()
            super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if self._patience:
                self._patience.cancel()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self._patience:
                self._patience.cancel()
            # Later than the app's own clock, whose refusal has words.
            self._patience = self.loop.call_later(settings.idle_seconds + 5, self._tired)

        def _tired(self) -> None:
            is_answering = self.cycle is not None and not self.cycle.response_complete
            is_half_sent = self.conn.their_state in HALF_SENT
            if is_half_sent and not (is_answering and self.conn.their_state is h11.IDLE):
                self.transport.close()

    return Guarded


def configure_logs(level: str) -> None:
    """One JSON object a line, ours and those of the libraries."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": line},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["out"], "level": level},
            "loggers": {"uvicorn": {"level": "WARNING"}, "python_multipart": {"level": "WARNING"}},
        }
    )
