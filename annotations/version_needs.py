"""Who still needs a version: apps above this one say so when they are ready, so it imports none of them."""

from collections.abc import Callable

from datasets.models import DatasetVersion

Need = Callable[[DatasetVersion], bool]
_needs: list[Need] = []


def register_need(need: Need) -> None:
    """Automatic versions for which `need` answers True are never forgotten."""
    if need not in _needs:
        _needs.append(need)


def is_needed_elsewhere(version: DatasetVersion) -> bool:
    return any(need(version) for need in _needs)
