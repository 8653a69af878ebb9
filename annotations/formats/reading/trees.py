"""What is imported: files by name, in a folder, in an archive, or a single one."""

import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from datasets.archives import ArchiveRefused, Member
from datasets.archives.entries import MemberBroken

# What opening or reading a member may raise.
BROKEN = (ArchiveRefused, MemberBroken, OSError, EOFError)


class Tree(Protocol):
    """Files by their path below a root, parted by `/`. They can be opened as often as one likes."""

    @property
    def names(self) -> Sequence[str]: ...

    def size(self, name: str) -> int: ...

    def open(self, name: str) -> BinaryIO: ...


class FolderTree:
    """The files below a folder of this machine; links are left out, they could lead anywhere."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.names = sorted(
            (Path(folder) / file).relative_to(root).as_posix()
            for folder, _, files in os.walk(root)
            for file in files
            if not (Path(folder) / file).is_symlink()
        )

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def open(self, name: str) -> BinaryIO:
        return open(self._root / name, "rb")


class LoneFile:
    """A single label file, known by the name that its sender gave it."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self.names = [name.replace("\\", "/").rpartition("/")[2] or "file"]

    def size(self, name: str) -> int:
        return self._path.stat().st_size

    def open(self, name: str) -> BinaryIO:
        return open(self._path, "rb")


class MemberTree:
    """The members that `datasets.archives.shelf.shelf` yields; those with a problem are in `refused`."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._members: dict[str, Member] = {}
        self.refused: list[Member] = []
        for member in members:
            if member.problem is None:
                self._members[member.name.replace("\\", "/")] = member
            else:
                self.refused.append(member)
        self.names = list(self._members)

    def size(self, name: str) -> int:
        return self._members[name].size

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, self._members[name].open())))
