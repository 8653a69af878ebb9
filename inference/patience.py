"""Looking again, for as long as it takes, while the detector service is away or has too much to do.

Background work can wait: it neither fails nor uses up an attempt because of a service that starts anew.
"""

import random
import threading
from pathlib import Path

from inference.client.answers import AWAY, BUSY, FAILED
from inference.client.state import is_up
from inference.detection import Detection, Ear, Seen
from inference.options import DetectOptions
from modelship.lib.errors import Unavailable

SAID = {
    AWAY: "Waiting for the detector service, which does not answer.",
    FAILED: "Waiting for the detector service, which does not work as it should.",
    BUSY: "Waiting for the detector service, which is busy.",
}
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
# A picture that breaks a service so often, which is otherwise up, is at fault itself.
HOPELESS = 10


class Patience:
    """Waits in the threads of one piece of work. `leave` ends all waiting at once, and for good."""

    def __init__(self) -> None:
        self._leaving = threading.Event()
        self._guard = threading.Lock()
        self._waiting: dict[int, str] = {}

    @property
    def reason(self) -> str:
        """Why somebody waits, in words for people; "" while nobody does."""
        with self._guard:
            return next(iter(self._waiting.values()), "")

    def leave(self) -> None:
        self._leaving.set()

    def look(
        self, detection: Detection, path: str | Path, options: DetectOptions, ear: Ear | None = None
    ) -> Seen:
        """`Detection.look`, again and again while the service is away. Raises what it raises of anything else."""
        tries = broken = 0
        try:
            while True:
                try:
                    return detection.look(path, options, ear=ear)
                except Unavailable as problem:
                    broken += problem.code == FAILED
                    if problem.code not in SAID or self._leaving.is_set() or self._is_hopeless(broken):
                        raise
                    self._note(SAID[problem.code])
                    self._leaving.wait(pause_after(tries))
                    tries += 1
        finally:
            self._note("")

    def _is_hopeless(self, broken: int) -> bool:
        return broken >= HOPELESS and is_up()

    def _note(self, words: str) -> None:
        with self._guard:
            me = threading.get_ident()
            if words:
                self._waiting[me] = words
            else:
                self._waiting.pop(me, None)


def pause_after(tries: int) -> float:
    """Longer each time, up to a bound that is short enough to go on soon after the service is back."""
    most = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 10))
    return random.uniform(most / 2, most)  # noqa: S311
