from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0014_uploads_in_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='savedview',
            name='place',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
