from django.db import migrations, models

KEPT = models.Q(("archived_at__isnull", True))
COUNTED = (
    *("state", "split", "width", "height", "pixels", "size", "sharpness", "brightness"),
    *("box_count", "proposed_count", "lowest_score", "highest_score", "id"),
)
MEASURES = {
    "created_at": "newest",
    "pixels": "pixels",
    "sharpness": "sharpness",
    "brightness": "brightness",
    "size": "size",
    "box_count": "boxes",
    "lowest_score": "lowest",
    "highest_score": "highest",
}


def again(column: str, name: str, *, besides: tuple[str, ...] = ()) -> list:
    """The index of a column once more, with state, split and what is named beside it."""
    condition = models.Q(("archived_at__isnull", True), (f"{column}__isnull", False)) if "score" in column else KEPT
    index = models.Index(
        fields=["dataset", column, "id"],
        include=("state", "split", *besides),
        condition=condition,
        name=f"image_kept_{name}",
    )
    return [migrations.RemoveIndex("image", f"image_kept_{name}"), migrations.AddIndex("image", index)]


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0015_places_of_views"),
    ]

    operations = [
        migrations.RemoveIndex("image", "image_kept"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=KEPT,
                fields=["dataset", "ordinal", "created_at"],
                include=COUNTED,
                name="image_kept",
            ),
        ),
        *(operation for column, name in MEASURES.items() for operation in again(column, name)),
        *again("phash", "phash", besides=("ordinal",)),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=KEPT,
                fields=["dataset", "state", "box_count", "id"],
                name="image_kept_state_boxes",
            ),
        ),
    ]
