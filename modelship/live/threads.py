"""Database work of the event loop, in threads of its own.

Channels' own bridge runs all synchronous code of a process in one thread, so one slow transaction
would hold up every editor. Here edits, reads and the server's own watching each have their threads,
and none waits for another kind.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, connection

P = ParamSpec("P")
T = TypeVar("T")

# SQLite lets in one writer at a time: more threads would only wait for each other in its busy loop.
IS_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
WRITERS = 1 if IS_SQLITE else 6
_writers = ThreadPoolExecutor(max_workers=WRITERS, thread_name_prefix="live-write")
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-read")
_watchers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-watch")


async def writing_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a person's change in a thread; its exceptions come back as they are."""
    return await _run(_writers, partial(work, *args, **kwargs))


async def reading_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what a person waits to read in a thread; its exceptions come back as they are."""
    return await _run(_readers, partial(work, *args, **kwargs))


async def watching_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short read of the server's own in a thread."""
    return await _run(_watchers, partial(work, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, _with_connection, work)


def _with_connection(work: Callable[[], T]) -> T:
    _tidy()
    try:
        return work()
    finally:
        _tidy()


def _tidy() -> None:
    """These threads are few and live on, so each keeps its SQLite file open: opening costs as much as an edit.

    A connection to a server goes back to its pool as the settings say.
    """
    if not IS_SQLITE:
        close_old_connections()
    elif connection.errors_occurred:
        connection.close()
