"""The search line: `state:new class:ship score<0.4 meta.weather:rain -"old quay"` to terms and back. Pure.

`parsed(printed(search)) == search` holds for every search. Which keys exist is not decided here.
"""

import re

from datasets.search.terms import META, TEXT, Search, Term
from modelship.lib.errors import BadRequest

MAX_LENGTH = 2_000
MAX_TERMS = 40
MAX_VALUES = 200
OPERATORS = (":", "~", "<", "<=", ">", ">=")

_KEY = re.compile(r"[a-z][a-z_]*")
_OP = re.compile(r"<=|>=|[:=~<>]")
_BARE = re.compile(r'[^\s",:=~<>\\]+')
# Behind an operator a colon is only a character: times and addresses have some.
_GIVEN = re.compile(r'[^\s",:=~<>\\][^\s",\\]*')
_STEP = re.compile(r'[^\s".,:=~<>\\]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def parsed(text: str) -> Search:
    """The terms of a search line. Raises BadRequest that says what can't be read, and what would."""
    if len(text) > MAX_LENGTH:
        raise _bad(f"A search may have {MAX_LENGTH:,} characters. Shorten it.")
    if "\0" in text:
        raise _bad("The search contains a NUL character. Remove it.")
    terms, at = [], _spaces(text, 0)
    while at < len(text):
        term, at = _term(text, at)
        if at < len(text) and not text[at].isspace():
            raise _bad(f"'{_near(text, at)}' can't be read here. Put text with such characters in quotes.")
        terms.append(term)
        at = _spaces(text, at)
    if len(terms) > MAX_TERMS:
        raise _bad(f"A search may have {MAX_TERMS} conditions. Remove some.")
    return Search(tuple(terms))


def printed(search: Search) -> str:
    """The search line that reads as this search."""
    return " ".join(_text_of(term) for term in search.terms)


def _term(text: str, at: int) -> tuple[Term, int]:
    is_not = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
    start = at + is_not
    keyed = _keyed(text, start)
    if keyed is None:
        word, end = _value(text, start, _BARE)
        return Term(TEXT, ":", (word,), is_not=is_not), end
    key, path, op, at = keyed
    values = []
    while True:
        value, at = _value(text, at, _GIVEN)
        values.append(value)
        if at >= len(text) or text[at] != ",":
            break
        at += 1
    if len(values) > MAX_VALUES:
        raise _bad(f"A condition may list {MAX_VALUES} values. Remove some.")
    return Term(key, op, tuple(values), path, is_not), at


def _keyed(text: str, at: int) -> tuple[str, tuple[str, ...], str, int] | None:
    """Key, path, operator and where the values start; None where a bare word stands."""
    name = _KEY.match(text, at)
    if name is None:
        return None
    key, end = name.group(), name.end()
    path: list[str] = []
    while key == META and text[end : end + 1] == ".":
        step = _QUOTED.match(text, end + 1) or _STEP.match(text, end + 1)
        if step is None:
            return None
        path.append(_plain(step))
        end = step.end()
    op = _OP.match(text, end)
    if op is None:
        return None
    return key, tuple(path), ":" if op.group() == "=" else op.group(), op.end()


def _value(text: str, at: int, plain: re.Pattern[str]) -> tuple[str, int]:
    found = _QUOTED.match(text, at) or plain.match(text, at)
    if found is None:
        near = _near(text, at)
        raise _bad(f"A value is missing before '{near}'." if near else "A value is missing at the end.")
    return _plain(found), found.end()


def _plain(found: re.Match[str]) -> str:
    if not found.re.groups:
        return found.group()
    return re.sub(r"\\(.)", r"\1", found.group(1), flags=re.DOTALL)


def _text_of(term: Term) -> str:
    sign = "-" if term.is_not else ""
    if term.key == TEXT:
        word = term.values[0]
        is_plain = _BARE.fullmatch(word) and not word.startswith("-")
        return sign + (word if is_plain else _quoted(word))
    path = "".join(f".{step if _STEP.fullmatch(step) else _quoted(step)}" for step in term.path)
    values = ",".join(value if _GIVEN.fullmatch(value) else _quoted(value) for value in term.values)
    return f"{sign}{term.key}{path}{term.op}{values}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _near(text: str, at: int) -> str:
    return text[at : at + 20].split(maxsplit=1)[0] if text[at:].strip() else ""


def _bad(detail: str) -> BadRequest:
    return BadRequest(detail, code="bad_search", field="q")
