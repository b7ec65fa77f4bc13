import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('history', '0001_initial'),
        ('hours', '0001_initial'),
        ('people', '__first__'),
        ('questions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='HourTally',
            fields=[
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='tally', serialize=False, to='hours.officehour')),
                ('seq', models.BigIntegerField()),
                ('counted_at', models.DateTimeField()),
                ('data', models.JSONField()),
                ('brief', models.JSONField(default=dict)),
                ('unit_briefs', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='PastTally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hours', models.JSONField(default=dict)),
                ('data', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Synonyms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.JSONField(default=list)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0)),
                ('unit', models.CharField(blank=True, db_index=True, max_length=120)),
                ('area', models.CharField(blank=True, db_index=True, max_length=320)),
                ('words', models.TextField()),
                ('past', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed', to='history.pastquestion')),
                ('question', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed', to='questions.question')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('past__isnull', True), ('question__isnull', False)), models.Q(('past__isnull', False), ('question__isnull', True)), _connector='OR'), name='insight_document_of_one')],
            },
        ),
    ]
