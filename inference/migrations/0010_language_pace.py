from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0009_automation")]

    operations = [
        migrations.AddField(
            model_name="languageendpoint",
            name="turns_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="languageendpoint",
            name="rests_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
