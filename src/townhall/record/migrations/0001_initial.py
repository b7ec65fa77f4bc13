import django.db.models.deletion
from django.db import migrations, models

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Key',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vkey', models.CharField(max_length=400, unique=True)),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('index', models.BigIntegerField(primary_key=True, serialize=False)),
                ('line', models.BigIntegerField(null=True)),
                ('seq', models.BigIntegerField(null=True)),
                ('kind', models.CharField(max_length=48)),
                ('subject', models.CharField(blank=True, max_length=24)),
                ('subject_id', models.BigIntegerField(null=True)),
                ('question', models.BigIntegerField(null=True)),
                ('data', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['question', 'index'], name='record_of_question'), models.Index(fields=['subject', 'subject_id', 'index'], name='record_of_subject')],
                'constraints': [models.UniqueConstraint(fields=('line', 'seq'), name='record_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('line', models.BigIntegerField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Sealed',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('leaf', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='opening', serialize=False, to='record.leaf')),
                ('question', models.BigIntegerField(db_index=True, null=True)),
                ('words', models.JSONField()),
            ],
        ),
        # After the tables are altered for the last time: SQLite drops the triggers of a table that it remakes.
        FixedRows("record_leaf", "1 = 1", "a leaf of the record never changes"),
        FixedRows("record_sealed", "1 = 1", "what was signed is never signed differently"),
    ]
