"""The server around the app: connections that say nothing are closed, and SIGTERM lets work end."""

import asyncio
import logging
import logging.config
from typing import Any, ClassVar

import h11
import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from inference.service.app import make_app
from inference.service.settings import Settings


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


MOST_UNWANTED_BYTES = 64 << 20


class Guarded(H11Protocol):
    """Uvicorn's protocol, which by itself waits for half a request for ever and takes any number of connections."""

    idle_seconds: ClassVar[float] = 15.0
    most_connections: ClassVar[int] = 1_000
    _patience: asyncio.TimerHandle | None = None
    _unwanted = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        self._wait()
        if self.cycle is not None and self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY:
            # The rest of a body that was refused is let pass, so that the client reads why; but not for ever.
            self._unwanted += len(data)
            if self._unwanted > MOST_UNWANTED_BYTES:
                self.transport.close()
                return
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience:
            self._patience.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._patience:
            self._patience.cancel()
        self._patience = self.loop.call_later(self.idle_seconds, self._tired)

    def _tired(self) -> None:
        """Nothing came for long: end a connection whose request is not whole, leave one that waits for its answer."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self.conn.their_state is h11.SEND_BODY or not is_answering:
            self.transport.close()


def guarded(settings: Settings) -> type[H11Protocol]:
    # Later than the app's own clock, whose refusal has words.
    limits = {"idle_seconds": settings.idle_seconds + 5, "most_connections": settings.connections}
    return type("GuardedAsSet", (Guarded,), limits)


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
