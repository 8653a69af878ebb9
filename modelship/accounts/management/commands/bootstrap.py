"""Make or find a tenant and its owner, for scripts: prints what they need to start."""

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from modelship.accounts.actions import create_api_key, found_tenant
from modelship.accounts.actors import Actor
from modelship.accounts.queries import memberships_of
from modelship.lib.errors import Problem


class Command(BaseCommand):
    help = "Make or find a tenant and its owner, and make an API key; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="slug of the tenant")
        parser.add_argument("--email", required=True, help="e-mail address of the owner")
        parser.add_argument("--name", default="", help="name of a new tenant")
        parser.add_argument("--password-env", help="environment variable that holds the owner's password")
        parser.add_argument(
            "--key-scopes", default="all", help="scopes of the key, separated by commas; 'none' makes none"
        )
        parser.add_argument("--staff", action="store_true", help="let the owner into the admin site")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        password = None
        if options["password_env"]:
            password = os.environ.get(options["password_env"])
            if not password:
                raise CommandError(
                    f"The variable {options['password_env']} is empty. Put the password there."
                )
        try:
            answer = self.bootstrap(options, password)
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(f"Tenant {answer['tenant']['slug']}, owner {answer['user']['email']}.")
        if answer["api_key"]:
            self.stdout.write(f"API key, shown only now: {answer['api_key']}")

    @transaction.atomic
    def bootstrap(self, options: dict[str, Any], password: str | None) -> dict[str, Any]:
        tenant, user = found_tenant(
            options["tenant"], options["email"], name=options["name"], password=password
        )
        if options["staff"] and not user.is_superuser:
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])
        secret = None
        scopes = [scope.strip() for scope in options["key_scopes"].split(",") if scope.strip()]
        if scopes != ["none"]:
            actor = Actor.of_membership(memberships_of(user).get(tenant=tenant))
            secret = create_api_key(actor, name="bootstrap", scopes=scopes)[1]
        return {
            "tenant": {"id": str(tenant.id), "slug": tenant.slug, "name": tenant.name},
            "user": {"id": str(user.id), "email": user.email},
            "api_key": secret,
        }
