from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0010_language_pace")]

    operations = [
        migrations.AddIndex(
            model_name="languageanswer",
            index=models.Index(fields=["endpoint", "created_at"], name="language_answer_age"),
        ),
    ]
