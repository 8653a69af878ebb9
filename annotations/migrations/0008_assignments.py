import django.db.models.deletion
import modelship.lib.clock
import modelship.lib.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_keymap'),
        ('annotations', '0007_scores'),
        ('datasets', '0011_saved_views'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=modelship.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('label', 'Label'), ('review', 'Review')], max_length=10)),
                ('due_on', models.DateField(null=True)),
                ('created_at', models.DateTimeField(default=modelship.lib.clock.now, editable=False)),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('image', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='datasets.image')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.tenant')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-created_at', 'id'], name='assignment_list'), models.Index(fields=['user', '-created_at', 'id'], include=('image', 'purpose'), name='assignment_by_person')],
                'constraints': [models.UniqueConstraint(fields=('image', 'user', 'purpose'), name='assignment_once')],
            },
        ),
    ]
