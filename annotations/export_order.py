"""What somebody orders when they ask for an export: read strictly, stored as JSON, read back as it was."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

from annotations.class_mapping import ClassMapping
from annotations.formats import FORMAT_NAMES, Format, format_named
from annotations.models import Box
from datasets.models import Image
from datasets.selection import Selection
from modelship.api.values import choice_of, flag_of
from modelship.lib.errors import BadRequest

FIELDS = (
    *("format", "version", "states", "min_score", "include_images", "include_previews", "image_states"),
    *("include_gps", "include_threads", "by_split", "images", "filter", "classes"),
)
# Which images, where not all of them.
CHOSEN = "chosen"
CLASSES = "classes"


@dataclass(frozen=True)
class ExportOrder:
    """Which boxes, of which images, in which format, and what goes along.

    `states` are box states. `min_score` holds back proposals below it, and those without a score; what
    people accepted is never held back. `image_states` empty means all images. `version` None means the
    dataset as it is now; the states of images are then those of now, otherwise those of the version.
    Where pictures were taken stays out unless `include_gps` asks for it. What people say about the pictures goes out as it
    is at that moment, so a version, whose bytes stay the same, has it only where `include_threads` asks for it. `chosen` None means all kept images.
    """

    format_name: str
    states: tuple[str, ...] = (Box.State.ACCEPTED.value,)
    min_score: float | None = None
    image_states: tuple[str, ...] = ()
    include_images: bool = False
    include_previews: bool = False
    include_gps: bool = False
    include_threads: bool = False
    version: int | None = None
    # Files and folders of their own for train, val and test.
    by_split: bool = False
    chosen: Selection | None = None
    # Under which names classes go out.
    classes: ClassMapping = field(default_factory=ClassMapping)

    @classmethod
    def parse(cls, data: dict[str, Any], me: UUID | None) -> Self:
        """Raises BadRequest for a value of the wrong kind; whether the version is there shows later."""
        known = format_named(choice_of(data, "format", FORMAT_NAMES))
        default = [Box.State.ACCEPTED.value]
        by_split = flag_of(data, "by_split", default=False)
        if by_split and not known.has_sides:
            detail = f"{known.title} has no files of their own for train, val and test. Leave 'by_split' out."
            raise BadRequest(detail, field="by_split")
        version = version_of(data, "version")
        order = cls(
            format_name=known.name,
            states=states_of(data, "states", Box.State.values, default=default),
            min_score=score_of(data, "min_score"),
            image_states=states_of(data, "image_states", Image.State.values, default=[]),
            include_images=flag_of(data, "include_images", default=known.is_whole),
            include_previews=flag_of(data, "include_previews", default=known.is_whole),
            include_gps=flag_of(data, "include_gps", default=False),
            include_threads=flag_of(data, "include_threads", default=known.is_whole and version is None),
            version=version,
            by_split=by_split,
            chosen=chosen_of(data, me),
            classes=ClassMapping.read(data.get("classes")),
        )
        if order.chosen and order.version:
            detail = (
                "A version goes out whole. Leave 'version' out to choose images, or 'images' and 'filter'."
            )
            raise BadRequest(detail, field="version")
        order.check_room(known)
        return order

    def check_room(self, known: Format) -> None:
        """Raises BadRequest for what is to go along and has no place in the format."""
        if self.include_threads and not known.holds_threads:
            detail = f"{known.title} has no place for comments. Choose JSON or ZIP, or leave 'include_threads' out."
            raise BadRequest(detail, field="include_threads")
        if self.include_gps and not (self.include_images or known.tells_places):
            raise BadRequest(
                "Places go along with pictures and in JSON. Add 'include_images', or leave 'include_gps' out.",
                field="include_gps",
            )

    @classmethod
    def stored(cls, format_name: str, options: dict[str, Any]) -> Self:
        """The order that `as_options` gave."""
        read: dict[str, Any] = {name: tuple(options[name]) for name in ("states", "image_states")}
        read[CLASSES] = ClassMapping.read(options.get(CLASSES))
        if CHOSEN in options:
            read[CHOSEN] = Selection.from_args(options[CHOSEN])
        return cls(format_name=format_name, **{**options, **read})

    @property
    def format(self) -> Format:
        return format_named(self.format_name)

    def as_options(self) -> dict[str, Any]:
        options = asdict(self)
        del options["format_name"], options[CHOSEN], options[CLASSES]
        if self.classes.names:
            options[CLASSES] = self.classes.as_option()
        if self.chosen is not None:
            options[CHOSEN] = self.chosen.as_args()
        return {**options, "states": list(self.states), "image_states": list(self.image_states)}

    def shown_options(self) -> dict[str, Any]:
        """The same for people to read: of named images their number, not each one's id."""
        return shown(self.as_options())


def shown(options: dict[str, Any]) -> dict[str, Any]:
    """Stored options as they are told: ten thousand ids would be in every list of exports."""
    if CHOSEN not in options:
        return options
    images, line = options[CHOSEN]["images"], options[CHOSEN]["line"]
    return {**options, CHOSEN: {"q": line} if images is None else {"images": len(images)}}


def chosen_of(data: dict[str, Any], me: UUID | None) -> Selection | None:
    if data.get("images") is None and data.get("filter") is None:
        return None
    return Selection.read(data, me)


def states_of(data: dict[str, Any], key: str, choices: list[str], *, default: list[str]) -> tuple[str, ...]:
    """A list of different states in the order in which they are declared; null means the default."""
    value = data.get(key)
    value = default if value is None else value
    if not isinstance(value, list) or any(state not in choices for state in value):
        raise BadRequest(f"'{key}' must be a list of {', '.join(choices)}.", field=key)
    if not value and default:
        raise BadRequest(f"'{key}' must name at least one of {', '.join(choices)}.", field=key)
    return tuple(state for state in choices if state in value)


def version_of(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1 << 31:
        raise BadRequest(f"'{key}' must be the number of a version, or null.", field=key)
    return value


def score_of(data: dict[str, Any], key: str) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadRequest(f"'{key}' must be a number from 0 to 1, or null.", field=key)
    return float(value)


def whole_in(text: str) -> int | str:
    """The whole number, or the text for its reader to refuse."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text


def number_in(text: str) -> float | str:
    """The number, or the text for its reader to refuse."""
    try:
        return float(text)
    except ValueError:
        return text
