"""Who gets which pictures in a blind round, in which order, and which of them are known already. Pure.

All of it follows from the seed, so that planning the same round again gives the same plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import NamedTuple
from uuid import UUID

from annotations.dealing import dealt


class Picture(NamedTuple):
    """A picture by its id and by its bytes, of which a person gets each only once."""

    id: UUID
    blob: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A copy to be made: of which picture, measured by which one, and whether it is only there to be measured by."""

    original: UUID
    truth: UUID | None = None
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Pictures whose boxes are known to be right, and the percentage of them among all that a person gets.

    `begun` has the pictures that the others begin with, by bytes; where it is given, only known ones that are among
    them are mixed in: another one would begin otherwise than the rest.
    """

    pictures: Sequence[Picture] = ()
    share: int = 0
    begun: Mapping[int, UUID] | None = None


def plan(
    pictures: Sequence[Picture], people: Sequence[UUID], each: int, known: Known, seed: str
) -> dict[UUID, list[Planned]]:
    """For each of the people what they get, in the order in which they get it."""
    own: dict[UUID, list[Picture]] = {person: [] for person in people}
    shares = [1] * len(people)
    for place, picture in enumerate(pictures):
        for who in dealt(place, shares, each):
            own[people[who]].append(picture)
    return {person: _mixed(mine, known, _chance(seed, person)) for person, mine in own.items()}


def _chance(seed: str, person: UUID) -> Random:
    """The seed is nobody's to know: whoever has it can tell which pictures are known."""
    return Random(f"{seed}/{person}")  # noqa: S311 - it has to be repeatable


def _mixed(own: Sequence[Picture], known: Known, chance: Random) -> list[Planned]:
    """One person's pictures in their order, with known ones at random places among them.

    Where one's own is known anyway, it is measured, too, and counts for the share.
    """
    truths = {picture.blob: picture.id for picture in known.pictures}
    planned = [Planned(picture.id, truths.get(picture.blob)) for picture in own]
    wanted = ceil(len(own) * known.share / (100 - known.share)) - sum(1 for one in planned if one.truth)
    mine = {picture.blob for picture in own}
    strange = [picture for picture in known.pictures if picture.blob not in mine]
    if known.begun is not None:
        strange = [picture for picture in strange if picture.blob in known.begun]
    extras = chance.sample(strange, max(0, min(wanted, len(strange)))) if own else []
    for extra in extras:
        original = (known.begun or {}).get(extra.blob, extra.id)
        planned.insert(chance.randint(0, len(planned)), Planned(original, extra.id, is_extra=True))
    return planned
