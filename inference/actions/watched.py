"""Labelling one image while somebody watches: slices as they are finished, and what they gave kept on a stop."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from types import TracebackType

from datasets.models import Image
from datasets.storage import local_copy
from inference.actions.autolabel import Labelled, check_labelling, check_size, land
from inference.detection import Detection, Ear, Seen, SliceSeen
from inference.models import DetectorModel
from inference.options import LabelOptions, Region
from inference.warm import warm_detection
from modelship.accounts.actors import Actor
from modelship.lib.errors import Problem

# How long nothing is heard at most.
SIGN_SECONDS = 1.0


def label_watched(
    actor: Actor, image: Image, model: DetectorModel, options: LabelOptions, region: Region | None = None
) -> Generator[SliceSeen | None, None, Labelled]:
    """As `label_image`, told slice by slice; None is a sign of life.

    Closing it stops the model. What the finished slices gave is added then, and takes the place of nothing.
    """
    check_labelling(image, model, region)
    return _watched(actor, image, model, options, region)


def _watched(
    actor: Actor, image: Image, model: DetectorModel, options: LabelOptions, region: Region | None
) -> Generator[SliceSeen | None, None, Labelled]:
    with (
        local_copy(image.blob) as path,
        warm_detection(actor.tenant.id, model) as detection,
        _Look(detection, path, options, region) as look,
    ):
        try:
            yield from look.slices()
        except GeneratorExit:
            # Nobody is there any more to hear of a refusal.
            with suppress(Problem):
                _keep(actor, image, model, options, look.stopped(), region)
            raise
        seen = look.result()
    check_size(seen, image)
    return land(actor, image, model, options, seen, region)


def _keep(
    actor: Actor, image: Image, model: DetectorModel, options: LabelOptions, seen: Seen, region: Region | None
) -> None:
    """A whole look lands as one; a part of one only adds what is not there yet."""
    check_size(seen, image)
    if not seen.is_whole:
        options = replace(options, replaces=False, skips_known=True)
    if seen.looked:
        land(actor, image, model, options, seen, region)


class _Look(AbstractContextManager["_Look"]):
    """A look that goes on in a thread, which reads no rows; leaving the block stops it."""

    def __init__(self, detection: Detection, path: str, options: LabelOptions, region: Region | None) -> None:
        self._heard: queue.SimpleQueue[SliceSeen | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._seen: Seen | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(detection, path, options, region))

    def __enter__(self) -> "_Look":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def slices(self) -> Iterator[SliceSeen | None]:
        """Each slice as it is finished, and None where there is none for a while; ends with the look."""
        while True:
            try:
                heard = self._heard.get(timeout=SIGN_SECONDS)
            except queue.Empty:
                yield None
                continue
            if heard is None:
                return
            yield heard

    def stopped(self) -> Seen:
        """What the slices gave that were finished when it was stopped; raises as `result`."""
        self._stopping.set()
        return self.result()

    def result(self) -> Seen:
        """Raises what the look raises."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._seen is not None
        return self._seen

    def _run(self, detection: Detection, path: str, options: LabelOptions, region: Region | None) -> None:
        try:
            ear = Ear(self._heard.put, self._stopping.is_set)
            self._seen = detection.look(path, options.detect, region, ear)
        except Exception as error:  # noqa: BLE001  whatever it is, who waits for the result gets it
            self._error = error
        finally:
            self._heard.put(None)
