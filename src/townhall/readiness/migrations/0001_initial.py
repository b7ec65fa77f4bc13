import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hours', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='DryRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('red', models.PositiveSmallIntegerField()),
                ('yellow', models.PositiveSmallIntegerField()),
                ('lines', models.JSONField(help_text='level, area, finding, remedy of each line, in the words it was read in')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dry_runs', to='hours.officehour')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Practice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('citizens', models.PositiveSmallIntegerField(help_text='questions that the server asks by itself; 0 for people only')),
                ('minutes', models.PositiveSmallIntegerField(help_text='over how many minutes it asks them')),
                ('asked', models.PositiveSmallIntegerField(default=0, help_text='how many of them it has asked')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='practice', to='hours.officehour')),
                ('rehearsal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='practises_for', to='hours.officehour')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('asked__lte', models.F('citizens'))), name='readiness_not_more_than_wanted'), models.CheckConstraint(condition=models.Q(('hour', models.F('rehearsal')), _negated=True), name='readiness_rehearsal_is_another_hour')],
            },
        ),
    ]
