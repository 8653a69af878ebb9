"""Turns at an endpoint, which all threads of all processes take in one row: what they ask for together keeps its pace."""

import threading
import time
from concurrent.futures import Future
from datetime import timedelta
from queue import Empty, SimpleQueue
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from inference.language.client import Ended
from inference.language.pace import turn_after
from inference.models import LanguageEndpoint
from modelship.lib.clock import now

# How often a thread that waits for its turn looks whether anybody still wants the answer.
LOOK_SECONDS = 0.2


@transaction.atomic
def take_turn(endpoint_id: UUID) -> float:
    """Take the next turn; returns the seconds until it comes, 0 for an endpoint that is gone."""
    rows = LanguageEndpoint.objects.filter(pk=endpoint_id)
    locked = rows.select_for_update(no_key=True)
    row = locked.values_list("requests_per_minute", "requests_at_once", "turns_until", "rests_until").first()
    if row is None:
        return 0.0
    (per_minute, burst, last, rests_until), at = row, now()
    seconds, until = turn_after(last, at, per_minute, burst)
    rows.update(turns_until=until)
    return max(seconds, (rests_until - at).total_seconds() if rests_until else 0.0)


def rest(endpoint_id: UUID, seconds: float) -> None:
    """Nobody has a turn for so long; a longer rest that was asked for stays."""
    until = now() + timedelta(seconds=seconds)
    shorter = Q(rests_until=None) | Q(rests_until__lt=until)
    LanguageEndpoint.objects.filter(shorter, pk=endpoint_id).update(rests_until=until)


class Turns:
    """The pace of one asking. Its threads read no rows: the caller's thread takes their turns, in `order` and `serve`.

    Once `stop` is set, who waits for a turn hears Ended.
    """

    def __init__(self, endpoint_id: UUID, stop: threading.Event) -> None:
        self._endpoint_id, self._stop = endpoint_id, stop
        # When they come, by the monotonic clock.
        self._ready: SimpleQueue[float] = SimpleQueue()
        self._wanted: SimpleQueue[Future[float]] = SimpleQueue()
        self._rests: SimpleQueue[float] = SimpleQueue()

    def order(self) -> None:
        """Take the turn of a request that is about to be made."""
        self._ready.put(self._taken())

    def serve(self) -> None:
        """Take the turns that threads want for more requests than were ordered."""
        while not self._rests.empty():
            rest(self._endpoint_id, self._rests.get())
        while not self._wanted.empty():
            self._wanted.get().set_result(self._taken())

    def take(self) -> float:
        try:
            at = self._ready.get_nowait()
        except Empty:
            wish: Future[float] = Future()
            self._wanted.put(wish)
            at = self._heard(wish)
        return max(0.0, at - time.monotonic())

    def rest(self, seconds: float) -> None:
        self._rests.put(seconds)

    def _taken(self) -> float:
        return time.monotonic() + take_turn(self._endpoint_id)

    def _heard(self, wish: Future[float]) -> float:
        while True:
            try:
                return wish.result(LOOK_SECONDS)
            except TimeoutError:
                if self._stop.is_set():
                    raise Ended from None
