"""Changes to endpoints of language models; each is audited, and no key goes into the trail."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from inference.language.abilities import Abilities
from inference.language.client import Patience, Place
from inference.models import LanguageEndpoint
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Conflict
from modelship.lib.outbound import Policy, judge
from modelship.lib.sealing import Unreadable, seal, unseal

PURPOSE = "modelship.language.v1"
HINT = 4
# With a shorter key, its last characters would give too much of it away.
HINTED_FROM = 12
# Where a change means that nobody knows any more what the endpoint can.
TELLING = ("base_url", "model")
# A question with all its pauses may take so many times as long as one request.
QUESTION_SHARE = 5
SAVED = (
    *("name", "base_url", "model", "secret", "key_hint", "sees_images", "requests_per_minute"),
    *("requests_at_once", "texts_per_request", "input_price", "output_price", "monthly_tokens"),
    *("abilities", "is_default", "updated_at"),
)


def create_endpoint(actor: Actor, values: Mapping[str, Any]) -> LanguageEndpoint:
    """Keep a place to ask. The tenant's first one is its default.

    Raises Forbidden below managers, BadRequest for an address that may not be reached, Conflict for a taken name.
    """
    need_role(actor, "manage")
    endpoint = LanguageEndpoint(tenant=actor.tenant, created_by=actor.user)
    _fill(endpoint, values)
    endpoint.is_default = (
        endpoint.is_default
        or not LanguageEndpoint.objects.filter(tenant=actor.tenant, is_default=True).exists()
    )
    _save(actor, endpoint, "endpoint.created")
    return endpoint


def change_endpoint(actor: Actor, endpoint: LanguageEndpoint, values: Mapping[str, Any]) -> LanguageEndpoint:
    """What is not named stays; a key that is not named, or empty, too. Refused as by `create_endpoint`."""
    need_role(actor, "manage")
    _fill(endpoint, values)
    _save(actor, endpoint, "endpoint.changed")
    return endpoint


@transaction.atomic
def delete_endpoint(actor: Actor, endpoint: LanguageEndpoint) -> None:
    """Forget the place, its key and its known answers; what it proposed stays."""
    need_role(actor, "manage")
    subject, name = f"endpoint:{endpoint.id}", endpoint.name
    endpoint.delete()
    record(actor, "endpoint.deleted", subject, name=name)


def note_abilities(endpoint: LanguageEndpoint, abilities: Abilities) -> None:
    """Remember what the endpoint can, so that the next question is asked so that it is understood."""
    if abilities.is_known and abilities.to_dict() != endpoint.abilities:
        rows = LanguageEndpoint.objects.filter(
            pk=endpoint.pk, base_url=endpoint.base_url, model=endpoint.model
        )
        rows.update(abilities=abilities.to_dict())


def place_of(endpoint: LanguageEndpoint) -> Place:
    """What the client needs. Raises Conflict where the server's key is not the one that sealed the endpoint's."""
    try:
        key = unseal(endpoint.secret, _keys(), PURPOSE) if endpoint.secret else ""
    except Unreadable as error:
        raise Conflict(
            "The key of this endpoint can't be read: the server has another secret key by now. Enter it again.",
            code="secrets_unreadable",
        ) from error
    return Place(endpoint.base_url, key, endpoint.model, Abilities.from_dict(endpoint.abilities))


def outside() -> Policy:
    return Policy.allowing(settings.MODELSHIP_OUTBOUND_ALLOW)


def patience(*, is_waited_for: bool) -> Patience:
    """Somebody who waits for one answer waits no longer than for one request."""
    seconds = float(settings.MODELSHIP_LANGUAGE_SECONDS)
    return Patience(seconds, seconds if is_waited_for else seconds * QUESTION_SHARE)


def _fill(endpoint: LanguageEndpoint, values: Mapping[str, Any]) -> None:
    key = values.get("key") or ""
    if endpoint.secret and not key and values.get("base_url", endpoint.base_url) != endpoint.base_url:
        # Else who may change the address could have the key sent to a server of their own.
        raise BadRequest(
            "Enter the key again: it belongs to the old address.", field="key", code="key_needed"
        )
    if any(name in values and values[name] != getattr(endpoint, name) for name in TELLING):
        endpoint.abilities = {}
    for name, value in values.items():
        if name != "key":
            setattr(endpoint, name, value)
    if key:
        endpoint.secret = seal(key, _keys(), PURPOSE)
        endpoint.key_hint = key[-HINT:] if len(key) >= HINTED_FROM else ""
    if "?" in endpoint.base_url or "#" in endpoint.base_url:
        raise BadRequest("Give the address up to /v1, without a question mark.", field="base_url")
    judge(endpoint.base_url, policy=outside())


def _save(actor: Actor, endpoint: LanguageEndpoint, verb: str) -> None:
    try:
        with transaction.atomic():
            others = LanguageEndpoint.objects.filter(tenant=actor.tenant, is_default=True)
            if endpoint.is_default:
                others.exclude(pk=endpoint.pk).update(is_default=False)
            endpoint.updated_at = now()
            # What calls under way count stays theirs.
            endpoint.save(update_fields=None if endpoint._state.adding else SAVED)
            facts = {"name": endpoint.name, "base_url": endpoint.base_url, "model": endpoint.model}
            record(actor, verb, f"endpoint:{endpoint.id}", **facts)
    except IntegrityError as error:
        raise Conflict(
            f"There is an endpoint named '{endpoint.name}' already. Choose another name.", code="name_taken"
        ) from error


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
