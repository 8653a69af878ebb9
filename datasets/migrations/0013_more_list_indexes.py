from django.db import migrations, models
from django.db.models.deletion import CASCADE


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0012_size_and_scores"),
    ]

    operations = [
        migrations.AlterField(
            model_name="image",
            name="dataset",
            field=models.ForeignKey(
                db_index=False, on_delete=CASCADE, related_name="images", to="datasets.dataset"
            ),
        ),
        migrations.AlterField(
            model_name="image",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=CASCADE, related_name="+", to="accounts.tenant"
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["dataset", "size", "id"],
                name="image_kept_size",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["dataset", "box_count", "id"],
                name="image_kept_boxes",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True), ("lowest_score__isnull", False)),
                fields=["dataset", "lowest_score", "id"],
                name="image_kept_lowest",
            ),
        ),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True), ("highest_score__isnull", False)),
                fields=["dataset", "highest_score", "id"],
                name="image_kept_highest",
            ),
        ),
        migrations.RemoveIndex(model_name="image", name="image_kept"),
        migrations.AddIndex(
            model_name="image",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)),
                fields=["dataset", "ordinal", "created_at"],
                include=(
                    "state",
                    "split",
                    "width",
                    "height",
                    "pixels",
                    "size",
                    "sharpness",
                    "brightness",
                    "box_count",
                    "proposed_count",
                    "lowest_score",
                    "highest_score",
                ),
                name="image_kept",
            ),
        ),
    ]
