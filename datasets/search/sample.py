"""Numbers of very many pictures, told from some of them that stand for all."""

from functools import cached_property
from itertools import pairwise
from random import Random
from uuid import UUID

from datasets.models import Dataset, Image
from datasets.search.among import Among
from datasets.search.matching import matching
from datasets.search.terms import Search

SIZE = 2_000
# Of fewer pictures nothing is told; of fewer than FEW one digit.
LEAST, FEW = 10, 100
# What is counted of a picture: its id, state and split.
Drawn = tuple[UUID, str, str]


class Sample:
    """One picture drawn from each of `SIZE` equal stretches of a dataset, the same ones at every look.

    A share p of all is hit with a standard error below sqrt(p (1 - p) / SIZE): half of them within 2.2 % nineteen
    times out of twenty (Cochran, Sampling Techniques, 1977, chapter 5: proportional stratified sampling).
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        # Of those that were deleted only the numbers are left; they stand for others that were.
        self._all = dataset.next_ordinal - 1
        self._size = min(SIZE, self._all)
        self._found: dict[Search, list[Drawn]] = {}

    def matching(self, search: Search) -> list[Drawn]:
        """Those of the sample that fit; looked up once."""
        if search not in self._found:
            drawn = Image.objects.filter(Among("ordinal", self._drawn), dataset=self._dataset)
            self._found[search] = list(matching(drawn, search).order_by().values_list("id", "state", "split"))
        return self._found[search]

    @cached_property
    def _drawn(self) -> list[int]:
        ends = [1 + self._all * part // self._size for part in range(self._size + 1)] if self._size else []
        draw = Random(str(self._dataset.pk))  # noqa: S311 - drawn to count, not to keep a secret
        return [draw.randrange(first, behind) for first, behind in pairwise(ends)]

    def scaled(self, hits: int) -> int | None:
        """About how many of all pictures so many of the sample stand for; None where they are too few to tell."""
        if hits < LEAST:
            return None
        return rounded(hits * self._all / self._size, 1 if hits < FEW else 2)


def rounded(number: float, digits: int = 2) -> int:
    """To that many significant digits."""
    return int(float(f"{number:.{digits - 1}e}"))
