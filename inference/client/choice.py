"""Whether the engine runs here or in the service: one setting tells."""

import os
import threading

from django.conf import settings

from inference.client.engines import Engine, ModelFile
from inference.client.link import Link, Place
from inference.client.local import LocalEngine
from inference.client.remote import RemoteEngine


class _Links:
    """The one link of this process to each place; there are several only where settings change, as in tests."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._links: dict[Place, Link] = {}

    def to(self, place: Place) -> Link:
        with self._guard:
            if place not in self._links:
                self._links[place] = Link(place)
            return self._links[place]

    def close(self) -> None:
        with self._guard:
            links, self._links = list(self._links.values()), {}
        for link in links:
            link.close()

    def forget(self) -> None:
        """A forked process has neither its parent's thread nor the right to its connections."""
        self._guard, self._links = threading.Lock(), {}


_links = _Links()
os.register_at_fork(after_in_child=_links.forget)


def engine_for(model: ModelFile, *, lanes: int = 1, group: str = "") -> Engine:
    """The engine for one model. In process it has `lanes` children of its own."""
    link = service_link()
    return LocalEngine(model, lanes=lanes) if link is None else RemoteEngine(link, model, group=group)


def service_link() -> Link | None:
    """The link to the service; None where the engine runs in process."""
    if not settings.MODELSHIP_ML_SERVICE_URL:
        return None
    place = Place(
        url=settings.MODELSHIP_ML_SERVICE_URL,
        token=settings.MODELSHIP_ML_SERVICE_TOKEN,
        connect_seconds=settings.MODELSHIP_ML_CONNECT_SECONDS,
    )
    return _links.to(place)


def close() -> None:
    """End all connections; the next call makes new ones."""
    _links.close()
