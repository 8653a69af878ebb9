"""JSON in, strictly: what a database or another client could choke on is refused at the door."""

import json
import re
from typing import Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from modelship.lib.errors import BadRequest, TooLarge

MAX_DEPTH = 64
MAX_NODES = 200_000
INTEGERS = range(-(2**63), 2**63)
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKETS = re.compile(rb"[\[\]{}]")
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
NUL = re.compile(rb"\\u0000")


def parse_json(body: bytes) -> Any:
    """The value of strict UTF-8 JSON.

    Raises BadRequest for anything malformed, nested deeper than 64, with duplicate keys, NaN or
    infinities, integers beyond 64 bits, NUL or lone surrogates, or with over 200,000 values.
    """
    _check_shape(body)
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_small_integer,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise BadRequest("The body must be UTF-8.", code="bad_encoding") from error
    except json.JSONDecodeError as error:
        detail = f"Not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise BadRequest(detail, code="bad_json") from error
    if SURROGATE.search(body):
        _check_surrogates(value)
    return value


def _check_shape(body: bytes) -> None:
    if b"\x00" in body or NUL.search(body):
        raise BadRequest("The body contains a NUL character.", code="bad_json")
    if len(body) <= MAX_NODES and body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        # Too little to break a limit, as nearly every message of a socket is.
        return
    bare = STRINGS.sub(b"", body)
    if bare.count(b",") + bare.count(b":") + 1 > MAX_NODES:
        raise TooLarge(f"The body has more than {MAX_NODES:,} values. Send it in parts.")
    depth = 0
    for match in BRACKETS.finditer(bare):
        depth += 1 if match.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            raise BadRequest(f"The body is nested deeper than {MAX_DEPTH} levels.", code="too_deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("A key occurs twice in the same object.", code="duplicate_key")
    return found


def _no_constant(name: str) -> None:
    raise BadRequest(f"{name} is not a JSON number.", code="bad_number")


def _small_integer(digits: str) -> int:
    if len(digits) > 20 or int(digits) not in INTEGERS:
        raise BadRequest("A whole number is larger than 64 bits hold.", code="bad_number")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise BadRequest("A number is too large.", code="bad_number")
    return value


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest("The body contains half a character (a lone surrogate).", code="bad_json") from error


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.MODELSHIP_MAX_JSON_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A JSON body may have {limit:,} bytes. Send it in parts.", limit=limit)
        return parse_json(body)


class MergePatchParser(StrictJSONParser):
    """The same under the name that RFC 7396 gives to a patch that merges."""

    media_type = "application/merge-patch+json"
