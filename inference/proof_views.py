"""The self-test of a model in words, for its page."""

from typing import Any

from inference.engine.proof import FEED, NOTHING, TOO_MANY
from inference.models import DetectorModel

IMAGENET = [0.485, 0.456, 0.406]
SHOWN = {"reference": "the reference picture", "photo": "the photo that was given"}


def proof_of(model: DetectorModel) -> dict[str, Any]:
    """`words` is empty for a model that has had no self-test with pictures."""
    proof = model.proof
    if "picture" not in proof:
        return {"words": ""}
    attempts = [_attempt(attempt, model.spec) for attempt in proof.get("attempts", [])]
    return {
        "words": _words(proof, attempts),
        "attempts": attempts,
        "counts": f"Right, of {proof['things']}" if proof.get("things") else "Kept",
    }


def _words(proof: dict[str, Any], attempts: list[dict[str, Any]]) -> str:
    place = SHOWN[proof["picture"]]
    if proof["verdict"] == NOTHING:
        return f"It found nothing in {place}."
    if proof["verdict"] == TOO_MANY:
        return f"It found more in {place} than a picture can show. Its settings may be wrong."
    used = next((attempt for attempt in attempts if attempt["is_used"]), None)
    if "found" in proof or used is None:
        return f"It found something in {place}."
    if proof["things"]:
        return f"It found {used['right']} of the {proof['things']} things in {place} that it may know."
    return f"It found {used['found']} box{'es' * (used['found'] != 1)} in {place}."


def _attempt(attempt: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "words": feed_words(attempt),
        "found": attempt["found"],
        "right": attempt["right"],
        "score": f"{attempt['score']:.2f}",
        "is_used": all(attempt[field] == spec.get(field) for field in FEED),
    }


def feed_words(feed: dict[str, Any]) -> str:
    """BGR, 0 to 255; RGB, 0 to 1, ImageNet mean and deviation."""
    parts = [feed["channel_order"], f"0 to {255 * feed['scale']:g}"]
    if any(feed["mean"]):
        known = "ImageNet mean and deviation"
        parts.append(known if feed["mean"] == IMAGENET else "mean and deviation of its own")
    return ", ".join(parts)
