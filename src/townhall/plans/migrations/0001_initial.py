import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_initial'),
        ('hours', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '拟定中'), ('submitted', '呈批中'), ('returned', '已退回修改'), ('approved', '已批准')], default='draft', max_length=10)),
                ('version', models.PositiveIntegerField(default=0)),
                ('round', models.PositiveIntegerField(default=0)),
                ('approved_version', models.PositiveIntegerField(null=True)),
                ('approved_at', models.DateTimeField(null=True)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='plan', to='hours.officehour')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'submitted', 'returned', 'approved'])), name='plans_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), ('approved_version__isnull', False), _connector='OR'), name='plans_approved_names_its_version')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveIntegerField()),
                ('order', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('verdict', models.CharField(choices=[('approved', '批准'), ('returned', '退回修改')], max_length=10)),
                ('remark', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('paper_leader', models.CharField(blank=True, max_length=40)),
                ('paper_date', models.DateField(null=True)),
                ('approver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paper_scan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.upload')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='plans.plan')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'round', 'order'), name='plans_one_decision_a_step'), models.CheckConstraint(condition=models.Q(models.Q(('entered_by', None), ('paper_date', None), ('paper_leader', ''), ('paper_scan', None)), models.Q(models.Q(('paper_leader', ''), _negated=True), ('entered_by__isnull', False), ('paper_date__isnull', False), ('paper_scan__isnull', False)), _connector='OR'), name='plans_paper_is_whole')],
            },
        ),
        migrations.CreateModel(
            name='Approver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approvers', to='plans.plan')),
            ],
            options={
                'ordering': ['order'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'order'), name='plans_one_approver_a_place'), models.UniqueConstraint(fields=('plan', 'account'), name='plans_approver_once')],
            },
        ),
        migrations.CreateModel(
            name='PlanVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('time', models.CharField(blank=True, max_length=200)),
                ('place', models.CharField(blank=True, max_length=300)),
                ('topic', models.CharField(blank=True, max_length=200)),
                ('content', models.TextField(blank=True)),
                ('attendees', models.TextField(blank=True)),
                ('requirements', models.TextField(blank=True)),
                ('groups', models.JSONField(default=list)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='plans.plan')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'number'), name='plans_version_once')],
            },
        ),
    ]
