"""One structured line an event, as JSON for machines or as text for people."""

import logging
import logging.config
import sys
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(options: dict[str, str]) -> None:
    """Django's LOGGING_CONFIG hook: `options` has `level` and `format` (json or text)."""
    as_json = options.get("format") == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = {"class": "logging.StreamHandler", "formatter": "line"}
    processors = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        renderer,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": processors,
                    "foreign_pre_chain": SHARED,
                }
            },
            "handlers": {"out": handler},
            "root": {"handlers": ["out"], "level": options.get("level", "INFO")},
            "loggers": {
                # Our own request line says what these would say again.
                "daphne": {"level": "WARNING"},
                "django.channels.server": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
                "httpx": {"level": "WARNING"},
                # Libraries of sources: they tell each call with its address and headers.
                **{
                    name: {"level": "WARNING"}
                    for name in ("azure", "botocore", "dropbox", "google", "paramiko")
                },
            },
        }
    )
