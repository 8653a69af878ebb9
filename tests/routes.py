"""Every HTTP route of the product, read from the URL resolver, with objects to fill its ids."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver

OWN_PREFIXES = ("api/v1/", "")
# Other people's routes, with tests of their own upstream, and those that belong to no tenant.
FOREIGN = ("admin/", "accounts/", "static/", "^api/", "api/v1/schema", "api/v1/docs", "setup/", "health")


@dataclass(frozen=True)
class Route:
    path: str
    name: str
    params: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    def url(self, ids: dict[str, Any]) -> str:
        path = self.path
        for param in self.params:
            start = path.index("<")
            end = path.index(">") + 1
            path = path[:start] + str(ids.get(param, uuid4())) + path[end:]
        return "/" + path

    def __str__(self) -> str:
        return self.path or "/"


def all_routes() -> list[Route]:
    return sorted(set(_walk(get_resolver().url_patterns, "")), key=str)


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(FOREIGN):
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            params = tuple(part.split(">")[0].split(":")[-1] for part in path.split("<")[1:])
            yield Route(path, pattern.name or "", params)
