"""Every setting of the service, read once from the environment; a bad value stops the start with a sentence."""

import ipaddress
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from modelship.lib.memory import total_bytes

KIND_BYTES = 1 << 42
PROVIDERS = ("cpu", "cuda", "openvino")


class BadSetting(Exception):
    """The service can't start so; the text says what to change."""


class Reader:
    """Typed looks into the environment."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the words allowed, the first where nothing is said."""
        value = self.text(name, allowed[0]).lower()
        if value not in allowed:
            raise BadSetting(f"{name} must be one of {', '.join(allowed)}.")
        return value

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isdigit() or not low <= int(value) <= high:
            raise BadSetting(f"{name} must be a whole number from {low} to {high}.")
        return int(value)


@dataclass(frozen=True)
class Settings:
    """`lanes` pictures are looked at side by side, `queue` more may wait, each with its upload."""

    token: str
    lanes: int
    queue: int
    queue_seconds: int
    memory_bytes: int
    provider: str
    models_folder: Path
    models_bytes: int
    max_model_bytes: int
    max_file_bytes: int
    max_pixels: int
    detect_seconds: int
    detect_memory_bytes: int
    model_test_seconds: int
    idle_seconds: int
    body_seconds: int
    stop_seconds: int
    connections: int
    log_level: str

    @classmethod
    def read(cls, values: Mapping[str, str] | None = None) -> Self:
        """Raises BadSetting."""
        env = Reader(dict(os.environ) if values is None else values)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        kept = Path(tempfile.gettempdir()) / f"modelship-ml-{os.getuid()}"
        lanes = env.number("MODELSHIP_ML_LANES", cores, low=1, high=128)
        return cls(
            token=_token(env.text("MODELSHIP_ML_TOKEN")),
            lanes=lanes,
            queue=env.number("MODELSHIP_ML_QUEUE", lanes * 8, low=0, high=10_000),
            queue_seconds=env.number("MODELSHIP_ML_QUEUE_SECONDS", 30, low=1, high=3600),
            memory_bytes=env.number(
                "MODELSHIP_ML_MEMORY_BYTES", (total_bytes() or 4 << 30) // 2, low=1, high=1 << 46
            ),
            provider=env.choice("MODELSHIP_ML_PROVIDER", PROVIDERS),
            models_folder=Path(env.text("MODELSHIP_ML_MODELS", str(kept))).expanduser().absolute(),
            models_bytes=env.number("MODELSHIP_ML_MODELS_BYTES", 4 << 30, low=1 << 20, high=KIND_BYTES),
            max_model_bytes=env.number("MODELSHIP_ML_MAX_MODEL_BYTES", 500 << 20, low=1 << 10, high=1 << 36),
            max_file_bytes=env.number("MODELSHIP_ML_MAX_FILE_BYTES", 512 << 20, low=1 << 10, high=1 << 36),
            max_pixels=env.number("MODELSHIP_ML_MAX_PIXELS", 50_000_000, low=10_000, high=4_000_000_000),
            detect_seconds=env.number("MODELSHIP_ML_DETECT_SECONDS", 300, low=1, high=86_400),
            detect_memory_bytes=env.number(
                "MODELSHIP_ML_DETECT_MEMORY_BYTES", 4 << 30, low=64 << 20, high=KIND_BYTES
            ),
            model_test_seconds=env.number("MODELSHIP_ML_MODEL_TEST_SECONDS", 60, low=1, high=3600),
            idle_seconds=env.number("MODELSHIP_ML_IDLE_SECONDS", 10, low=1, high=600),
            body_seconds=env.number("MODELSHIP_ML_BODY_SECONDS", 120, low=1, high=3600),
            stop_seconds=env.number("MODELSHIP_ML_STOP_SECONDS", 30, low=0, high=3600),
            connections=env.number("MODELSHIP_ML_CONNECTIONS", 1_000, low=1, high=100_000),
            log_level=env.text("MODELSHIP_ML_LOG_LEVEL", "INFO").upper(),
        )

    def check_bind(self, host: str) -> None:
        """Raises BadSetting where strangers could reach a service that asks for no token."""
        if not self.token and not _is_loopback(host):
            raise BadSetting(
                f"Binding to {host} needs MODELSHIP_ML_TOKEN: whoever reaches the service could use it. "
                "Set one, or bind to 127.0.0.1."
            )


def _token(value: str) -> str:
    if value and (len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value):
        raise BadSetting("MODELSHIP_ML_TOKEN needs at least 16 printable characters without spaces.")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
