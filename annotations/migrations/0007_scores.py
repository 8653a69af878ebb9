from django.db import migrations, models
from django.db.models import OuterRef, Subquery

BATCH = 5_000


def take_scores(apps, schema_editor):
    """The lowest and the highest score of each picture that has proposals."""
    Image, Box = apps.get_model("datasets", "Image"), apps.get_model("annotations", "Box")
    proposals = Box.objects.filter(canvas=OuterRef("pk"), state="proposed", deleted=False)
    scores = proposals.filter(score__isnull=False).values("score")
    lowest, highest = (Subquery(scores.order_by(order)[:1]) for order in ("score", "-score"))
    ids = Image.objects.filter(proposed_count__gt=0).order_by("pk").values_list("pk", flat=True)
    rest = ids
    while part := list(rest[:BATCH]):
        rows = Image.objects.filter(pk__gte=part[0], pk__lte=part[-1], proposed_count__gt=0)
        rows.update(lowest_score=lowest, highest_score=highest)
        rest = ids.filter(pk__gt=part[-1])


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0006_rollbacks"),
        ("datasets", "0012_size_and_scores"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="box",
            index=models.Index(
                condition=models.Q(("deleted", False), ("score__isnull", False)),
                fields=["canvas", "state", "score"],
                name="box_scored",
            ),
        ),
        migrations.RunPython(take_scores, migrations.RunPython.noop),
    ]
