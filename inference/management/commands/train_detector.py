"""Train a detector on a dataset, in the foreground: the same job that the page starts, followed to its end."""

import json
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from datasets.models import Dataset
from inference.actions.train import KIND, queue_training
from inference.api.trainings import DEFAULT_MODEL
from inference.models import TrainingRun
from inference.queries import model_to_use
from inference.training_order import (
    DEFAULT_SHARE,
    DEFAULT_STEPS,
    DEVICES,
    MAX_SHARE,
    MAX_STEPS,
    MIN_SHARE,
    MIN_STEPS,
    TrainingOrder,
)
from inference.training_queries import training_dict
from inference.training_views import scores_of
from modelship.accounts.actors import Actor
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.jobs.states import CANCELLED, SUCCEEDED
from modelship.jobs.worker import Plan, Worker
from modelship.lib.errors import Conflict, NotFound, Problem
from modelship.lib.ids import new_id

REFUSED = 1
LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Train a detector on a dataset, starting from an installed model, and install what comes of it. "
        f"Exit status: 0 trained, {REFUSED} refused or failed."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Our --version, of the dataset, takes the place of Django's, of Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dataset", required=True, metavar="ID|NAME")
        parser.add_argument(
            "--version",
            dest="number",
            type=int,
            metavar="N",
            help="a version of the dataset; as it is now where left out",
        )
        parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help="the model to go on from")
        parser.add_argument("--steps", type=_between(int, MIN_STEPS, MAX_STEPS), default=DEFAULT_STEPS)
        parser.add_argument("--val-share", type=_between(float, MIN_SHARE, MAX_SHARE), default=DEFAULT_SHARE)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--freeze-backbone", action="store_true")
        parser.add_argument("--device", choices=DEVICES, default="auto")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self.train(options)
        except Problem as problem:
            self.refuse(problem.as_dict(), as_json=options["json"])
        else:
            self.tell(run, as_json=options["json"])

    def train(self, options: dict[str, Any]) -> TrainingRun:
        """Raises the problem that the training was refused with, or failed with."""
        dataset = dataset_named(options["dataset"])
        actor = Actor.machine(dataset.tenant, new_id(), KIND)
        order = TrainingOrder(
            version=options["number"],
            steps=options["steps"],
            val_share=options["val_share"],
            seed=options["seed"],
            freeze_backbone=options["freeze_backbone"],
            device=options["device"],
        )
        run, job = queue_training(actor, dataset, model_to_use(actor, options["model"]), order)
        try:
            self.follow(job, is_quiet=options["json"])
        except KeyboardInterrupt:
            cancel(job, actor)
            raise
        run = TrainingRun.objects.select_related("job__project", "model", "dataset").get(pk=run.pk)
        if run.state != SUCCEEDED:
            raise _failure(job)
        return run

    def follow(self, job: Job, *, is_quiet: bool) -> None:
        """Run the job here, or watch the worker that took it, and say how far it is."""
        said = ""
        while job.is_live:
            worker = Worker(Plan(frozenset({KIND}), jobs=1, drain=True, only=job.id))
            working = threading.Thread(target=worker.run, daemon=True)
            working.start()
            try:
                while working.is_alive():
                    working.join(LOOK_SECONDS)
                    job.refresh_from_db()
                    words = f"{job.done:,} of {job.total:,}  {job.message}"
                    if words != said and not is_quiet:
                        self.stderr.write(words)
                    said = words
            finally:
                worker.stop()
                working.join()
            time.sleep(LOOK_SECONDS)
            job.refresh_from_db()

    def refuse(self, problem: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": problem}))
        raise CommandError(f"{problem['detail']} ({problem['code']})", returncode=REFUSED)

    def tell(self, run: TrainingRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"training": training_dict(run)}))
            return
        for score in scores_of(run):
            self.stdout.write(
                f"\n{score['title']:<28}{'boxes':>8}{'AP':>8}{'after':>8}{'AP50':>8}{'after':>8}"
            )
            for row in score["rows"]:
                shares = (row["ap_before"], row["ap_after"], row["ap50_before"], row["ap50_after"])
                self.stdout.write(
                    f"{row['name'][:27]:<28}{row['count']:>8,}" + "".join(f"{share:>8}" for share in shares)
                )
        if run.model:
            self.stdout.write(f"\n{run.model.name} is installed. SHA-256 {run.model.sha256}")


def dataset_named(wanted: str) -> Dataset:
    """By id, or by a name that only one dataset has. Raises NotFound and Conflict."""
    rows = Dataset.objects.select_related("project", "tenant")
    try:
        found = list(rows.filter(id=UUID(wanted)))
    except ValueError:
        found = list(rows.filter(name=wanted).order_by("created_at"))
    if not found:
        raise NotFound(f"There is no dataset {wanted}. Give its name or its id.", code="unknown_dataset")
    if len(found) > 1:
        ids = ", ".join(str(dataset.id) for dataset in found)
        raise Conflict(f"Several datasets are called {wanted}. Give an id: {ids}.", code="ambiguous")
    return found[0]


def _failure(job: Job) -> Problem:
    if job.state == CANCELLED:
        return Conflict("The training was cancelled. Nothing was installed.", code="cancelled")
    error = job.error or {}
    return Conflict(error.get("detail", "The training failed."), code=error.get("code", "failed"))


def _between(kind: type, low: float, high: float) -> Any:
    def number(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            raise ArgumentTypeError(f"must be from {low} to {high}")
        return value

    return number
