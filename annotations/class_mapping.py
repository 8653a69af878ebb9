"""Classes under other names on their way out: renamed, merged under one name, or left out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from annotations.formats.records import ExportBox, ExportClass
from modelship.lib.errors import BadRequest, Unprocessable

MAX_NAME = 200


@dataclass(frozen=True)
class ClassMapping:
    """For names of classes the names under which they go out; None leaves their boxes out, as it does nobody else's."""

    names: tuple[tuple[str, str | None], ...] = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        """Raises BadRequest for what is no object of names to names or null."""
        if value is None:
            return cls()
        if not isinstance(value, Mapping) or len(value) > 10_000:
            raise BadRequest(
                "'classes' must be an object: names of classes to other names or null.", field="classes"
            )
        return cls(tuple((str(name), _target(str(name), target)) for name, target in value.items()))

    def as_option(self) -> dict[str, str | None]:
        return dict(self.names)

    def check(self, classes: Sequence[ExportClass]) -> None:
        """Raises Unprocessable for a name that is none of the classes', and where none is left."""
        known = {one.name for one in classes}
        for name, _ in self.names:
            if name not in known:
                detail = f"There is no class {name[:100]}. Name classes as the project does."
                raise Unprocessable(detail, code="unknown_class", field="classes")
        if classes and not self.classes(classes):
            raise Unprocessable(
                "All classes are left out. Keep one at least.", code="no_class", field="classes"
            )

    def classes(self, classes: Sequence[ExportClass]) -> list[ExportClass]:
        """Those that go out, each name once and where it came first."""
        targets, found = dict(self.names), dict[str, ExportClass]()
        for one in classes:
            name = targets.get(one.name, one.name)
            if name is not None:
                found.setdefault(name, replace(one, name=name))
        return list(found.values())

    def ids(self, classes: Sequence[ExportClass]) -> dict[UUID, UUID | None]:
        """For each class the one that its boxes go to, or None."""
        targets, kept = dict(self.names), {one.name: one.id for one in self.classes(classes)}
        return {
            one.id: None if (name := targets.get(one.name, one.name)) is None else kept[name]
            for one in classes
        }

    @staticmethod
    def boxes(boxes: Sequence[ExportBox], ids: Mapping[UUID, UUID | None]) -> list[ExportBox]:
        """The boxes under the classes that they go to; those without a class stay."""
        found = []
        for box in boxes:
            if box.class_id is None:
                found.append(box)
            elif (target := ids.get(box.class_id)) is not None:
                found.append(box if target == box.class_id else box._replace(class_id=target))
        return found


def _target(name: str, target: Any) -> str | None:
    if target is None:
        return None
    text = target.strip() if isinstance(target, str) else ""
    if not 1 <= len(text) <= MAX_NAME or any(ord(char) < 32 for char in text):
        detail = f"'classes' must say for {name[:100]} a name of 1 to {MAX_NAME} characters, or null."
        raise BadRequest(detail, field="classes")
    return text
