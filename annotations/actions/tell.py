"""Who is told of what happens to pictures: comments, steps of review, assignments. Nobody is told what they did themselves."""

from collections import Counter
from collections.abc import Collection, Iterable
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from annotations.models import Comment, TeamSession, Thread
from annotations.review_queries import authors_of
from annotations.thread_queries import people_of
from datasets.audience import people_who_see
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.notices.actions import News, forget, notify
from modelship.notices.models import Notice

# Of a comment that is told, so much: the rest is where it leads.
MOST_TOLD = 140
STEPS = {"reject": (Notice.Kind.SENT_BACK, "sent back"), "approve": (Notice.Kind.APPROVED, "approved")}
MY_TASKS = "assignee:me task:open"


def subject_of(thread_id: UUID) -> str:
    return f"thread:{thread_id}"


def tell_of_comment(actor: Actor, thread: Thread, comment: Comment, mentioned: Collection[UUID]) -> None:
    """Tell who is addressed that they are, and who takes part in the thread that there is an answer."""
    tell_of_mentions(actor, thread, comment, mentioned)
    others = people_of(thread) - set(mentioned)
    _tell(actor, thread, News(Notice.Kind.ANSWER, *_said(actor, thread, comment, "answered on")), others)


def tell_of_mentions(actor: Actor, thread: Thread, comment: Comment, mentioned: Collection[UUID]) -> None:
    """Tell who is addressed by a comment that they are."""
    _tell(actor, thread, News(Notice.Kind.MENTION, *_said(actor, thread, comment, "named you on")), mentioned)


def _tell(actor: Actor, thread: Thread, news: News, people: Collection[UUID]) -> None:
    if told := _who_see(thread.image.dataset, people):
        notify(thread.tenant, told, news, by=actor.user_id)


def _said(actor: Actor, thread: Thread, comment: Comment, words: str) -> tuple[str, str, str]:
    """The subject, the words and the place of what is told of a comment."""
    path = f"{reverse('editor', args=[thread.image_id])}?{urlencode({'thread': thread.pk})}"
    text = f"{_name(actor)} {words} {thread.image.filename}: {_short(comment.text)}"
    return subject_of(thread.pk), text, path


def forget_thread(thread: Thread) -> None:
    """What leads nowhere any more is told no longer."""
    forget(thread.tenant, subject_of(thread.pk))


def tell_of_step(actor: Actor, image: Image, action: str, comment: str = "") -> None:
    """Tell who worked on a picture that it was sent back or approved; of other steps nobody is told."""
    if action not in STEPS:
        return
    kind, words = STEPS[action]
    text = f"{_name(actor)} {words} {image.filename}" + (f": {_short(comment)}" if comment else ".")
    news = News(kind, f"image:{image.pk}", text, reverse("editor", args=[image.pk]))
    notify(image.tenant, _who_see(image.dataset, authors_of(image.pk)), news, by=actor.user_id)


def tell_of_assignments(actor: Actor, dataset: Dataset, purpose: str, people: Iterable[UUID]) -> None:
    """Tell each person that they were given pictures; `people` names them once for each."""
    place = f"{reverse('dataset', args=[dataset.pk])}?{urlencode({'q': MY_TASKS})}"
    text = f"{_name(actor)} gave you pictures to {purpose} in {dataset.name}."
    for person, count in Counter(people).items():
        news = News(Notice.Kind.ASSIGNED, f"dataset:{dataset.pk}:{purpose}", text, place, count)
        notify(dataset.tenant, [person], news, by=actor.user_id)


def tell_of_invitation(actor: Actor, session: TeamSession, people: Collection[UUID]) -> None:
    """Tell people that they are invited to review pictures with others."""
    text = f"{_name(actor)} invited you to review {session.dataset.name} together: {_short(session.name)}"
    path = reverse("session", args=[session.pk])
    news = News(Notice.Kind.INVITED, f"session:{session.pk}", text, path)
    notify(session.tenant, people, news, by=actor.user_id)


def _who_see(dataset: Dataset, people: Collection[UUID]) -> set[UUID]:
    """Of a picture that is kept from somebody they are told nothing, though they drew what it began with."""
    if dataset.audience == Dataset.Audience.EVERYONE:
        return set(people)
    return {user.pk for user in people_who_see(dataset, "view")} & set(people)


def _name(actor: Actor) -> str:
    """Whoever works through a key is named as the person that they are."""
    return actor.user.display_name if actor.user and not actor.job_id else actor.label


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_TOLD else f"{line[: MOST_TOLD - 1]}…"
