"""The socket of a tenant's jobs: how they stand, then every change."""

from typing import Any, ClassVar

from modelship.accounts.actors import Actor
from modelship.jobs.live.feed import feed
from modelship.jobs.queries import NEWEST_FIRST, job_dict, jobs_for
from modelship.live.consumer import LiveConsumer
from modelship.live.rooms import Member
from modelship.live.threads import reading_db
from modelship.live.watch import Look

SHOWN = 50


class JobsConsumer(LiveConsumer):
    """`/ws/v1/jobs/`: `{"type":"snapshot","jobs":[...]}`, then `{"type":"job","job":{...}}` for each change."""

    handlers: ClassVar[dict[str, str]] = {"ping": "on_ping"}

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.member = Member(self.session, self.put_text)

    async def admit(self) -> None:
        self.standing = await reading_db(newest_jobs, self.actor)

    async def opened(self) -> None:
        feed.join(self.actor, self.member)
        self.put({"type": "snapshot", "jobs": self.standing})
        self.member.start(0)

    async def left(self) -> None:
        feed.leave(self.actor, self.member)

    def verdict(self, actor: Actor | None, look: Look) -> str | None:
        if actor is None:
            return "signed_out"
        return None if (actor.role, actor.scopes) == (self.actor.role, self.actor.scopes) else "role_changed"

    def on_ping(self, message: dict[str, Any]) -> None:
        self.beat()


def newest_jobs(actor: Actor) -> list[dict[str, Any]]:
    return [job_dict(job) for job in jobs_for(actor).order_by(*NEWEST_FIRST)[:SHOWN]]
