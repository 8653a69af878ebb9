"""Doing one thing to many rows in a few threads, with as much in memory as there are threads."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")
R = TypeVar("R")
# Rows that wait for each thread: one is being worked on, one is next.
AHEAD = 2


class Crew(Generic[T, R]):
    """`opened()` gives each thread what it works with, for as long as the crew works."""

    def __init__(self, size: int, opened: Callable[[], AbstractContextManager[Callable[[T], R]]]) -> None:
        self.size, self.opened = size, opened
        self._todo: queue.Queue[T | None] = queue.Queue()
        self._done: queue.Queue[R | Exception] = queue.Queue()
        self._threads = [threading.Thread(target=self._work, name=f"crew-{n}") for n in range(size)]

    def results(self, rows: Iterable[T]) -> Generator[R, None, None]:
        """The result for each row, in the order they are ready. What `opened` or the work raises is raised here."""
        for thread in self._threads:
            thread.start()
        try:
            under_way = 0
            for row in rows:
                self._todo.put(row)
                under_way += 1
                if under_way >= self.size * AHEAD:
                    yield self._next()
                    under_way -= 1
            for _ in range(under_way):
                yield self._next()
        finally:
            self._dismiss()

    def _next(self) -> R:
        result = self._done.get()
        if isinstance(result, Exception):
            raise result
        return result

    def _dismiss(self) -> None:
        """Nobody starts another row; who works on one finishes it first."""
        while not self._todo.empty():
            try:
                self._todo.get_nowait()
            except queue.Empty:
                break
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            with self.opened() as work:
                while (row := self._todo.get()) is not None:
                    self._done.put(work(row))
        except Exception as error:  # noqa: BLE001 - it is raised where the results are awaited
            self._done.put(error)
        finally:
            connections.close_all()
