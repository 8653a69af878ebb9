"""Asking a language model what things are: known answers first, tokens reserved before and settled after.

Rows are read and written by the caller's thread alone; the threads that wait for the endpoint need none.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from inference.actions.endpoints import note_abilities, outside, patience, place_of
from inference.actions.meter import let_go, reserve, settle
from inference.actions.prune import prune_answers
from inference.actions.turns import Turns
from inference.language.answers import Usage, Verdict
from inference.language.asking import (
    TOKENS_PER_MESSAGE,
    Item,
    Question,
    expected_output,
    overhead_of,
    tokens_of,
)
from inference.language.client import Answered, Ended, LanguageClient
from inference.models import LanguageAnswer, LanguageEndpoint, LanguageUse
from modelship.jobs.models import Job
from modelship.lib.errors import Problem

LOOKED_UP = 200
# Of the questions that somebody waits for; after a job old answers are always looked for.
PRUNED_ONE_IN = 1_000
# How often what is under way is looked at, and the threads get their turns.
POLL_SECONDS = 0.05
# How long a cancelled job waits for answers that are on their way, so that they are counted.
GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class Thing:
    """Something to classify that is only made ready when it is asked about. `print` tells equal things."""

    id: str
    print: str
    tokens: int
    load: Callable[[], Item]

    @classmethod
    def of_text(cls, text_id: str, text: str) -> "Thing":
        printed = hashlib.sha256(text.encode()).hexdigest()
        return cls(text_id, f"text:{printed}", tokens_of(text), lambda: Item(text_id, text))


@dataclass(frozen=True)
class Reply:
    """What became of a thing: the verdict, or none where the model gave no answer to be believed.

    `problem` is what was wrong with the thing itself.
    """

    id: str
    verdict: Verdict | None
    usage: Usage = field(default_factory=Usage)
    is_cached: bool = False
    problem: Problem | None = None


def ask_once(endpoint: LanguageEndpoint, question: Question, thing: Thing, *, uses_cache: bool) -> Reply:
    """One answer while somebody waits for it. Raises Problems of the endpoint, and `quota_exceeded`."""
    asking = Asking(endpoint, question, uses_cache=uses_cache, is_waited_for=True)
    [reply] = asking.replies([thing])
    return reply


class Asking:
    """One question to one endpoint about many things, several at once.

    `check` is called all the while; what it raises ends the asking, as for a job that is cancelled.
    """

    def __init__(
        self,
        endpoint: LanguageEndpoint,
        question: Question,
        *,
        job: Job | None = None,
        uses_cache: bool = True,
        is_waited_for: bool = False,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._endpoint, self._question, self._job = endpoint, question, job
        self._uses_cache, self._is_waited_for, self._check = uses_cache, is_waited_for, check
        self._stop = threading.Event()
        self._turns = Turns(endpoint.id, self._stop)
        self._running: dict[Future[tuple[Answered, int]], tuple[LanguageUse, list[Thing]]] = {}
        self._problem: Problem | None = None

    def replies(self, things: Iterable[Thing], *, at_once: int = 1) -> Iterator[Reply]:
        """A reply for each thing, in the order in which they come.

        `at_once` things share a request. Raises what went wrong with the endpoint or the quota after the
        answers that were on their way.
        """
        lanes = self._endpoint.requests_at_once
        threads = ThreadPoolExecutor(lanes, "language")
        try:
            with self._client() as client:
                for batch in self._batches(things, at_once):
                    if isinstance(batch, Reply):
                        yield batch
                        continue
                    while len(self._running) >= lanes:
                        yield from self._finished()
                    if self._problem or not self._begin(threads, client, batch):
                        break
                while self._running:
                    yield from self._finished()
                note_abilities(self._endpoint, client.abilities)
            if not self._is_waited_for or random.randrange(PRUNED_ONE_IN) == 0:  # noqa: S311  no secret
                prune_answers(self._endpoint)
            if self._problem:
                raise self._problem
        finally:
            self._stop.set()
            self._turns.serve()
            threads.shutdown(wait=False, cancel_futures=True)
            self._abandon()

    def _client(self) -> LanguageClient:
        endpoint = self._endpoint
        return LanguageClient(
            place_of(endpoint),
            pace=self._turns,
            policy=outside(),
            patience=patience(is_waited_for=self._is_waited_for),
            stop=self._stop,
        )

    def _batches(self, things: Iterable[Thing], size: int) -> Iterator[Reply | list[Thing]]:
        """What is known already as replies, everything else in batches."""
        feed, batch = iter(things), []
        while some := list(islice(feed, LOOKED_UP)):
            known = known_answers(self._endpoint, self._question, some) if self._uses_cache else {}
            for thing in some:
                if thing.id in known:
                    yield Reply(thing.id, known[thing.id], is_cached=True)
                    continue
                batch.append(thing)
                if len(batch) >= size:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _begin(self, threads: ThreadPoolExecutor, client: LanguageClient, batch: list[Thing]) -> bool:
        self._check()
        try:
            use = reserve(self._endpoint, expected_tokens(self._question, batch), self._job)
        except Problem as problem:
            self._problem = problem
            return False
        self._turns.order()
        self._running[threads.submit(_asked, client, self._question, batch)] = (use, batch)
        return True

    def _finished(self) -> Iterator[Reply]:
        """The replies of what has ended, at least of one batch."""
        while True:
            self._check()
            self._turns.serve()
            done = wait(self._running, POLL_SECONDS, return_when=FIRST_COMPLETED).done
            if done:
                break
        for future in done:
            yield from self._settled(future)

    def _settled(self, future: Future[tuple[Answered, int]]) -> Iterator[Reply]:
        use, batch = self._running.pop(future)
        try:
            answered, milliseconds = future.result()
        except Ended:
            let_go(use)
            return
        except Problem as problem:
            # It was not sent: the only thing in the batch could not be made ready.
            let_go(use)
            yield from (Reply(thing.id, None, problem=problem) for thing in batch)
            return
        if answered.usage.requests:
            settle(use, answered.usage, milliseconds)
        else:
            let_go(use)
        keep_answers(self._endpoint, self._question, batch, answered)
        self._problem = self._problem or answered.problem
        for thing in batch:
            verdict = answered.verdicts.get(thing.id)
            if verdict or not answered.problem:
                yield Reply(thing.id, verdict, answered.usage if len(batch) == 1 else Usage())

    def _abandon(self) -> None:
        """Count what still arrives soon; what does not is given back when the job goes on or is forgotten."""
        if not self._running:
            return
        for future in wait(self._running, GRACE_SECONDS).done:
            if not future.cancelled():
                # Nobody waits for the replies any more, but they are paid for and known from now on.
                list(self._settled(future))
        for use, _ in self._running.values():
            let_go(use)
        self._running.clear()


def _asked(client: LanguageClient, question: Question, batch: Sequence[Thing]) -> tuple[Answered, int]:
    """The work of one thread: it reads no rows."""
    items = [thing.load() for thing in batch]
    began = time.monotonic()
    answered = client.classify(question, items)
    return answered, round((time.monotonic() - began) * 1000)


def expected_tokens(question: Question, batch: Sequence[Thing]) -> int:
    return expected_input_of(question, batch) + expected_output(question, len(batch))


def expected_input_of(question: Question, batch: Sequence[Thing]) -> int:
    return overhead_of(question) + sum(thing.tokens + TOKENS_PER_MESSAGE for thing in batch)


def known_answers(
    endpoint: LanguageEndpoint, question: Question, things: Sequence[Thing]
) -> dict[str, Verdict]:
    """The verdicts that are known, by the ids of the things."""
    digests = {thing.id: digest_of(endpoint, question, thing) for thing in things}
    rows = LanguageAnswer.objects.filter(endpoint=endpoint, digest__in=set(digests.values()))
    found = {row.digest: Verdict(row.label, row.confidence, row.confidence_from) for row in rows}
    return {one: found[digest] for one, digest in digests.items() if digest in found}


def keep_answers(
    endpoint: LanguageEndpoint, question: Question, things: Sequence[Thing], answered: Answered
) -> None:
    rows = {}
    for thing in things:
        if verdict := answered.verdicts.get(thing.id):
            digest = digest_of(endpoint, question, thing)
            told: dict[str, Any] = {"label": verdict.label, "confidence": verdict.confidence}
            told["confidence_from"] = verdict.confidence_from
            rows[digest] = LanguageAnswer(endpoint=endpoint, digest=digest, **told)
    LanguageAnswer.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["endpoint", "digest"],
        update_fields=["label", "confidence", "confidence_from", "created_at"],
    )


def digest_of(endpoint: LanguageEndpoint, question: Question, thing: Thing) -> str:
    """The same place, model, question and thing have the same answer."""
    asked = [endpoint.base_url, endpoint.model, question.options, question.instructions, thing.print]
    return hashlib.sha256(orjson.dumps(asked)).hexdigest()
