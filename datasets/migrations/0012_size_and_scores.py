from django.db import migrations, models
from django.db.models import OuterRef, Subquery

import datasets.models.images

BATCH = 5_000


def take_sizes(apps, schema_editor):
    """The size of each picture is that of its blob."""
    Image, Blob = apps.get_model("datasets", "Image"), apps.get_model("datasets", "Blob")
    size = Subquery(Blob.objects.filter(pk=OuterRef("blob")).values("size"))
    ids = Image.objects.order_by("pk").values_list("pk", flat=True)
    rest = ids
    while part := list(rest[:BATCH]):
        Image.objects.filter(pk__gte=part[0], pk__lte=part[-1]).update(size=size)
        rest = ids.filter(pk__gt=part[-1])


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0011_saved_views"),
    ]

    operations = [
        migrations.AddField(
            model_name="image",
            name="lowest_score",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="image",
            name="highest_score",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="image",
            name="size",
            field=datasets.models.images.SizeField(default=0, editable=False, verbose_name="bytes"),
            preserve_default=False,
        ),
        migrations.RunPython(take_sizes, migrations.RunPython.noop),
    ]
