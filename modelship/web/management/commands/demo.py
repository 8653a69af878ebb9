"""A project to look at: pictures that ModelShip draws itself, labelled by its own detector."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.actions.autolabel import KIND as LABEL_KIND
from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership
from modelship.jobs.models import Job
from modelship.jobs.states import FAILED, LIVE
from modelship.jobs.worker import Plan, Worker
from modelship.lib.errors import Problem
from modelship.web.demo.project import KIND, Demo, make_demo

KINDS = frozenset({KIND, LABEL_KIND})
LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = "Make the sample project in a tenant, or complete it; a worker draws and labels its pictures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="", help="slug; without it the tenant that was made first")
        parser.add_argument(
            "--wait", action="store_true", help="be that worker, and end when every picture is labelled"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = make_demo(self.owner(options["tenant"]))
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        verb = "Made" if demo.created else "Found"
        self.stdout.write(f"{verb} the project '{demo.project.name}'.")
        if not options["wait"]:
            self.stdout.write("A worker draws and labels its pictures; --wait does it here.")
            return
        self.work(demo)
        self.stdout.write(f"It has {demo.dataset.images.count()} pictures.")

    def owner(self, tenant: str) -> Actor:
        owners = Membership.objects.filter(role="owner", is_active=True).select_related("tenant", "user")
        if tenant:
            owners = owners.filter(tenant__slug=tenant)
        owner = owners.order_by("tenant__created_at", "created_at").first()
        if owner is None:
            raise CommandError("No such tenant has an owner. Make one with 'manage.py bootstrap' first.")
        return Actor.of_membership(owner)

    def work(self, demo: Demo) -> None:
        """Run the demo's jobs, or wait for the worker that has them already."""
        jobs = Job.objects.filter(project=demo.project, kind__in=KINDS)
        while jobs.filter(state__in=LIVE).exists():
            Worker(Plan(KINDS, slots=settings.MODELSHIP_WORKER_THREADS, drain=True)).run()
            time.sleep(LOOK_SECONDS)
        failed = jobs.filter(state=FAILED, created_at__gte=demo.job.created_at).first()
        if failed is not None:
            raise CommandError(f"{failed.title}: {(failed.error or {}).get('detail', 'It failed.')}")
