"""What kind of JSON a file is, from its first bytes alone."""

import json
import re
from dataclasses import dataclass

STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)


@dataclass(frozen=True)
class JsonHead:
    """`opening` is `{`, `[` or empty for no JSON. `keys` are those of the outer object, or of the first
    object of the outer list, as far as the head goes; `inner` are all keys below."""

    opening: str
    keys: frozenset[str]
    inner: frozenset[str]


def json_head(text: str) -> JsonHead:
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return JsonHead("", frozenset(), frozenset())
    level = 0
    keys: set[str] = set()
    inner: set[str] = set()
    wanted = 1 if start == "{" else 2
    for match in MARK.finditer(text):
        found = match.group()
        if found in "{[":
            level += 1
        elif found in "}]":
            level -= 1
        elif re.match(r"\s*:", text[match.end() : match.end() + 8]):
            (keys if level == wanted else inner).add(_unquoted(found))
    return JsonHead(start, frozenset(keys), frozenset(inner))


def _unquoted(found: str) -> str:
    try:
        return str(json.loads(found, strict=False))
    except ValueError:
        return found[1:-1]
