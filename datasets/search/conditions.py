"""What a search may ask of a picture itself. Classes and scores are added by the app that knows boxes."""

from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, Q

from datasets.models import Image
from datasets.search import keys
from datasets.search.keys import EQUAL, LOOKUPS, ORDERED, TEXTUAL, Key, each
from datasets.search.metadata import has_text, in_list, of_metadata, spellings, text_below
from datasets.search.terms import ARCHIVED, META, TEXT, Term
from datasets.search.values import hash_of, ids_of, numbers_of, sizes_of, span_of, wholes_of
from modelship.lib.errors import BadRequest

MEGA = 1_000_000
UNSPLIT = "none"
SHAPES = {
    "landscape": Q(width__gt=F("height")),
    "portrait": Q(width__lt=F("height")),
    "square": Q(width=F("height")),
}
YES, NO = "true", "false"


def contains(column: str) -> Callable[[Term], Q]:
    def condition(term: Term) -> Q:
        found = Q()
        for value in term.values:
            found |= Q(**{f"{column}__icontains": value})
        return found

    return condition


def of_text(term: Term) -> Q:
    found = Q()
    for spelling in (spelling for value in term.values for spelling in spellings(value)):
        found |= Q(search_text__icontains=spelling)
    return found


def compared(column: str, *, whole: bool = True, unit: int = 1) -> Callable[[Term], Q]:
    def condition(term: Term) -> Q:
        found = Q()
        for value in wholes_of(term) if whole else numbers_of(term):
            found |= Q(**{f"{column}__{LOOKUPS[term.op]}": value * unit})
        return found

    return condition


def of_size(term: Term) -> Q:
    found = Q()
    for value in sizes_of(term):
        found |= Q(**{f"size__{LOOKUPS[term.op]}": value})
    return found


def of_state(term: Term) -> Q:
    return Q(state__in=term.values)


def of_split(term: Term) -> Q:
    return Q(split__in=["" if value == UNSPLIT else value for value in term.values])


def of_archive(term: Term) -> Q:
    if len(term.values) != 1 or term.is_not:
        raise BadRequest("'archived' is true, false or all.", code="bad_search", field=ARCHIVED)
    known = {YES: Q(archived_at__isnull=False), NO: Q(archived_at__isnull=True), "all": Q()}
    return known[term.values[0]]


def of_shape(term: Term) -> Q:
    found = Q()
    for value in term.values:
        found |= SHAPES[value]
    return found


def of_keyword(term: Term) -> Q:
    found = Q()
    for value in term.values:
        # The text is what the index is about; the list then says whether it is a whole keyword.
        found |= of_text(Term(TEXT, ":", (value,))) & in_list("metadata", "keywords", value)
    return found


def of_created(term: Term) -> Q:
    start, end = span_of(term)
    return {
        ":": Q(created_at__gte=start, created_at__lt=end),
        "<": Q(created_at__lt=start),
        "<=": Q(created_at__lt=end),
        ">": Q(created_at__gte=end),
        ">=": Q(created_at__gte=start),
    }[term.op]


def of_taken(term: Term) -> Q:
    """By the clock of the camera, which tells no zone more often than not."""
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in span_of(term))
    before, until = (text_below("intrinsic", "taken_at", bound) for bound in (start, end))
    known = has_text("intrinsic", "taken_at")
    return {
        ":": known & ~before & until,
        "<": known & before,
        "<=": known & until,
        ">": known & ~until,
        ">=": known & ~before,
    }[term.op]


def of_duplicate(term: Term) -> Q:
    """Whether another kept picture of the dataset has the same perceptual hash."""
    others = Image.objects.kept().filter(dataset=OuterRef("dataset"), phash=OuterRef("phash"))
    has_twin = Q(phash__isnull=False) & Q(Exists(others.exclude(pk=OuterRef("pk"))))
    found = Q()
    for value in term.values:
        found |= has_twin if value == YES else ~has_twin
    return found


def of_uploader(term: Term) -> Q:
    return Q(created_by_id__in=ids_of(term))


def register_keys() -> None:
    """Called once, when the app is ready."""
    states, splits = tuple(Image.State.values), (*Image.Split.values, UNSPLIT)
    keys.register(
        Key(TEXT, "text", each(of_text)),
        Key("name", "name:part", each(contains("filename")), ops=TEXTUAL),
        Key("keyword", "keyword:word", each(of_keyword)),
        Key("state", "state:new", each(of_state), choices=states),
        Key("split", "split:train", each(of_split), choices=splits),
        Key(ARCHIVED, "archived:true", each(of_archive), choices=(YES, NO, "all")),
        Key(
            META,
            "meta.key:value, meta.key~part, meta.key>=5 or meta.key:*",
            each(of_metadata),
            ops=(*TEXTUAL, *ORDERED[1:]),
        ),
        Key("boxes", "boxes>=5", each(compared("box_count")), ops=ORDERED),
        Key("proposals", "proposals>0", each(compared("proposed_count")), ops=ORDERED),
        Key("width", "width>=1920", each(compared("width")), ops=ORDERED),
        Key("height", "height<600", each(compared("height")), ops=ORDERED),
        Key("megapixels", "megapixels>2", each(compared("pixels", whole=False, unit=MEGA)), ops=ORDERED),
        Key("bytes", "bytes>5MB", each(of_size), ops=ORDERED),
        Key("sharpness", "sharpness<50", each(compared("sharpness", whole=False)), ops=ORDERED),
        Key("brightness", "brightness<40", each(compared("brightness", whole=False)), ops=ORDERED),
        Key("shape", "shape:portrait", each(of_shape), choices=tuple(SHAPES)),
        Key("created", "created>=2026-05", each(of_created), ops=ORDERED),
        Key("taken", "taken:2026-05-31", each(of_taken), ops=ORDERED),
        Key("duplicate", "duplicate:true", each(of_duplicate), choices=(YES, NO)),
        Key("phash", "phash:0f1e2d3c4b5a6978", each(lambda term: Q(phash__in=hash_of(term)))),
        Key("uploader", "uploader:id", each(of_uploader), ops=EQUAL),
    )
