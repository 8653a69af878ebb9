"""Database work of the event loop, in threads of its own.

Channels' own bridge runs all synchronous code of a process in one thread, so one slow transaction
would hold up every editor. Watching (polls, checks) has separate threads: it must not wait for edits.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

_editors = ThreadPoolExecutor(max_workers=6, thread_name_prefix="live-edit")
_watchers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live-watch")


async def in_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a person's request in a thread; its exceptions come back as they are."""
    return await _run(_editors, partial(work, *args, **kwargs))


async def watching_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short read of the server's own in a thread."""
    return await _run(_watchers, partial(work, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, _with_connection, work)


def _with_connection(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
