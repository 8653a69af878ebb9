"""Classification by a language model: one text now, or the pictures and texts of a dataset as a job."""

import base64
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import orjson

from datasets.actions.render import open_small
from datasets.models import Dataset, Image
from inference.actions.ask import (
    LOOKED_UP,
    Reply,
    Thing,
    ask_once,
    expected_input_of,
    known_answers,
)
from inference.language.asking import Item, Question, expected_output, picture_tokens
from inference.language_options import MAX_OPTIONS, MIN_OPTIONS, Order, TextSelection, question_args
from inference.language_queries import endpoint_to_use, seconds_a_request, tag_names, texts_to_classify
from inference.models import LanguageEndpoint
from inference.options import Selection
from inference.queries import class_key, image_ids
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, NotFound, Unprocessable

IMAGES, TEXTS = "classify", "classify_texts"
# The longer side of a picture as a language model sees it.
PICTURE_SIDE = 768
# Where an endpoint was never timed.
GUESSED_SECONDS = 2.0
MILLION = 1_000_000


@dataclass(frozen=True)
class Plan:
    """A classification that may be queued: what to ask whom, about which things."""

    endpoint: LanguageEndpoint
    question: Question
    order: Order
    things: list[UUID]

    @property
    def is_of_texts(self) -> bool:
        return self.order.texts is not None

    @property
    def at_once(self) -> int:
        """Things in one request: pictures travel alone."""
        return self.endpoint.texts_per_request if self.is_of_texts else 1


def label_text(
    endpoint: LanguageEndpoint, question: Question, text: str, *, uses_cache: bool = True
) -> Reply:
    """Classify one text now. Raises Unprocessable with the code `unanswered` where no answer can be believed."""
    reply = ask_once(endpoint, question, Thing.of_text("0", text), uses_cache=uses_cache)
    if reply.verdict is None:
        raise Unprocessable(
            "The language model named none of the options, although it was asked again. Reword them, or "
            "say in 'instructions' what they mean.",
            code="unanswered",
        )
    return reply


def planned(actor: Actor, dataset: Dataset, order: Order) -> Plan:
    """The order as it can be carried out.

    Raises Conflict for an endpoint that can't, NotFound for things that are not in the dataset, Unprocessable where
    nothing is selected or the options are none of the project's classes.
    """
    endpoint = endpoint_to_use(actor, order.wish.endpoint)
    if order.texts is not None:
        options = order.wish.options or _usual_options(dataset)
        things = _texts(dataset, order.texts)
    else:
        if not endpoint.sees_images:
            raise Conflict(
                f"{endpoint.name} is not said to see pictures. Choose another endpoint, or change its settings.",
                code="sees_no_images",
            )
        options = _classes(dataset, order.wish.options)
        things = _images(dataset, order.images or Selection())
    return Plan(endpoint, Question(options, order.wish.instructions), order, things)


def queue_classification(actor: Actor, dataset: Dataset, plan: Plan) -> tuple[Job, bool]:
    """Queue it; the same wish while it is queued or running is the same job."""
    chosen = plan.order.texts or plan.order.images or Selection()
    args: dict[str, Any] = {
        "dataset": str(dataset.id),
        "endpoint": str(plan.endpoint.id),
        "question": question_args(plan.question),
        "selection": chosen.as_args(),
        "replaces": plan.order.replaces,
        "cache": plan.order.wish.uses_cache,
    }
    return enqueue(
        TEXTS if plan.is_of_texts else IMAGES,
        tenant=dataset.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        title=f"Classify {dataset.name} with {plan.endpoint.name}"[:200],
        total=len(plan.things),
        dedupe_key=hashlib.sha256(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).hexdigest(),
    )


def estimate(dataset: Dataset, plan: Plan) -> dict[str, Any]:
    """What the plan will take: things, requests, tokens, price and seconds. Known answers take nothing."""
    endpoint, question = plan.endpoint, plan.question
    feed, open_things, cached, input_tokens = things_of(dataset, plan.is_of_texts, plan.things), 0, 0, 0
    while some := list(islice(feed, LOOKED_UP)):
        known = known_answers(endpoint, question, some) if plan.order.wish.uses_cache else {}
        left = [thing for thing in some if thing.id not in known]
        cached, open_things = cached + len(known), open_things + len(left)
        # Without what each request pays anew, which is counted below.
        input_tokens += expected_input_of(question, left) - expected_input_of(question, [])
    requests = math.ceil(open_things / plan.at_once)
    input_tokens += requests * expected_input_of(question, [])
    output_tokens = expected_output(question, open_things)
    price = float(endpoint.input_price) * input_tokens + float(endpoint.output_price) * output_tokens
    each = seconds_a_request(endpoint) or GUESSED_SECONDS
    by_rate = max(0, requests - endpoint.requests_at_once) * 60 / endpoint.requests_per_minute
    return {
        "endpoint": {"id": str(endpoint.id), "name": endpoint.name, "model": endpoint.model},
        "texts" if plan.is_of_texts else "images": open_things + cached,
        "cached": cached,
        "requests": requests,
        "tokens": {
            "input": input_tokens,
            "output": output_tokens,
            "total": input_tokens + output_tokens,
        },
        "price": round(price / MILLION, 6),
        "seconds": round(max(by_rate, requests * each / endpoint.requests_at_once), 1),
    }


def things_of(dataset: Dataset, is_of_texts: bool, ids: list[UUID]) -> Iterator[Thing]:
    """The things by id, read a few hundred at a time; what has gone meanwhile, or is decided, is left out."""
    for start in range(0, len(ids), LOOKED_UP):
        wanted = ids[start : start + LOOKED_UP]
        if is_of_texts:
            rows = dict(texts_to_classify(dataset).filter(id__in=wanted).values_list("id", "text"))
            yield from (Thing.of_text(str(one), rows[one]) for one in wanted if one in rows)
        else:
            images = Image.objects.select_related("blob").in_bulk(wanted)
            yield from (
                picture_thing(images[one])
                for one in wanted
                if one in images and images[one].state != Image.State.APPROVED
            )


def picture_thing(image: Image) -> Thing:
    scale = min(1.0, PICTURE_SIDE / max(image.width, image.height))
    tokens = picture_tokens(max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    printed = f"picture:{image.blob.sha256}:{PICTURE_SIDE}"

    def load() -> Item:
        """Small, upright and without metadata, as limited children make it; keeps no place where it was taken."""
        with open_small(image, PICTURE_SIDE) as file:
            encoded = base64.b64encode(file.read()).decode("ascii")
        return Item(str(image.id), picture=f"data:image/jpeg;base64,{encoded}", picture_tokens=tokens)

    return Thing(str(image.id), printed, tokens, load)


def _images(dataset: Dataset, selection: Selection) -> list[UUID]:
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict(
            "This dataset holds a table. Send 'texts', or choose a dataset of images.", code="wrong_kind"
        )
    chosen = image_ids(dataset, selection)
    if selection.images is not None and len(chosen) != len(selection.images):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    return _not_empty(chosen, "No image is selected. Add images, or choose others.")


def _texts(dataset: Dataset, selection: TextSelection) -> list[UUID]:
    chosen = list(texts_to_classify(dataset, selection).values_list("id", flat=True))
    if selection.ids is not None:
        known = set(map(str, dataset.texts.filter(id__in=selection.ids).values_list("id", flat=True)))
        if len(known) != len(selection.ids):
            raise NotFound("A text is not in this dataset. Choose among its texts.", code="unknown_text")
    return _not_empty(chosen, "No text waits to be classified. Add texts, or reopen reviewed ones.")


def _not_empty(chosen: list[UUID], words: str) -> list[UUID]:
    if not chosen:
        raise Unprocessable(words, code="nothing_selected")
    return chosen


def _classes(dataset: Dataset, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The names of the project's classes that pictures may be tagged with: those wanted, or all."""
    names = _usual_options(dataset)
    if wanted is None:
        return names
    by_key = {class_key(name): name for name in names}
    strangers = [name for name in wanted if class_key(name) not in by_key]
    if strangers:
        raise Unprocessable(
            f"The project has no class {strangers[0]!r} for whole pictures. Add it first, or leave it out.",
            code="unknown_class",
        )
    return tuple(by_key[class_key(name)] for name in wanted)


def _usual_options(dataset: Dataset) -> tuple[str, ...]:
    """The project's classes that can be said of something as a whole."""
    names = tuple(tag_names(dataset))
    if not MIN_OPTIONS <= len(names) <= MAX_OPTIONS:
        raise Unprocessable(
            f"The project has too few or too many classes for a choice ({MIN_OPTIONS} to {MAX_OPTIONS}). "
            "Name the options.",
            code="options_needed",
        )
    return names
