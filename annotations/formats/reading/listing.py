"""Questions about the files of a tree: which are pictures, which one a label file means, how a file begins."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from annotations.formats.reading.texts import Decoder
from annotations.formats.reading.trees import BROKEN, Tree
from annotations.formats.writing import PREVIEWS
from datasets.imaging.formats import EXTENSIONS

HEAD_BYTES = 64 << 10
# So many beginnings are kept: readers ask about the same files one after the other.
KEPT_HEADS = 64
Answer = TypeVar("Answer")
PICTURES = tuple(EXTENSIONS)
# What systems put beside files without being asked.
CLUTTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini", ".git/", ".cache/", ".ipynb_checkpoints/")

# Folders of pictures that are labels themselves, or pictures with labels drawn on them.
DRAWN = ("segmentationclass", "segmentationobject", "masks", "scribbles", "panoptic", PREVIEWS)


class Listing:
    """The files of a tree without the clutter of systems."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.names = [name for name in tree.names if not is_clutter(name)]
        pictures = [name for name in self.names if is_picture(name)]
        # Masks and previews are named like the pictures that they are drawn of.
        self.pictures = [name for name in pictures if not is_drawn(name)] or pictures
        self.drawn = sorted(set(pictures) - set(self.pictures))
        self.labels = [name for name in self.names if not is_picture(name)]
        self._exact = set(self.pictures)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in self.pictures:
            self._by_name[base_of(path).casefold()].append(path)
            self._by_stem[picture_stem(path)].append(path)
        self._heads: OrderedDict[str, str] = OrderedDict()
        self._answers: dict[tuple[str, Callable[[str], Any]], Any] = {}
        # Files that can't even be opened, and why.
        self.damaged: dict[str, str] = {}
        # Files that begin with bytes that are no UTF-8.
        self.foreign: set[str] = set()

    def ending(self, *suffixes: str) -> list[str]:
        """Label files with one of these endings, in whatever case."""
        return [name for name in self.labels if name.lower().endswith(suffixes)]

    def named(self, *bases: str) -> list[str]:
        return [name for name in self.labels if base_of(name).lower() in bases]

    def ask(self, name: str, question: Callable[[str], Answer]) -> Answer:
        """What a question about the beginning of a file answers; of many files only answers are kept."""
        if (name, question) not in self._answers:
            self._answers[name, question] = question(self._head(name))
        answer: Answer = self._answers[name, question]
        return answer

    def _head(self, name: str) -> str:
        """How the file begins, as text; empty for one that can't be opened."""
        if name not in self._heads:
            self._heads[name] = self._begun(name)
            if len(self._heads) > KEPT_HEADS:
                self._heads.popitem(last=False)
        return self._heads[name]

    def _begun(self, name: str) -> str:
        try:
            decoder = Decoder()
            with self.tree.open(name) as file:
                text = decoder.decode(file.read(HEAD_BYTES), is_last=False)
            if decoder.is_foreign:
                self.foreign.add(name)
            return text
        except BROKEN as error:
            self.damaged[name] = str(error)[:100]
            return ""

    def picture(self, told: str, near: str = "") -> str | None:
        """The path of the picture that a label file means, or None for one that is not there.

        `told` may be a path of another machine: of those with its name the one wins whose folders fit best,
        then the one whose folders are most like those of `near`, the label file. None where two fit equally.
        """
        told = told.replace("\\", "/")
        if told in self._exact:
            return told
        return _best(self._by_name.get(base_of(told).casefold(), ()), told, near)

    def picture_of_stem(self, label: str) -> str | None:
        """The picture beside a label file of the same stem, wherever its folder is."""
        return _best(self._by_stem.get(stem_of(label).casefold(), ()), label, label)


def _best(paths: Sequence[str], told: str, near: str) -> str | None:
    if len(paths) < 2:
        return paths[0] if paths else None
    ranked = sorted(((shared_tail(path, told), _likeness(path, near)), path) for path in paths)
    return None if ranked[-1][0] == ranked[-2][0] else ranked[-1][1]


def shared_tail(path: str, told: str) -> int:
    """How many folders, counted from the file name, are the same."""
    count = 0
    for one, other in zip(reversed(_folders(path)), reversed(_folders(told)), strict=False):
        if one != other:
            break
        count += 1
    return count


def _likeness(path: str, near: str) -> int:
    return len(set(_folders(path)) & set(_folders(near)))


def _folders(path: str) -> list[str]:
    return [part.casefold() for part in path.split("/")[:-1] if part not in ("", ".")]


def is_blank(text: str) -> bool:
    return not text.strip()


def is_picture(name: str) -> bool:
    return name.lower().endswith(PICTURES)


def is_drawn(name: str) -> bool:
    return any(part.startswith(DRAWN) for part in _folders(name))


def is_clutter(name: str) -> bool:
    lower = name.lower()
    return base_of(lower).startswith("._") or any(
        f"/{lower}".endswith(f"/{part}") if not part.endswith("/") else f"/{part}" in f"/{lower}"
        for part in CLUTTER
    )


def base_of(path: str) -> str:
    return path.rpartition("/")[2]


def stem_of(path: str) -> str:
    base = base_of(path)
    return base.rpartition(".")[0] or base


def picture_stem(path: str) -> str:
    """The file name in lower case without the ending of a picture; other endings, as of `photo.v2`, belong to the name."""
    base = base_of(path).casefold()
    ending = next((ending for ending in PICTURES if base.endswith(ending)), "")
    return base.removesuffix(ending) or base
