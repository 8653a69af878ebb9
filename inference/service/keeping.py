"""The model files that the service keeps: named by their SHA-256, bounded by bytes, the least recently used leave."""

import contextlib
import hashlib
import os
import re
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from inference.wire import Model
from modelship.lib.errors import NotFound, TooLarge

NAME = re.compile(r"([0-9a-f]{64})\.onnx")
BUILTIN = Path(__file__).resolve().parents[1] / "builtin" / "harbour_nano.onnx"


class Keeping:
    """Files in one folder, used on the event loop alone. The built-in detector is always there."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder, self.most_bytes = folder, most_bytes
        self.builtin = _sha256_of(BUILTIN)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._users: Counter[str] = Counter()
        self._known: dict[str, Model] = {}
        for path in sorted(folder.iterdir(), key=lambda found: found.stat().st_mtime):
            self._found(path)

    @property
    def bytes(self) -> int:
        return sum(self._sizes.values())

    @property
    def names(self) -> list[str]:
        """Of all that are here, the least recently used first."""
        return [*self._sizes, self.builtin]

    @contextmanager
    def held(self, sha256: str) -> Iterator[Path]:
        """The path of a model that stays for the length of a with block. Raises NotFound (`model_unknown`)."""
        path = self._path(sha256)
        if not path.is_file():
            self._sizes.pop(sha256, None)
            raise NotFound("The service does not have this model. Send it first.", code="model_unknown")
        if sha256 in self._sizes:
            self._sizes.move_to_end(sha256)
            os.utime(path)
        self._users[sha256] += 1
        try:
            yield path
        finally:
            self._users[sha256] -= 1
            self._make_room(0)

    def has(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def known(self, sha256: str) -> Model | None:
        """What was found out about a model before; None where nobody has looked since the start."""
        return self._known.get(sha256)

    def note(self, found: Model) -> None:
        self._known[found.sha256] = found

    def take(self, path: Path, sha256: str) -> None:
        """Keep a file, which moves. Raises TooLarge where it can't be kept."""
        size = path.stat().st_size
        if size > self.most_bytes:
            raise TooLarge(
                f"The service keeps {self.most_bytes:,} bytes of models in all. Choose a smaller one.",
                code="model_too_large",
                limit=self.most_bytes,
            )
        self._sizes.pop(sha256, None)
        self._make_room(size)
        os.replace(path, self._path(sha256))
        self._sizes[sha256] = size

    def drop(self, sha256: str) -> None:
        self._sizes.pop(sha256, None)
        self._known.pop(sha256, None)
        with contextlib.suppress(OSError):
            (self.folder / f"{sha256}.onnx").unlink()

    def _make_room(self, size: int) -> None:
        """One that is in use stays, so that there may be too much for a while."""
        for sha256 in [name for name in self._sizes if not self._users[name]]:
            if self.bytes + size <= self.most_bytes:
                return
            self.drop(sha256)

    def _path(self, sha256: str) -> Path:
        return BUILTIN if sha256 == self.builtin else self.folder / f"{sha256}.onnx"

    def _found(self, path: Path) -> None:
        """A file of an earlier run is kept where it is what its name says; what an upload left behind goes."""
        name = NAME.fullmatch(path.name)
        if name and _sha256_of(path) == name[1]:
            self._sizes[name[1]] = path.stat().st_size
        elif name or path.name.startswith(".new-"):
            path.unlink()


def described(sha256: str, size: int, spec: object, is_trainable: object) -> Model:
    """Raises msgspec's error for what is no description."""
    told = {"sha256": sha256, "size": size, "spec": spec, "is_trainable": is_trainable}
    return msgspec.convert(told, Model)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
