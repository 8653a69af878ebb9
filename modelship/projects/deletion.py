"""What is to happen when a project goes. Apps above say in `AppConfig.ready()` what of theirs it is."""

from collections.abc import Callable

from modelship.accounts.actors import Actor

# Called in the transaction, with who deletes, once the project and everything in it is gone.
Afterwards = Callable[[Actor], None]

_afterwards: dict[str, Afterwards] = {}


def register(name: str, work: Afterwards) -> None:
    """Have work done after each deletion; registering it again replaces it."""
    _afterwards[name] = work


def finish(actor: Actor) -> None:
    for work in _afterwards.values():
        work(actor)
