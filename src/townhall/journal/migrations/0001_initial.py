from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('last_seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('seq', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(max_length=48)),
                ('actor', models.BigIntegerField(null=True)),
                ('subject', models.CharField(blank=True, max_length=24)),
                ('subject_id', models.BigIntegerField(null=True)),
                ('public', models.BooleanField(default=False)),
                ('facts', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('public', True)), fields=['line', 'seq'], name='journal_entry_public'), models.Index(fields=['subject', 'subject_id', 'seq'], name='journal_entry_subject')],
                'constraints': [models.UniqueConstraint(fields=('line', 'seq'), name='journal_entry_order')],
            },
        ),
    ]
