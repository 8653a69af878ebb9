"""Reads of ghosts: what a model half believes about an image."""

from typing import Any

from datasets.models import Image
from inference.models import Ghosts
from inference.queries import class_key, known_classes


def ghosts_dict(image: Image) -> dict[str, Any]:
    """The ghosts of the model that looked at the image last, the surest first, in the project's classes.

    A ghost of a class that the project lacks is left out until it has the class: what nobody asked for
    makes no classes.
    """
    row = Ghosts.objects.filter(image=image).select_related("model").order_by("-seen_at").first()
    if row is None:
        return {"results": [], "model": None}
    classes = known_classes(image.dataset.project_id)
    shown = [(classes.get(class_key(name)), *rest) for name, *rest in row.rows]
    return {
        "results": [_wire(*ghost) for ghost in shown if ghost[0] is not None],
        "model": {"id": str(row.model_id), "name": row.model.name},
    }


def _wire(class_id: str, score: float, *rest: Any) -> dict[str, Any]:
    x, y, w, h, window = rest
    ghost = {"class_id": class_id, "score": score, "x": x, "y": y, "w": w, "h": h}
    return ghost | {"slice": window} if window else ghost
