"""A project to look at: pictures that ModelShip draws itself, some labelled, some to review."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership
from modelship.web.demo.project import make_demo


class Command(BaseCommand):
    help = "Make the demo project in a tenant; a second run finds it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", default="", help="slug; without it the tenant that was made first")

    def handle(self, *args: Any, **options: Any) -> None:
        owners = Membership.objects.filter(role="owner", is_active=True).select_related("tenant", "user")
        if options["tenant"]:
            owners = owners.filter(tenant__slug=options["tenant"])
        owner = owners.order_by("tenant__created_at", "created_at").first()
        if owner is None:
            raise CommandError("No such tenant has an owner. Make one with 'manage.py bootstrap' first.")
        demo = make_demo(Actor.of_membership(owner))
        verb = "Made" if demo.created else "Found"
        self.stdout.write(
            f"{verb} the project '{demo.project.name}' with {demo.dataset.images.count()} pictures."
        )
