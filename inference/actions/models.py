"""Letting models in, and changing what may be changed about one: its name and whether it is offered."""

import os
import unicodedata
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from inference.catalog import declared
from inference.detection import Proven, examine, examined, is_trainable, prove, try_out
from inference.engine.proof import FEED, MOST_BOXES, NOTHING, PLAUSIBLE, TOO_MANY
from inference.engine.spec import ModelSpec
from inference.model_files import drop_model, keep_model, sha256_of
from inference.models import DetectorModel
from inference.overrides import NONE, Overrides
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.audit.actions import record
from modelship.lib.errors import BadRequest, Conflict, NotFound, TooLarge

MAX_NAME = 200
# Verdicts that keep a model from labelling. Models of earlier releases have none.
DOUBTS = (NOTHING, TOO_MANY)
DRAFT = DetectorModel.State.DRAFT
TAKEN_OVER = (
    *("spec", "proof", "task", "head", "class_names", "input_width", "input_height"),
    *("license", "source", "is_trainable"),
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Origin:
    """Where a model comes from and under which terms."""

    source: str = ""
    license: str = ""


UNKNOWN = Origin()


def install_file(
    path: str | Path,
    *,
    name: str,
    tenant: Tenant | None = None,
    actor: Actor | None = None,
    overrides: Overrides = NONE,
    origin: Origin = UNKNOWN,
    photo: str | Path | None = None,
) -> DetectorModel:
    """Let a model file in, for one tenant or for everybody: inspect it, test it, store it, offer it.

    The file is opened in limited children alone. One that the catalogue knows is fed as it declares there; of
    others the self-test says how, where nobody else does. A detector that sees nothing in the `photo`, or else
    in the reference picture, stays a draft. The same bytes under the same name again are the same model, active
    once more. Raises TooLarge, UnsupportedType, Unprocessable with the engine's reason as code, and Conflict for
    the same bytes and name with other settings. Whoever calls has checked the role.
    """
    prepared = proven_model(path, name=name, tenant=tenant, overrides=overrides, origin=origin, photo=photo)
    keep_model(path, prepared.sha256)
    model = enter_model(prepared, actor, said=overrides.values)
    # Whoever deleted the last model of these bytes meanwhile may have taken them along.
    keep_model(path, prepared.sha256)
    return model


def proven_model(
    path: str | Path,
    *,
    name: str,
    tenant: Tenant | None,
    overrides: Overrides = NONE,
    origin: Origin = UNKNOWN,
    photo: str | Path | None = None,
) -> DetectorModel:
    """The row of a file that was inspected and tested, not saved yet; raises what `install_file` raises."""
    name = model_name(name)
    _check_size(os.path.getsize(path))
    sha256 = sha256_of(path)
    known = declared(sha256)
    proven, trainable = _proven(os.fspath(path), sha256, overrides.over(known), photo)
    # What we trained was measured, and of what the catalogue knows others have said what it sees.
    is_trusted = trainable or bool(known.values)
    spec, states = proven.spec, DetectorModel.State
    return DetectorModel(
        proof=proven.proof,
        state=states.ACTIVE if is_trusted or proven.is_plausible else DRAFT,
        tenant=tenant,
        name=name,
        task=spec.task,
        head=spec.head,
        input_width=spec.input_size[0],
        input_height=spec.input_size[1],
        class_names=list(spec.class_names),
        spec=spec.to_dict(),
        is_trainable=trainable,
        sha256=sha256,
        size=os.path.getsize(path),
        license=origin.license,
        source=origin.source,
    )


def _proven(path: str, sha256: str, overrides: Overrides, photo: str | Path | None) -> tuple[Proven, bool]:
    """Inspect the file, run it once and test it, in a child that is used for nothing else."""
    with closing(examined(path, sha256)) as engine:
        spec = overrides.apply(examine(engine))
        try_out(engine, spec)
        trainable = is_trainable(engine)
        if spec.task != DetectorModel.Task.DETECT:
            return Proven(spec, {"verdict": PLAUSIBLE}), trainable
        fixed = FEED if trainable else overrides.values.keys() & set(FEED)
        return prove(engine, spec, photo=photo, fixed=fixed), trainable


def _check_size(size: int) -> None:
    limit = settings.MODELSHIP_MAX_MODEL_BYTES
    if size > limit:
        raise TooLarge(
            f"The model has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB. "
            "Choose a smaller one, or ask the operator to raise the limit.",
            code="model_too_large",
            limit=limit,
        )


@transaction.atomic
def enter_model(model: DetectorModel, actor: Actor | None, *, said: Collection[str] = ()) -> DetectorModel:
    """Save a proven row, or return the one that is there already for these bytes and this name.

    Its bytes are kept before. Raises Conflict where that one differs in a setting that was `said` this time.
    """
    twin = {"tenant": model.tenant, "name": model.name, "sha256": model.sha256}
    try:
        with transaction.atomic():
            model.save(force_insert=True)
    except IntegrityError:
        known = DetectorModel.objects.select_for_update().get(**twin)
        if known.state == DRAFT:
            return _tested_again(known, model, actor)
        # A row of an earlier release lacks what came later; read and written again it has all fields.
        spec = ModelSpec.from_dict(known.spec).to_dict()
        if any(spec[name] != model.spec[name] for name in said):
            raise Conflict(
                f"{model.name} is installed with other settings. Give this one another name.",
                code="name_taken",
                model=str(known.id),
            ) from None
        if known.state != model.state == DetectorModel.State.ACTIVE:
            known.proof = model.proof
            known.save(update_fields=["proof"])
            _set_state(known, DetectorModel.State.ACTIVE, actor)
        return known
    if actor:
        facts = {"name": model.name, "sha256": model.sha256, "is_shared": model.tenant is None}
        record(actor, "model.installed", f"model:{model.id}", **facts)
    log.info("model.installed", model=str(model.id), name=model.name, sha256=model.sha256)
    return model


@transaction.atomic
def change_model(
    actor: Actor, model: DetectorModel, *, name: str | None = None, state: str | None = None
) -> DetectorModel:
    """Rename a model, or archive or activate it. Jobs that run with it end as they began.

    Raises Conflict where a draft is to be activated that has not seen anything yet.
    """
    model = _locked(model)
    if name is not None and model_name(name) != model.name:
        _rename(actor, model, model_name(name))
    if state is not None and state != model.state:
        _check_tested(model, state)
        _set_state(model, state, actor)
    return model


@transaction.atomic
def note_trial(actor: Actor, model: DetectorModel, found: int) -> DetectorModel:
    """Remember that a draft saw something in a photo, which lets it be activated."""
    model = _locked(model)
    if model.state == DRAFT and 0 < found <= MOST_BOXES:
        model.proof = {**model.proof, "verdict": PLAUSIBLE, "picture": "photo", "found": found}
        model.save(update_fields=["proof"])
        record(actor, "model.tested", f"model:{model.id}", name=model.name, found=found)
    return model


def _check_tested(model: DetectorModel, state: str) -> None:
    states = DetectorModel.State
    if state == states.DRAFT:
        raise BadRequest("A model can't be made a draft. Archive it.", field="state")
    is_untested = model.task == DetectorModel.Task.DETECT and model.proof.get("verdict") in DOUBTS
    if state == states.ACTIVE and is_untested:
        raise Conflict(
            f"{model.name} has not seen anything yet. Try it on a photo that shows what it finds, then activate it.",
            code="untested",
        )


@transaction.atomic
def delete_model(actor: Actor, model: DetectorModel) -> None:
    """Delete a model; boxes that it made keep its name. The bytes go with the last model that has them."""
    model = _locked(model)
    record(actor, "model.deleted", f"model:{model.id}", name=model.name, sha256=model.sha256)
    sha256 = model.sha256
    model.delete()
    transaction.on_commit(lambda: drop_unused(sha256))


def drop_unused(sha256: str) -> None:
    """Delete the bytes unless a model has them."""
    if not DetectorModel.objects.filter(sha256=sha256).exists():
        drop_model(sha256)


def _tested_again(draft: DetectorModel, again: DetectorModel, actor: Actor | None) -> DetectorModel:
    """A draft has labelled nothing: it takes over what the new test of its file gave.

    What it has seen in an earlier photo stays, unless it is fed in another way now.
    """
    if again.state == DRAFT and draft.proof.get("verdict") == PLAUSIBLE and draft.spec == again.spec:
        return draft
    for name in TAKEN_OVER:
        setattr(draft, name, getattr(again, name))
    draft.save(update_fields=TAKEN_OVER)
    if again.state == DetectorModel.State.ACTIVE:
        _set_state(draft, DetectorModel.State.ACTIVE, actor)
    return draft


def _locked(model: DetectorModel) -> DetectorModel:
    found = DetectorModel.objects.select_for_update().filter(pk=model.pk).first()
    if found is None:
        raise NotFound()
    return found


def _rename(actor: Actor, model: DetectorModel, name: str) -> None:
    before, model.name = model.name, name
    try:
        with transaction.atomic():
            model.save(update_fields=["name"])
    except IntegrityError:
        raise Conflict(
            "The same file is installed under this name already. Choose another name.", code="name_taken"
        ) from None
    record(actor, "model.renamed", f"model:{model.id}", before=before, name=name)


def _set_state(model: DetectorModel, state: str, actor: Actor | None) -> None:
    model.state = state
    model.save(update_fields=["state"])
    if actor:
        verb = "model.activated" if state == DetectorModel.State.ACTIVE else "model.archived"
        record(actor, verb, f"model:{model.id}", name=model.name)


def model_name(value: Any) -> str:
    """The name in NFC; raises BadRequest for an empty, long or unprintable one."""
    name = unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise BadRequest(f"Give the model a name of 1 to {MAX_NAME} printable characters.", field="name")
    return name
