"""What is to happen when pictures enter a dataset. Apps above say in `AppConfig.ready()` what of theirs it is."""

from collections.abc import Callable, Sequence

from datasets.models import Dataset, Image

# Called in the transaction that lets the pictures in: what it writes and orders is there exactly when they are.
Welcome = Callable[[Dataset, Sequence[Image]], None]

_welcomes: list[Welcome] = []


def register(welcome: Welcome) -> None:
    """Called once by the app that does something with new pictures, when it is ready."""
    if welcome not in _welcomes:
        _welcomes.append(welcome)


def welcome_all(dataset: Dataset, images: Sequence[Image]) -> None:
    """Tell of pictures that were made a moment ago. Those that the dataset held already are none."""
    for welcome in _welcomes:
        welcome(dataset, images)
