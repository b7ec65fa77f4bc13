import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.CreateModel(
            name='KeyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('rotate', '启用新的签名密钥'), ('retire', '停用旧的签名密钥')], max_length=8)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('is_done', models.BooleanField(default=False)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='record_key_second_person'), models.CheckConstraint(condition=models.Q(('is_done', False), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('ended_at__isnull', False)), _connector='OR'), name='record_key_done_by_two')],
            },
        ),
        # After the tables are altered for the last time: SQLite drops the triggers of a table that it remakes.
        FixedRows("record_leaf", "1 = 1", "a leaf of the record never changes"),
        FixedRows("record_sealed", "1 = 1", "what was signed is never signed differently"),
    ]
