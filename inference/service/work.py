"""What the service does: looking, inspecting and testing, in limited children, on as many lanes as it has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from inference import wire
from inference.asking import ModelFails, ask, bad_answer
from inference.engine.spec import ModelSpec
from inference.service.gate import POLL_SECONDS, Gate, Gone
from inference.service.keeping import Keeping, described
from inference.service.looks import Look, Looks
from inference.service.settings import Settings
from inference.shelf import Shelf
from modelship.lib.limited import Limits, Pool

# How often a self-test looks at its picture at most.
LOOKS = 8
# Whose pictures, and which model.
Key = tuple[str, str]
Shape = TypeVar("Shape", wire.Sight, wire.Proof, wire.Tried)


class Work:
    """The parts of a running service, and what can be asked of them. Made and used on one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gate = Gate(lanes=settings.lanes, queue=settings.queue, patience=settings.queue_seconds)
        self.keeping = Keeping(settings.models_folder, most_bytes=settings.models_bytes)
        self.shelf: Shelf[Key, Pool] = Shelf(lambda: settings.memory_bytes)
        self.looks = Looks()
        self._threads = ThreadPoolExecutor(settings.lanes + 1, "lane")

    @property
    def open_models(self) -> list[str]:
        """Those that have children, by their SHA-256."""
        return sorted({sha256 for _, sha256 in self.shelf.keys})

    async def close(self) -> None:
        """End all children, also those at work."""
        await asyncio.to_thread(self.shelf.close)
        self._threads.shutdown(cancel_futures=True)

    async def detect(self, path: Path, asked: wire.DetectOptions, gone: Gone) -> wire.Sight:
        """Raises the Problems of detection, and NotFound for a model that is not here."""
        sha256 = asked.model or self.keeping.builtin
        with self.keeping.held(sha256) as model_path:
            async with self.gate.lane(asked.sessions, gone) as wide:
                spec = asked.spec or (await self._described(sha256, model_path)).spec
                options = self._options(asked, spec, wide)
                limits = self._limits(self._seconds(asked.seconds), wide)
                args = (model_path, spec, str(path), options)
                with self.looks.under_way(asked.look) as look:
                    call = partial(self._looked, (asked.group, sha256), look)
                    told = await self._heeded(look, gone, self._run(call, *args, limits=limits))
        return sound(told, wire.Sight)

    def _looked(self, key: Key, look: Look, model: Path, *args: Any, limits: Limits) -> Any:
        """In a thread: one look by the warm children of that model and group."""
        make = partial(Pool, children=self.settings.lanes)
        with self.shelf.lent(key, make, size=model.stat().st_size) as pool:
            return ask(pool, "detect_file", str(model), *args, limits=limits, listener=look.listener)

    async def _heeded(self, look: Look, gone: Gone, working: Awaitable[Any]) -> Any:
        """What the work gives; it ends early where nobody waits for it any more."""
        task = asyncio.ensure_future(working)
        while not (await asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
            if await gone():
                look.leave()
        return await task

    async def take(self, path: Path, sha256: str, gone: Gone) -> wire.Model:
        """Keep a model whose file was just sent, if inspection takes it. Raises the Problems of inspection.

        One that is here stays as it is: children that have its file open need not open it again.
        """
        found = self.keeping.known(sha256)
        if found is not None and self.keeping.has(sha256):
            return found
        async with self.gate.lane(1, gone):
            found = await self._inspected(sha256, path)
        self.keeping.take(path, sha256)
        self.keeping.note(found)
        return found

    async def describe(self, sha256: str, gone: Gone) -> wire.Model:
        with self.keeping.held(sha256) as path:
            async with self.gate.lane(1, gone):
                return await self._described(sha256, path)

    async def try_out(self, sha256: str, asked: wire.TryOptions, gone: Gone) -> wire.Tried:
        async with self._alone(sha256, gone) as (pool, path):
            told = await self._run(ask, pool, "try_model", path, asked.spec, limits=self._testing(1))
        return sound(told, wire.Tried)

    async def prove(
        self, sha256: str, photo: Path | None, asked: wire.ProveOptions, gone: Gone
    ) -> wire.Proof:
        seen = None if photo is None else str(photo)
        pixels = min(asked.max_pixels or self.settings.max_pixels, self.settings.max_pixels)
        async with self._alone(sha256, gone) as (pool, path):
            args = (path, asked.spec, seen, sorted(asked.fixed), pixels)
            told = await self._run(ask, pool, "prove_model", *args, limits=self._testing(LOOKS))
        return sound(told, wire.Proof)

    @asynccontextmanager
    async def _alone(self, sha256: str, gone: Gone) -> AsyncIterator[tuple[Pool, str]]:
        """A model that nobody trusts yet, and a child that is used for nothing else."""
        with self.keeping.held(sha256) as path:
            async with self.gate.lane(1, gone):
                with closing(Pool(children=1)) as pool:
                    yield pool, str(path)

    async def _described(self, sha256: str, path: Path) -> wire.Model:
        """As found before; a file that is here since before the start is looked at once more."""
        found = self.keeping.known(sha256)
        if found is None:
            found = await self._inspected(sha256, path)
            self.keeping.note(found)
        return found

    async def _inspected(self, sha256: str, path: Path) -> wire.Model:
        with closing(Pool(children=1)) as pool:
            spec = await self._run(ask, pool, "inspect_file", str(path), limits=self._testing(1))
            trainable = await self._run(ask, pool, "is_trainable_file", str(path), limits=self._testing(1))
        try:
            spec = ModelSpec.from_dict(spec).to_dict()
            return described(sha256, path.stat().st_size, spec, trainable is True)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise ModelFails(
                "The model could not be inspected. Export it again.", code="bad_answer"
            ) from error

    def _options(self, asked: wire.DetectOptions, spec: wire.Spec, sessions: int) -> dict[str, Any]:
        """The engine's own words for what was asked."""
        shares = {"confidence": asked.confidence, "iou": asked.iou}
        said = {name: spec.get(name) if share is None else share for name, share in shares.items()}
        return {
            **{name: share for name, share in said.items() if share is not None},
            **({"thresholds": asked.thresholds} if asked.thresholds else {}),
            "slicing": wire.engine_slicing(asked.slice, asked.merge),
            "region": asked.region,
            "spares": asked.spares,
            "sessions": sessions,
            "provider": self.settings.provider,
            "max_pixels": min(asked.max_pixels or self.settings.max_pixels, self.settings.max_pixels),
        }

    def _seconds(self, asked: float | None) -> float:
        return min(asked or self.settings.detect_seconds, self.settings.detect_seconds)

    def _testing(self, looks: int) -> Limits:
        return self._limits(self.settings.model_test_seconds * looks, 1)

    def _limits(self, seconds: float, sessions: int) -> Limits:
        return Limits(
            memory_bytes=self.settings.detect_memory_bytes,
            cpu_seconds=seconds * sessions,
            wall_seconds=seconds,
        )

    async def _run(self, function: Callable[..., Any], *args: Any, limits: Limits) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, limits=limits))


def sound(told: Any, shape: type[Shape]) -> Shape:
    """A child's answer as the wire has it. Raises ModelFails for one that can't be."""
    try:
        answer = msgspec.convert(told, shape)
        if isinstance(answer, wire.Sight | wire.Proof):
            answer.check()
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError) as error:
        raise bad_answer() from error
    return answer
