"""File names that every system can unpack: safe, unique, and the same for a picture and its labels."""

import re
import unicodedata

MAX_STEM_BYTES = 160
# Never written into a name: controls, bidi marks and other invisible characters, surrogates, unassigned.
HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
FORBIDDEN = re.compile(r'[<>:"|?*/\\]')
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
# What most files are called; everything below leaves such names as they are.
PLAIN = re.compile(r"([A-Za-z0-9_-]{1,100})(?:\.[A-Za-z0-9]{1,16})?")


class NameBook:
    """Gives each picture of an export its stem; two pictures never share one, whatever the case.

    Stems and not names are unique, because `a.jpg` and `a.png` would share the labels `a.txt`.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        # The highest number of each stem that was wanted again.
        self._last: dict[str, int] = {}

    def stem_for(self, filename: str) -> str:
        return self.take(safe_stem(filename))

    def take(self, stem: str) -> str:
        """The safe stem, or the same with a number where another picture has it."""
        key = _key(stem)
        if key not in self._taken:
            self._taken.add(key)
            return stem
        number = self._last.get(key, 1) + 1
        while _key(f"{stem}-{number}") in self._taken:
            number += 1
        self._last[key] = number
        self._taken.add(_key(f"{stem}-{number}"))
        return f"{stem}-{number}"


def safe_stem(filename: str) -> str:
    """The name without its extension, as something that stays inside the folder it is put into."""
    if plain := PLAIN.fullmatch(filename):
        stem = plain[1]
        return f"_{stem}" if RESERVED.match(stem) else stem
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
    if stem.isascii():
        return stem.lower()
    return unicodedata.normalize("NFKC", stem.casefold()).casefold()


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:MAX_STEM_BYTES].decode("utf-8", "ignore")
