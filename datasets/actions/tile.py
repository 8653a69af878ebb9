"""Cutting large pictures into tiles: the order for the work, and the work."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import Any

from django.conf import settings

from datasets.actions.render import decode_problem, image_limits, is_streamed, limits_for, stream_limits
from datasets.imaging.pyramid import PACK_NAME, is_large
from datasets.models import Blob, Image
from datasets.storage import delete_derived, has_derived, local_copy, put_derived
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.limited import LimitExceeded, Pool

KIND = "datasets.tiles"
# After what people wait for: a picture is shown and labelled without its tiles.
PRIORITY = -5
LOOK_SECONDS = 0.5
# The child says how far it is; the last part is to keep the pack.
CUT_SHARE = 95


def tile_later(actor: Actor, image: Image) -> bool:
    """Queue the job that tiles a large image, in the caller's transaction; False where there is nothing to do."""
    if not is_large(image.width, image.height) or has_derived(image.blob, PACK_NAME):
        return False
    _, is_new = enqueue(
        KIND,
        tenant=image.tenant,
        args={"image": str(image.id), "dataset": str(image.dataset_id), "blob": image.blob_id},
        actor=actor,
        project=image.dataset.project,
        title=f"Cut {image.filename} into tiles"[:200],
        dedupe_key=f"blob:{image.blob_id}",
        priority=PRIORITY,
        total=100,
    )
    return is_new


def run_tiling(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Tile the picture of the job. Nothing is kept before all is done, so a killed run simply starts again.

    The pack is one file under a fixed name: a second run finds it and changes nothing.
    """
    images = Image.objects.filter(tenant=job.tenant, blob_id=job.args["blob"]).select_related("blob")
    image = images.first()
    if image is None:
        return {"tiled": False, "reason": "The image was deleted."}
    if has_derived(image.blob, PACK_NAME):
        return {"tiled": False, "reason": "The tiles are there already."}
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="tiles-") as folder:
        pack = os.path.join(folder, PACK_NAME)
        with local_copy(image.blob) as path:
            _cut(image, path, pack, lambda share: ctx.progress(share * CUT_SHARE // 100, 100))
        size = os.path.getsize(pack)
        ctx.progress(CUT_SHARE, 100, "Storing the tiles.")
        _keep(image.blob, pack)
    ctx.progress(100, 100, "")
    return {"tiled": True, "bytes": size}


def _cut(image: Image, path: str, pack: str, tell: Callable[[int], None]) -> None:
    """Make the pack in a child of its own, which ends at once when `tell` raises."""
    is_whole = not is_streamed(image.width, image.height)
    function = f"datasets.imaging.tiling:{'tile_whole' if is_whole else 'tile_streamed'}"
    progress = Path(f"{pack}.progress")
    args = (path, image.format, image_limits() if is_whole else stream_limits(), pack, str(progress))
    pool = Pool(children=1)
    with ThreadPoolExecutor(1) as executor:
        work = executor.submit(pool.run, function, args, limits_for(image.width, image.height))
        try:
            while True:
                try:
                    work.result(timeout=LOOK_SECONDS)
                    return
                except NotYet:
                    tell(_share(progress))
        except LimitExceeded as error:
            raise decode_problem(error) from error
        finally:
            pool.close()


def _share(progress: Path) -> int:
    """What the child last wrote; nothing it writes can do more than show a wrong number."""
    try:
        text = progress.read_text()[:3]
    except OSError:
        return 0
    return min(int(text), 100) if text.isdecimal() else 0


def _keep(blob: Blob, pack: str) -> None:
    """Store the pack; take it back where the picture was deleted meanwhile, unless the same bytes came again."""
    put_derived(blob, PACK_NAME, pack)
    if not Blob.objects.filter(tenant_id=blob.tenant_id, sha256=blob.sha256).exists():
        delete_derived(blob, PACK_NAME)
