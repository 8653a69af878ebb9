"""What the engine refuses, as exceptions that survive the way out of a child process."""


class EngineRefusal(ValueError):
    """A request the engine cannot serve: `code` is for programs, `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail} ({self.code})"


class ModelRefused(EngineRefusal):
    """The file is no model that this engine runs, or it would read what it must not."""


class ImageRefused(EngineRefusal):
    """The picture cannot be decoded, or is larger than allowed."""


class SlicingRefused(EngineRefusal):
    """The slicing settings are out of range, or cut this picture into too many tiles."""
