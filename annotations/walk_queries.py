"""The pictures before and after one, on the way through a dataset: as they came in, the least sure first, or as a
team session has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet

from annotations.models import Ranking, SessionPicture
from datasets.models import Image
from datasets.search.matching import matching
from datasets.search.reading import search_of_line

UNCERTAINTY = "uncertainty"


@dataclass(frozen=True, slots=True)
class Walk:
    """Which pictures are passed: those that a search finds, in gallery order or by uncertainty. `me` is who walks."""

    line: str = ""
    order: str = ""
    me: UUID | None = None

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of an address on this way."""
        return {name: value for name, value in (("q", self.line), ("order", self.order)) if value}

    def position(self, image: Image) -> tuple[int, int]:
        """Which picture of its dataset this is among those, from 1, and of how many.

        The picture itself counts, found or not: it may have been what the search is for until just now.
        """
        rows = self._others(image)
        return rows.filter(self._before(image)).count() + 1, rows.count() + 1

    def neighbours(self, image: Image, each_side: int = 5) -> list[Image]:
        """The picture among those before and after it."""
        rows = self._others(image).only("id", "filename", "state", "ordinal")
        before = self._before(image)
        ahead = list(rows.filter(before).order_by(*self._columns(backwards=True))[:each_side])
        behind = list(rows.exclude(before).order_by(*self._columns())[:each_side])
        return [*reversed(ahead), image, *behind]

    def _others(self, image: Image) -> QuerySet[Image]:
        """The other pictures. Raises BadRequest for a search that can't be read."""
        search = search_of_line(self.line).asked_by(self.me)
        rows = matching(Image.objects.filter(dataset_id=image.dataset_id), search)
        if self.order == UNCERTAINTY:
            rows = rows.filter(ranking__isnull=False).annotate(rank=F("ranking__score"))
        # By what the index of a dataset's pictures holds, so that counting them reads nothing else.
        return rows.exclude(ordinal=image.ordinal)

    def _before(self, image: Image) -> Q:
        if self.order != UNCERTAINTY:
            return Q(ordinal__lt=image.ordinal)
        score = Ranking.objects.filter(pk=image.pk).values_list("score", flat=True).first()
        if score is None:
            return Q(pk__isnull=False)
        return Q(rank__gt=score) | Q(rank=score, ordinal__gt=image.ordinal)

    def _columns(self, *, backwards: bool = False) -> Sequence[str]:
        if self.order != UNCERTAINTY:
            return ("-ordinal",) if backwards else ("ordinal",)
        return ("rank", "ordinal") if backwards else ("-rank", "-ordinal")


@dataclass(frozen=True, slots=True)
class SessionWalk:
    """The pictures of a team session, whose gate the caller has passed, in its order."""

    session: UUID
    line: str = ""
    order: str = ""

    @property
    def asked(self) -> dict[str, str]:
        return {"session": str(self.session)}

    def position(self, image: Image) -> tuple[int, int]:
        """As on other ways; a picture that is not the session's comes after all of its own."""
        rows = self._others(image)
        return self._before(rows, image).count() + 1, rows.count() + 1

    def neighbours(self, image: Image, each_side: int = 5) -> list[Image]:
        rows = self._others(image).select_related("image")
        before = self._before(rows, image)
        ahead = [row.image for row in before.order_by("-ordinal")[:each_side]]
        behind = rows.exclude(pk__in=before.values("pk")).order_by("ordinal")[:each_side]
        return [*reversed(ahead), image, *(row.image for row in behind)]

    def _others(self, image: Image) -> QuerySet[SessionPicture]:
        rows = SessionPicture.objects.filter(session=self.session, image__archived_at=None)
        return rows.exclude(image=image)

    def _before(self, rows: QuerySet[SessionPicture], image: Image) -> QuerySet[SessionPicture]:
        own = SessionPicture.objects.filter(session=self.session, image=image)
        at = own.values_list("ordinal", flat=True).first()
        return rows if at is None else rows.filter(ordinal__lt=at)
