"""Changes to sources; each is audited in its own transaction, and no secret goes into the trail."""

from typing import Any

from django.db import IntegrityError, transaction

from datasets.actions.open_source import outside, sealed, secrets_of
from datasets.models import Dataset, Source
from datasets.sources import source_kind
from datasets.sources.base import Values
from datasets.sources.settings import checked
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Conflict


def create_source(actor: Actor, dataset: Dataset, *, kind: str, name: str, config: Any) -> Source:
    """Keep a place to import from.

    Raises BadRequest for settings that its kind does not have and for a place that may not be opened,
    Conflict for a taken name or a table.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    plain, secrets = _settings(kind, config, {})
    source = Source(
        tenant=actor.tenant,
        dataset=dataset,
        kind=kind,
        name=name,
        config=plain,
        secret=sealed(secrets),
        secret_names=sorted(secrets),
        created_by=actor.user,
    )
    _save(actor, source, "source.created")
    return source


def change_source(actor: Actor, source: Source, *, name: str, config: Any) -> Source:
    """Secrets that `config` does not name stay. Refused as by `create_source`, and with Conflict where somebody
    changed the source since it was read.
    """
    plain, secrets = _settings(source.kind, config, _kept(source))
    source.name, source.config = name, plain
    source.secret, source.secret_names = sealed(secrets), sorted(secrets)
    _save(actor, source, "source.changed")
    return source


@transaction.atomic
def delete_source(actor: Actor, source: Source) -> None:
    """Forget the place and its list of files; the pictures that came from it stay."""
    target, dataset = f"source:{source.id}", str(source.dataset_id)
    source.delete()
    record(actor, "source.deleted", target, dataset=dataset, name=source.name)


def _settings(kind_name: str, config: Any, kept: Values) -> tuple[Values, Values]:
    """The plain and the secret settings of a place that may be opened; it is judged again whenever it is."""
    kind = source_kind(kind_name)
    plain, secrets = checked(kind, config, kept)
    kind.judge(plain, outside())
    return plain, secrets


def _kept(source: Source) -> Values:
    """What can't be read any more is replaced by what is entered now."""
    try:
        return secrets_of(source)
    except Conflict:
        return {}


def _save(actor: Actor, source: Source, verb: str) -> None:
    try:
        with transaction.atomic():
            if not source._state.adding:
                _hold(source)
            source.save()
            record(
                actor,
                verb,
                f"source:{source.id}",
                dataset=str(source.dataset_id),
                kind=source.kind,
                name=source.name,
            )
    except IntegrityError as error:
        raise Conflict(
            f"The dataset has a source named '{source.name}' already. Choose another name.", code="name_taken"
        ) from error


def _hold(source: Source) -> None:
    """Judging a place asks the network, so the row is not held meanwhile but looked at again."""
    rows = Source.objects.select_for_update(no_key=True).filter(pk=source.pk, updated_at=source.updated_at)
    if not rows.exists():
        raise Conflict(
            "Somebody changed this source at the same moment. Look at it and try again.",
            code="changed_meanwhile",
        )
