import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_initial'),
        ('people', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Number',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=24, unique=True)),
                ('value', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question_id', models.BigIntegerField()),
                ('hour_id', models.BigIntegerField(db_index=True)),
                ('version', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('subject', models.CharField(blank=True, max_length=16)),
                ('area', models.CharField(blank=True, max_length=320)),
                ('joint', models.BooleanField(default=False)),
                ('handling', models.CharField(blank=True, choices=[('site_visit', '实地查看'), ('home_visit', '上门走访'), ('meeting', '专题办公会'), ('works', '工程整改'), ('enforcement', '执法检查'), ('payment', '资金发放'), ('rule_change', '出台或修订政策'), ('explain', '政策解释')], max_length=12)),
                ('due', models.DateField()),
                ('first_due', models.DateField()),
                ('prescribed', models.DateField(null=True)),
                ('state', models.CharField(choices=[('open', '办理中'), ('reported', '待核查'), ('verified', '已核查'), ('closed', '已办结'), ('ended', '已终止办理'), ('replaced', '已更正')], default='open', max_length=12)),
                ('words_stand', models.BooleanField(default=True)),
                ('made_at', models.DateTimeField()),
                ('replaced_at', models.DateTimeField(null=True)),
                ('first_action_at', models.DateTimeField(null=True)),
                ('quiet_since', models.DateTimeField()),
                ('extensions', models.PositiveSmallIntegerField(default=0)),
                ('reworks', models.PositiveSmallIntegerField(default=0)),
                ('disputes', models.PositiveSmallIntegerField(default=0)),
                ('chases', models.PositiveSmallIntegerField(default=0)),
                ('level', models.PositiveSmallIntegerField(choices=[(0, '承办单位'), (1, '单位负责人'), (2, '副区长'), (3, '区长')], default=0)),
                ('chased_on', models.DateField(null=True)),
                ('reported_at', models.DateTimeField(null=True)),
                ('reported_on', models.DateField(null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('ended_as', models.CharField(blank=True, max_length=8)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_reason', models.CharField(blank=True, choices=[('fallen_away', '事由已经消失'), ('not_feasible', '客观上不能实现')], max_length=16)),
                ('assisting', models.ManyToManyField(related_name='assisted_commitments', to='people.unit')),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaced_by', to='commitments.commitment')),
                ('reported_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='people.unit')),
                ('verified_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['due', 'id'],
                'indexes': [models.Index(fields=['state', 'due'], name='commitments_state_due'), models.Index(fields=['unit', 'state', 'due'], name='commitments_unit_state_due'), models.Index(fields=['state', 'quiet_since'], name='commitments_state_quiet'), models.Index(fields=['due', 'id'], name='commitments_by_day'), models.Index(fields=['closed_at'], name='commitments_closed_at'), models.Index(fields=['question_id', 'state', 'hour_id'], name='commitments_by_question'), models.Index(fields=['made_at'], name='commitments_made_at'), models.Index(fields=['subject', 'state', 'hour_id'], name='commitments_about'), models.Index(fields=['subject', 'due', 'id'], name='commitments_about_by_day'), models.Index(fields=['area', 'state', 'hour_id'], name='commitments_in_area'), models.Index(fields=['area', 'due', 'id'], name='commitments_in_area_by_day'), models.Index(fields=['state', 'due', 'reported_on', 'hour_id'], name='commitments_counted')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'reported', 'verified', 'closed', 'ended', 'replaced'])), name='commitments_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('due', models.F('first_due')), ('extensions', 0)), models.Q(('due__gt', models.F('first_due')), ('extensions__gt', 0)), _connector='OR'), name='commitments_due_moves_by_extension_only'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['reported', 'verified', 'closed']), _negated=True), models.Q(('reported_at__isnull', False), ('reported_by__isnull', False), ('reported_on__isnull', False)), _connector='OR'), name='commitments_reported_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['verified', 'closed']), _negated=True), models.Q(('verified_at__isnull', False), ('verified_by__isnull', False)), _connector='OR'), name='commitments_closed_only_verified'), models.CheckConstraint(condition=models.Q(('verified_by__isnull', True), ('reported_by__isnull', True), models.Q(('verified_by', models.F('reported_by')), _negated=True), _connector='OR'), name='commitments_reporter_is_not_verifier'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at__isnull', True), ('closed_by__isnull', True)), _connector='OR'), name='commitments_closed_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('ended_as', 'mayor'), ('ended_at__isnull', False), ('ended_by__isnull', False), ('state', 'ended'), ('end_reason__in', ['fallen_away', 'not_feasible'])), models.Q(models.Q(('state', 'ended'), _negated=True), ('end_reason', ''), ('ended_as', ''), ('ended_at__isnull', True), ('ended_by__isnull', True)), _connector='OR'), name='commitments_ended_by_the_mayor_only')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('extension', '延期'), ('ending', '终止办理')], max_length=10)),
                ('state', models.CharField(choices=[('waiting', '待批'), ('approved', '已批准'), ('refused', '未批准'), ('withdrawn', '已撤回')], default='waiting', max_length=10)),
                ('reason_code', models.CharField(max_length=16)),
                ('words', models.TextField()),
                ('due_then', models.DateField()),
                ('new_due', models.DateField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('asked_on', models.DateField()),
                ('decided_as', models.CharField(blank=True, max_length=8)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('commitment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='commitments.commitment')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('commitment',), name='commitments_one_request_waits'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ending'), ('new_due__isnull', True), ('reason_code__in', ['fallen_away', 'not_feasible'])), models.Q(('asked_on__lte', models.F('due_then')), ('kind', 'extension'), ('new_due__gt', models.F('due_then')), ('new_due__isnull', False), ('reason_code__in', ['weather', 'procedure', 'third_party', 'season', 'scope'])), _connector='OR'), name='commitments_extension_asked_in_time'), models.CheckConstraint(condition=models.Q(models.Q(('decided_as', ''), ('decided_by__isnull', True), ('state__in', ['waiting', 'withdrawn'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['approved', 'refused']), ('decided_as__in', ['mayor', 'deputy'])), _connector='OR'), name='commitments_request_decided_by_a_leader'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='commitments_asker_is_not_decider')],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('on', models.DateField(null=True)),
                ('text', models.TextField(blank=True)),
                ('note', models.TextField(blank=True)),
                ('code', models.CharField(blank=True, max_length=16)),
                ('was', models.DateField(null=True)),
                ('due', models.DateField(null=True)),
                ('level', models.PositiveSmallIntegerField(choices=[(0, '承办单位'), (1, '单位负责人'), (2, '副区长'), (3, '区长')], null=True)),
                ('public', models.BooleanField(default=False)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('commitment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='commitments.commitment')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('picture', models.BooleanField(default=False)),
                ('caption', models.CharField(blank=True, max_length=240)),
                ('covered_at', models.DateTimeField(null=True)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.upload')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proofs', to='commitments.step')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
    ]
