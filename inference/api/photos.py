"""Photos that are sent along to be looked at, and not kept."""

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from modelship.lib.errors import TooLarge


def check_photo(file: UploadedFile) -> None:
    """Raises TooLarge for a file that could not become a picture here either."""
    limit = settings.MODELSHIP_MAX_FILE_BYTES
    if (file.size or 0) > limit:
        raise TooLarge(f"A picture may have {limit:,} bytes.", code="file_too_large", limit=limit)
