"""Where pictures can be fetched from: a module and a line for each kind."""

from datasets.sources import archive, azure, dropbox, gcs, local, s3, sftp, web
from datasets.sources.base import Kind
from modelship.lib.errors import BadRequest

SOURCES: tuple[Kind, ...] = (
    local.KIND,
    s3.KIND,
    dropbox.KIND,
    gcs.KIND,
    azure.KIND,
    sftp.KIND,
    web.KIND,
    archive.KIND,
)
NAMES = tuple(kind.name for kind in SOURCES)


def source_kind(name: str) -> Kind:
    """Raises BadRequest for a kind that there is none of."""
    for kind in SOURCES:
        if kind.name == name:
            return kind
    raise BadRequest(f"'kind' must be one of {', '.join(NAMES)}.", field="kind")
