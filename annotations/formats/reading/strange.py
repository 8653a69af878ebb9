"""What a file seems to be that no reader knows, and what somebody can do about it."""

from typing import NamedTuple

from annotations.formats.reading.scope import Scope
from annotations.formats.reading.trees import BROKEN
from datasets.archives import kind_of_name, sniffed

HEAD_BYTES = 2_048
# Of so many files the beginnings are looked at.
LOOKED_AT = 200
# Archives and documents by how they begin, and what is to be done with them.
OTHERS = (b"Rar!", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")
WORKBOOKS = (".xlsx", ".xlsm", ".ods", ".xls", ".numbers")
TEXTS = ((("{", "["), ".json", "JSON"), (("<",), ".xml", "XML"))


class Strange(NamedTuple):
    code: str
    what: str
    fix: str


UNKNOWN = Strange(
    "unknown_file",
    "No format that is known here has such files.",
    "Leave it out, or choose the format yourself.",
)
EMPTY = Strange("empty_file", "It is empty: it has 0 bytes.", "Export it again, or leave it out.")
NESTED = Strange(
    "nested_archive",
    "It is an archive inside of another one, or of a kind that is not opened here.",
    "Unpack it, and pack its files themselves as ZIP or TAR.",
)
WORKBOOK = Strange("workbook", "It is a workbook of a spreadsheet.", "Save its sheet as CSV.")
NO_ARCHIVE = Strange("not_an_archive", "It is named as an archive and is none.", "Pack it again.")


def strange(scope: Scope, name: str) -> Strange:
    """What the file seems to be; UNKNOWN where nothing better can be said."""
    try:
        with scope.tree.open(name) as file:
            head = file.read(HEAD_BYTES)
    except BROKEN as error:
        what = f"It can't be read ({str(error)[:100]})."
        return Strange("unreadable", what, "Pack it again and import it once more.")
    return _seems(name.lower(), head)


def _seems(name: str, head: bytes) -> Strange:
    if not head:
        return EMPTY
    if name.endswith(WORKBOOKS):
        return WORKBOOK
    if head.startswith(OTHERS) or sniffed(head):
        return NESTED
    text = head.decode("utf-8-sig", "replace").lstrip()
    for openings, ending, word in TEXTS:
        if text.startswith(openings) and not name.endswith(ending):
            what = f"It begins as {word}, and its name does not end in {ending}."
            return Strange("wrong_ending", what, f"Rename it to end in {ending}.")
    return NO_ARCHIVE if kind_of_name(name) else UNKNOWN
