"""A fresh one-time link with which a person chooses a password."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modelship.accounts.models import User
from modelship.accounts.views import setup_path


class Command(BaseCommand):
    help = "Print a one-time link for a person to choose a password (the printed one is lost, or a new colleague)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the site")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody has the address {options['email']}.")
        self.stdout.write(options["url"].rstrip("/") + setup_path(user))
