"""What somebody wants from an import: read strictly, stored as JSON, read back as it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from annotations.edits.fields import BadField, read_id
from annotations.formats.reading import READER_NAMES
from modelship.api.values import choice_of, flag_of
from modelship.lib.errors import BadRequest

MERGE, REPLACE = "merge", "replace"
MODES = (MERGE, REPLACE)
CREATE, SKIP = "create", "skip"
NEW_CLASSES = (CREATE, SKIP)
TOLD = "told"
BOX_STATES = (TOLD, "accepted", "proposed")
FIELDS = ("format", "mode", "classes", "new_classes", "box_states", "pictures", "splits", "review", "threads")
MAX_CLASSES = 10_000


@dataclass(frozen=True)
class ImportWish:
    """How the files are to be read, and what of them is taken over.

    `format` None finds it out. `replace` takes away what a picture has before it gets what the file tells of it; a picture that
    the file does not tell of keeps its own. `classes` says for names of the file which class of the project they
    are (an id), or `create` or `skip`; other names are classes of the same name, or go by `new_classes`.
    `box_states` `told` keeps what the file says, which is accepted where it says nothing. `pictures` takes in
    those that the dataset lacks, `splits` their train, val and test, `review` how far they were reviewed, `threads` what people
    said about them.
    """

    format: str | None = None
    mode: str = MERGE
    classes: Mapping[str, str] = field(default_factory=dict)
    new_classes: str = CREATE
    box_states: str = TOLD
    pictures: bool = True
    splits: bool = True
    review: bool = False
    threads: bool = True

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Raises BadRequest for a value of the wrong kind; `data` has only FIELDS."""
        named = data.get("format") or None
        if named is not None:
            choice_of(data, "format", READER_NAMES)
        return cls(
            format=named,
            mode=choice_of(data, "mode", MODES, default=MERGE),
            classes=_classes(data.get("classes") or {}),
            new_classes=choice_of(data, "new_classes", NEW_CLASSES, default=CREATE),
            box_states=choice_of(data, "box_states", BOX_STATES, default=TOLD),
            pictures=flag_of(data, "pictures", default=True),
            splits=flag_of(data, "splits", default=True),
            review=flag_of(data, "review", default=False),
            threads=flag_of(data, "threads", default=True),
        )

    def as_options(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def stored(cls, options: Mapping[str, Any]) -> Self:
        return cls(**options)


def _classes(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > MAX_CLASSES:
        raise BadRequest("'classes' must be an object: names of the file to classes.", field="classes")
    return {str(name): _target(name, target) for name, target in value.items()}


def _target(name: Any, target: Any) -> str:
    if target in NEW_CLASSES:
        return str(target)
    try:
        return read_id(target)
    except BadField as error:
        detail = f"'classes' must say for {str(name)[:100]} the id of a class, 'create' or 'skip'."
        raise BadRequest(detail, field="classes") from error
