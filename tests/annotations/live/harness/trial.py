"""One trial: people edit one picture, the server is killed again and again, then everything is compared."""

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations.edits import BoxState, fold_log
from tests.annotations.live.harness.labeller import Labeller, shown, state_of
from tests.annotations.live.harness.network import Weather
from tests.annotations.live.harness.witness import Witness, is_possible
from tests.live_clients import World


@dataclass(frozen=True)
class Size:
    """How much of it: `edits` are sent in all, by so many `clients`, while the server dies `kills` times."""

    clients: int = 8
    edits: int = 10_000
    kills: int = 50
    seed: int = 1
    weather: Weather = field(default_factory=Weather)
    # After so long without an end the trial has failed.
    patience: float = 3_000.0


@dataclass
class Report:
    """What was found. A trial holds where `faults` is empty."""

    database: str
    size: Size
    sent: int = 0
    # Edits of the editor's own JavaScript beside them; None where Node can't do it.
    editor: int | None = None
    acked: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    refused_but_applied: int = 0
    unanswered: int = 0
    differing: list[str] = field(default_factory=list)
    kills: int = 0
    restarts: list[float] = field(default_factory=list)
    network: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    revisions: int = 0
    boxes: int = 0
    seconds: float = 0.0

    @property
    def faults(self) -> dict[str, Any]:
        found = {
            "lost": self.lost,
            "doubled": self.doubled,
            "refused but applied": self.refused_but_applied,
            "unanswered": self.unanswered,
            "differing": self.differing,
        }
        return {name: value for name, value in found.items() if value}

    def lines(self) -> list[str]:
        down = statistics.median(self.restarts) if self.restarts else 0.0
        return [
            f"{self.database}: {self.size.clients} clients, {self.sent:,} edits, {self.kills} SIGKILLs, "
            f"{self.seconds:.0f} s",
            "  the editor's own code beside them: "
            + ("not possible here" if self.editor is None else f"{self.editor:,} edits"),
            f"  acknowledged {self.acked:,}, refused {sum(self.dropped.values()):,} ({listed(self.dropped)})",
            f"  in the log: {self.revisions:,} revisions ({listed(self.kinds)}); {self.boxes:,} boxes in the end",
            f"  network: {listed(self.network)}; back after a kill in {down:.1f} s (median)",
            f"  acknowledged and lost {self.lost}, applied twice {self.doubled}, refused but applied "
            f"{self.refused_but_applied}, unanswered {self.unanswered}",
            f"  unequal: {', '.join(self.differing) or 'nobody: clients = boxes = replay of the log'}",
        ]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()) if count) or "none"


async def trial(world: World, size: Size) -> Report:
    """Let them work and die, and report. Raises TimeoutError where it does not end."""
    image = world.image()
    crew: list[Labeller] = []

    def sent() -> int:
        return sum(one.counts["edits"] for one in crew)

    crew += [
        Labeller(
            world, image, seed=size.seed * 1_000 + at, weather=size.weather, wants=lambda: sent() < size.edits
        )
        for at in range(size.clients)
    ]
    report = Report(database="PostgreSQL" if world.server.database.origin else "SQLite", size=size)
    editor = Witness(world, image, edits=size.edits // size.clients // 2, seed=size.seed)
    began = time.monotonic()
    try:
        if is_possible():
            await editor.start()
        async with asyncio.timeout(size.patience):
            await asyncio.gather(killing(world, crew, report), *[one.work() for one in crew])
            told = await editor.end() if editor.process else None
    finally:
        editor.stop()
    report.seconds = time.monotonic() - began
    for one in crew:
        await one.catch_up()
    log, rows = world.log(image), world.boxes(image)["results"]
    compare(report, crew, log=log, rows=rows)
    if told is not None:
        compare_editor(report, told, log=log, rows=rows)
    return report


async def killing(world: World, crew: list[Labeller], report: Report) -> None:
    """Kill in the middle of the work, evenly over the edits, so that none of the deaths falls in a pause."""
    size = report.size
    for death in range(size.kills):
        due = size.edits * (death + 1) // (size.kills + 1)
        while sum(len(one.acked) + len(one.dropped) for one in crew) < due:
            await asyncio.sleep(0.003)
        world.server.kill()
        began = time.monotonic()
        await asyncio.to_thread(world.server.restart)
        report.restarts.append(time.monotonic() - began)
        report.kills += 1


def compare(
    report: Report, crew: list[Labeller], *, log: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    """Every answer against the log, and the log against the rows and what each client sees."""
    applied = Counter(edit["op_id"] for batch in log for edit in batch["edits"])
    for one in crew:
        report.sent += one.counts.pop("edits")
        report.acked += len(one.acked)
        report.dropped.update(one.dropped.values())
        report.lost += len(one.acked - applied.keys())
        report.refused_but_applied += len(one.dropped.keys() & applied.keys())
        report.unanswered += len(one.pending)
        report.network.update(one.counts)
    report.doubled = sum(count > 1 for count in applied.values())
    report.kinds.update(edit["kind"] for batch in log for edit in batch["edits"])
    report.revisions, report.boxes = len(log), len(rows)
    wanted = shown({box["id"]: state_of(box) for box in rows})
    if [batch["seq"] for batch in log] != list(range(1, len(log) + 1)):
        report.differing.append("the log has a gap")
    if shown(alive(fold_log(log))) != wanted:
        report.differing.append("the replay of the log")
    report.differing += [f"client {at}" for at, one in enumerate(crew) if shown(one.boxes) != wanted]


def compare_editor(
    report: Report, told: dict[str, Any], *, log: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> None:
    """What the editor's own code sees and was told, against the same log and rows."""
    applied = {edit["op_id"] for batch in log for edit in batch["edits"]}
    report.editor = told["sent"]
    report.network["the editor's cuts"] += told["cuts"]
    report.lost += len(set(told["acked"]) - applied)
    report.refused_but_applied += len(set(told["dropped"]) & applied)
    report.unanswered += told["kept"]
    if told["own"] != log[-1]["seq"] or by_id(told["boxes"]) != by_id(rows):
        report.differing.append("the editor's own document")


def by_id(boxes: list[dict[str, Any]]) -> dict[str, Any]:
    """Boxes as they travel; names of people apart, which a key's owner has and a log has not."""
    people = ("created_by", "updated_by")
    return {
        box["id"]: {name: value for name, value in box.items() if name not in (*people, "deleted")}
        | {name: box[name] and box[name]["id"] for name in people}
        for box in boxes
    }


def alive(boxes: dict[str, BoxState]) -> dict[str, BoxState]:
    return {uid: box for uid, box in boxes.items() if not box.deleted}
