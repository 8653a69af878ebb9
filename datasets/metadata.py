"""Flexible metadata: any keys, merged by RFC 7396, with limits on the few whose meaning is known. Pure."""

from typing import Any

import orjson

from modelship.lib.errors import BadRequest, Unprocessable

# The key under which people find what the file itself tells; theirs to read alone.
INTRINSIC = "intrinsic"
MAX_BYTES = 65_536
MAX_KEY_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 1024
MAX_KEYWORDS = 256
MAX_KEYWORD_LENGTH = 64


def merged(target: Any, patch: Any) -> Any:
    """`target` with `patch` merged in by RFC 7396: null removes, objects merge, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def checked(metadata: Any) -> dict[str, Any]:
    """The metadata if it may be kept; raises BadRequest or Unprocessable naming the field that may not."""
    if not isinstance(metadata, dict):
        raise BadRequest("'metadata' must be a JSON object.", field="metadata")
    if any(len(key) > MAX_KEY_LENGTH for key in metadata):
        raise _too_long("metadata", f"A key of the metadata may have {MAX_KEY_LENGTH} characters.")
    if INTRINSIC in metadata:
        raise read_only()
    _check_description(metadata.get("description", ""))
    _check_keywords(metadata.get("keywords", []))
    if len(_text_of(metadata)) > MAX_BYTES:
        raise _too_long("metadata", f"The metadata may have {MAX_BYTES:,} bytes. Remove what is not needed.")
    return metadata


def _text_of(metadata: dict[str, Any]) -> bytes:
    """As every door writes it: what can't be written must not be kept, or no list with the picture could be read."""
    try:
        return orjson.dumps(metadata)
    except TypeError as error:
        detail = "The metadata holds a number of more than 64 bits, or text that is no Unicode. Change it."
        raise Unprocessable(detail, field="metadata") from error


def read_only() -> Unprocessable:
    """The refusal of a change to what the file itself tells."""
    detail = "'metadata.intrinsic' is what the file itself tells. Leave it out."
    return Unprocessable(detail, code="read_only", field="metadata.intrinsic")


def _check_description(description: Any) -> None:
    if not isinstance(description, str):
        raise Unprocessable("The description must be text.", field="metadata.description")
    if len(description) > MAX_DESCRIPTION_LENGTH:
        detail = f"The description may have {MAX_DESCRIPTION_LENGTH} characters. Shorten it."
        raise _too_long("metadata.description", detail)


def _check_keywords(keywords: Any) -> None:
    if not isinstance(keywords, list) or not all(isinstance(word, str) for word in keywords):
        raise Unprocessable("The keywords must be a list of texts.", field="metadata.keywords")
    if not all(word.strip() for word in keywords):
        raise Unprocessable("A keyword is empty. Leave it out.", field="metadata.keywords")
    if len(keywords) > MAX_KEYWORDS:
        raise _too_long("metadata.keywords", f"There may be {MAX_KEYWORDS} keywords. Remove some.")
    if any(len(word) > MAX_KEYWORD_LENGTH for word in keywords):
        raise _too_long(
            "metadata.keywords", f"A keyword may have {MAX_KEYWORD_LENGTH} characters. Shorten it."
        )


def _too_long(field: str, detail: str) -> Unprocessable:
    return Unprocessable(detail, code="too_long", field=field)
