"""The cast: Alice owns, Bob reviews, Ann annotates, Vic views, Charlie is a stranger."""

from dataclasses import dataclass

from django.test import Client

from modelship.accounts.actions import create_api_key
from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership, Tenant, User

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """Somebody with an account, a role in one tenant, and a key that may do all of it."""

    actor: Actor
    key: str

    @property
    def user(self) -> User:
        return self.actor.user

    @property
    def tenant(self) -> Tenant:
        return self.actor.tenant

    @property
    def api(self) -> Client:
        """A client that sends this person's key."""
        return Client(headers={"authorization": f"Api-Key {self.key}"})

    @property
    def browser(self) -> Client:
        """A client with this person's session, checking CSRF like a real one would not."""
        client = Client()
        client.force_login(self.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


def make_tenant(slug: str) -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug.capitalize())


def make_person(name: str, tenant: Tenant, role: str) -> Person:
    user = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    actor = Actor.of_membership(Membership.objects.create(tenant=tenant, user=user, role=role))
    return Person(actor, create_api_key(actor, name=f"{name}'s key", scopes=["all"])[1])
