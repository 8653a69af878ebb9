"""The object store behind the storage, for what a storage has no words for: presigned addresses, uploads in parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage, storages

from modelship.lib.errors import Unavailable

PUT_SECONDS = 3600


@dataclass(frozen=True)
class Put:
    """What the client sends its bytes with: these headers, as they are, to this URL, until then."""

    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Store:
    client: Any
    bucket: str


def is_object_store() -> bool:
    return getattr(default_storage, "bucket", None) is not None


def store() -> Store:
    """The configured store, as this server reaches it."""
    return _store_of(settings.STORAGES["default"])


def public_store() -> Store:
    """The store under the address that browsers reach it by, which is part of what is signed."""
    known = settings.STORAGES["default"]
    public = settings.MODELSHIP_S3_PUBLIC_ENDPOINT or known["OPTIONS"].get("endpoint_url")
    return _store_of({**known, "OPTIONS": {**known["OPTIONS"], "endpoint_url": public}})


def _store_of(known: dict[str, Any]) -> Store:
    return _made(known["BACKEND"], tuple(sorted(known["OPTIONS"].items())))


@lru_cache(maxsize=4)
def _made(backend: str, options: tuple[tuple[str, Any], ...]) -> Store:
    """A client for all threads: making one takes longer than what it is asked for."""
    storage: Any = storages.create_storage({"BACKEND": backend, "OPTIONS": dict(options)})
    # By itself botocore announces checksums of parts, which no client of a presigned address sends.
    config = type(storage.client_config)
    storage.client_config = storage.client_config.merge(config(request_checksum_calculation="when_required"))
    return Store(storage.connection.meta.client, storage.bucket_name)


@contextmanager
def answering() -> Iterator[None]:
    """The store's failures as ours, without a word of what it said. Raises Unavailable."""
    errors = import_module("botocore.exceptions")
    try:
        yield
    except (errors.ClientError, errors.BotoCoreError) as error:
        detail = "The store does not answer as it should. Try again in a moment."
        raise Unavailable(detail, code="store_away") from error
