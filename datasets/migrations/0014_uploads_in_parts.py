from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_keymap'),
        ('datasets', '0013_more_list_indexes'),
        ('jobs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='uploadsession',
            name='fingerprint',
            field=models.CharField(blank=True, default='', max_length=100),
        ),
        migrations.AddField(
            model_name='uploadsession',
            name='holds_room',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='uploadsession',
            name='part_size',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='uploadsession',
            name='store_upload',
            field=models.CharField(blank=True, default='', max_length=1024),
        ),
        migrations.AddIndex(
            model_name='uploadsession',
            index=models.Index(fields=['dataset', '-created_at', '-id'], name='upload_of_dataset'),
        ),
        migrations.AddIndex(
            model_name='uploadsession',
            index=models.Index(fields=['created_by', '-created_at', '-id'], name='upload_of_person'),
        ),
    ]
