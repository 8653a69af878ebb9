"""Pictures and previews on their way into an export: clean copies, made one by one in a limited child."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import structlog
from django.conf import settings

from annotations.actions.draw import draw_preview, drawn_boxes
from annotations.formats.records import ExportDataset, ExportImage
from datasets.actions.render import decode_limits, decode_problem, image_limits
from datasets.models import Image
from datasets.storage import local_copy
from modelship.lib.errors import NotFound, Problem
from modelship.lib.limited import LimitExceeded, run_limited

PREVIEW_SIDE = 1024
# Another try can heal these; anything else that is wrong with a picture stays wrong.
PASSING = ("busy", "unavailable")
log = structlog.get_logger(__name__)


class DatasetMedia:
    """The pictures of one dataset."""

    def __init__(self, dataset: ExportDataset) -> None:
        self._classes = dataset.classes

    @contextlib.contextmanager
    def picture(self, image: ExportImage) -> Iterator[BinaryIO | None]:
        """The picture upright and without metadata but for the place that goes along; None where its bytes are lost or damaged."""
        with contextlib.ExitStack() as stack:
            file = None
            try:
                file = stack.enter_context(clean_copy(_row_of(image), image.place))
            except Problem as problem:
                _pass_over(image, problem)
            yield file

    def preview(self, image: ExportImage) -> bytes | None:
        drawn = drawn_boxes(image.boxes, self._classes)
        try:
            return draw_preview(_row_of(image), drawn, side=PREVIEW_SIDE, kind="JPEG")
        except Problem as problem:
            _pass_over(image, problem)
        return None


def _row_of(image: ExportImage) -> Image:
    """Read for each picture: making it takes a hundred times as long. Raises NotFound for one that was deleted meanwhile."""
    found = Image.objects.select_related("blob").filter(pk=image.id).first()
    if found is None:
        raise NotFound("The picture was deleted while it was exported.")
    return found


@contextlib.contextmanager
def clean_copy(image: Image, place: Sequence[float] | None = None) -> Iterator[BinaryIO]:
    """The clean copy, which tells the `place`, as an open file for the length of the block."""
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="clean-") as target:
        with local_copy(image.blob) as path:
            try:
                run_limited(
                    "datasets.imaging.clean:write_clean",
                    path,
                    image.format,
                    image_limits(),
                    target.name,
                    image.orientation,
                    place,
                    limits=decode_limits(),
                )
            except LimitExceeded as error:
                raise decode_problem(error) from error
        with open(target.name, "rb") as file:
            yield file


def _pass_over(image: ExportImage, problem: Problem) -> None:
    """One bad picture must not cost the whole export; it is counted. What may pass is left to another try."""
    if problem.code in PASSING:
        raise problem
    log.warning("export.picture_unreadable", image=str(image.id), code=problem.code)
