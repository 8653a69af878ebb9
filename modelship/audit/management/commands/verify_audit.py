"""Check that nobody touched the audit trail."""

import json
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from modelship.audit.models import AuditEntry
from modelship.audit.queries import first_break


class Command(BaseCommand):
    help = "Verify the hash chain of every tenant's audit trail; fails naming the first broken entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = apps.get_model("accounts", "Tenant").objects.order_by("slug")
        broken = {tenant.slug: number for tenant in tenants if (number := first_break(tenant)) is not None}
        if options["json"]:
            self.stdout.write(json.dumps({"entries": AuditEntry.objects.count(), "broken": broken}))
        if broken:
            places = ", ".join(f"{slug} at entry {number}" for slug, number in broken.items())
            raise CommandError(f"The audit trail is broken: {places}.")
        if not options["json"]:
            self.stdout.write(f"{AuditEntry.objects.count()} entries, all chains whole.")
