"""File names that every system can unpack: safe, unique, and the same for a picture and its labels."""

import re
import unicodedata

MAX_STEM_BYTES = 160
# Never written into a name: controls, bidi marks and other invisible characters, surrogates, unassigned.
HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
FORBIDDEN = re.compile(r'[<>:"|?*/\\]')
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


class NameBook:
    """Gives each picture of an export its stem; two pictures never share one, whatever the case.

    Stems and not names are unique, because `a.jpg` and `a.png` would share the labels `a.txt`.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def stem_for(self, filename: str) -> str:
        stem = safe_stem(filename)
        number = self._next.get(_key(stem), 1)
        named = stem
        while number > 1 or _key(named) in self._taken:
            number += 1
            named = f"{stem}-{number}"
            if _key(named) not in self._taken:
                break
        self._next[_key(stem)] = number
        self._taken.add(_key(named))
        return named


def safe_stem(filename: str) -> str:
    """The name without its extension, as something that stays inside the folder it is put into."""
    visible = "".join(char for char in filename if unicodedata.category(char) not in HIDDEN)
    parts = [part for part in re.split(r"[/\\]", visible) if part.strip(". ")]
    name = FORBIDDEN.sub("_", unicodedata.normalize("NFC", "_".join(parts))).strip()
    stem = re.sub(r"(?<=.)\.[^.\s]{1,16}$", "", name)
    stem = _cut(stem.lstrip(". ")).rstrip(". ")
    if RESERVED.match(stem):
        stem = f"_{stem}"
    return stem or "image"


def _key(stem: str) -> str:
    """Equal for names that some file system holds for the same one."""
    return unicodedata.normalize("NFKC", stem.casefold()).casefold()


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:MAX_STEM_BYTES].decode("utf-8", "ignore")
