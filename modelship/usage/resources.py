"""What a tenant may have only so much of. Apps say in `AppConfig.ready()` how each is counted anew."""

from collections.abc import Callable
from dataclasses import dataclass

from modelship.accounts.models import Tenant

Count = Callable[[Tenant], int]
STORAGE = "storage"


@dataclass(frozen=True)
class Resource:
    """One resource: what people see it named, what it is counted in, and how to count what is really there."""

    name: str
    title: str
    unit: str
    count: Count


_resources: dict[str, Resource] = {}


def register(name: str, *, title: str, unit: str, count: Count) -> None:
    """Make a resource known; registering it again replaces it."""
    _resources[name] = Resource(name, title, unit, count)


def resource_named(name: str) -> Resource:
    """Raises LookupError for one that no app registered."""
    return _resources[name]


def all_resources() -> list[Resource]:
    return sorted(_resources.values(), key=lambda resource: resource.name)
