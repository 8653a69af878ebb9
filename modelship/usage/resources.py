"""What a tenant may have only so much of. Apps say in `AppConfig.ready()` how each is counted anew."""

from collections.abc import Callable
from dataclasses import dataclass

from modelship.accounts.models import Tenant

Count = Callable[[Tenant], int]
STORAGE = "storage"
LANGUAGE = "language_tokens"
DELETE = "Delete what is not needed, or ask the operator for more."


@dataclass(frozen=True)
class Resource:
    """One resource: what people see it named, what it is counted in, how to count what is really there, and what
    to do where nothing is left.
    """

    name: str
    title: str
    unit: str
    count: Count
    advice: str = DELETE


_resources: dict[str, Resource] = {}


def register(name: str, *, title: str, unit: str, count: Count, advice: str = DELETE) -> None:
    """Make a resource known; registering it again replaces it."""
    _resources[name] = Resource(name, title, unit, count, advice)


def resource_named(name: str) -> Resource:
    """Raises LookupError for one that no app registered."""
    return _resources[name]


def all_resources() -> list[Resource]:
    """Storage first, which everybody has; the others by name."""
    return sorted(_resources.values(), key=lambda resource: (resource.name != STORAGE, resource.name))
