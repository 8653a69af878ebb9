"""The life of a job, as data: which states there are and which moves lead from one to the next."""

from dataclasses import dataclass

QUEUED, RUNNING = "queued", "running"
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
STATES = (QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED)
LIVE = frozenset({QUEUED, RUNNING})
FINISHED = frozenset(STATES) - LIVE


@dataclass(frozen=True)
class Move:
    """One way from a state to another; `sources` are the only states that it may leave."""

    sources: tuple[str, ...]
    target: str


MOVES = {
    "claim": Move((QUEUED,), RUNNING),
    "succeed": Move((RUNNING,), SUCCEEDED),
    "fail": Move((RUNNING,), FAILED),
    "stop": Move((RUNNING,), CANCELLED),
    "put_back": Move((RUNNING,), QUEUED),
    "cancel": Move((QUEUED,), CANCELLED),
    "retry": Move((FAILED, CANCELLED), QUEUED),
}


def faults(states: tuple[str, ...], moves: dict[str, Move], start: str) -> list[str]:
    """What is wrong with a graph: unknown states, states that nothing reaches, dead ends that are alive."""
    named = {state for move in moves.values() for state in (*move.sources, move.target)}
    found = [f"{state} is not a state." for state in sorted(named - set(states))]
    reached, fresh = {start}, {start}
    while fresh:
        fresh = {m.target for m in moves.values() if fresh & set(m.sources)} - reached
        reached |= fresh
    found += [f"Nothing leads to {state}." for state in states if state not in reached]
    left = {source for move in moves.values() for source in move.sources}
    found += [f"Nothing leads out of {state}." for state in states if state in LIVE and state not in left]
    return found


def check() -> None:
    """Raises RuntimeError when the graph above does not hold together; runs at import."""
    if problems := faults(STATES, MOVES, QUEUED):
        raise RuntimeError("The job states are wrong: " + " ".join(problems))


check()
