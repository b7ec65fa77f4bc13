import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='HolidaySchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('source', models.CharField(max_length=120)),
                ('announced_on', models.DateField()),
                ('entered_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-year', '-revision'],
                'constraints': [models.UniqueConstraint(fields=('year', 'revision'), name='hours_schedule_revision_once')],
            },
        ),
        migrations.CreateModel(
            name='HolidayDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('kind', models.CharField(choices=[('holiday', '放假'), ('makeup', '调休上班')], max_length=8)),
                ('name', models.CharField(blank=True, max_length=40)),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='hours.holidayschedule')),
            ],
            options={
                'ordering': ['date'],
                'constraints': [models.UniqueConstraint(fields=('schedule', 'date'), name='hours_day_once_in_schedule'), models.CheckConstraint(condition=models.Q(('kind__in', ['holiday', 'makeup'])), name='hours_known_day_kind')],
            },
        ),
        migrations.CreateModel(
            name='OfficeHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('issue_no', models.PositiveIntegerField(null=True, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('topic', models.CharField(blank=True, max_length=120)),
                ('topic_en', models.CharField(blank=True, max_length=200)),
                ('introduction', models.TextField(blank=True)),
                ('introduction_en', models.TextField(blank=True)),
                ('opening_words', models.TextField(blank=True)),
                ('opening_words_en', models.TextField(blank=True)),
                ('closing_words', models.TextField(blank=True)),
                ('closing_words_en', models.TextField(blank=True)),
                ('stage', models.CharField(choices=[('planned', '筹备中'), ('announced', '预提问进行中'), ('preparing', '预提问已截止'), ('live', '正在进行'), ('wrapping', '会后办理'), ('archived', '已归档'), ('cancelled', '已取消')], default='planned', max_length=12)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('proposed_on', models.DateField(null=True)),
                ('date_reason', models.CharField(blank=True, max_length=200)),
                ('date_provisional', models.BooleanField(default=False)),
                ('asking_paused', models.BooleanField(default=False)),
                ('signing_held', models.BooleanField(default=False)),
                ('identity', models.CharField(choices=[('open', '无需验证手机'), ('verified', '须验证手机')], default='verified', max_length=10)),
                ('publish_at', models.CharField(choices=[('acceptance', '受理即公开'), ('answer', '答复时公开')], default='acceptance', max_length=10)),
                ('allow_private', models.BooleanField(default=False)),
                ('rehearsal', models.BooleanField(default=False)),
                ('secret', models.CharField(blank=True, max_length=40)),
                ('last_number', models.PositiveIntegerField(default=0)),
                ('opened_at', models.DateTimeField(null=True)),
                ('wrapped_at', models.DateTimeField(null=True)),
                ('archived_at', models.DateTimeField(null=True)),
                ('signer_on_duty', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signing_hours', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-starts_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('stage__in', ['planned', 'announced', 'preparing', 'live', 'wrapping', 'archived', 'cancelled'])), name='hours_known_stage'), models.CheckConstraint(condition=models.Q(('rehearsal', True), ('issue_no__isnull', False), _connector='OR'), name='hours_always_numbered'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='hours_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='hours.officehour')),
                ('secrecy_reviewer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'name'), name='hours_group_name_once')],
            },
        ),
        migrations.CreateModel(
            name='GroupUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='hours.group')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.unit')),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('group', 'unit'), name='hours_unit_once_in_group')],
            },
        ),
        migrations.AddField(
            model_name='group',
            name='units',
            field=models.ManyToManyField(related_name='groups', through='hours.GroupUnit', to='people.unit'),
        ),
        migrations.CreateModel(
            name='Material',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('summary', models.TextField(blank=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='materials', to='hours.officehour')),
            ],
            options={
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Leader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('office', models.CharField(max_length=60)),
                ('office_en', models.CharField(blank=True, max_length=120)),
                ('remit', models.CharField(blank=True, max_length=200)),
                ('remit_en', models.CharField(blank=True, max_length=300)),
                ('photo', models.CharField(blank=True, max_length=200)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leaders', to='hours.officehour')),
            ],
            options={
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='HourNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=20)),
                ('reason_code', models.CharField(blank=True, choices=[('backlog', '提问较多，正在集中审核'), ('technical', '技术检修'), ('power', '供电或网络中断'), ('venue', '会场临时情况'), ('urgent_duty', '区领导处理突发事件'), ('mourning', '国家哀悼活动'), ('other', '其他')], max_length=16)),
                ('minutes', models.PositiveSmallIntegerField(null=True)),
                ('starts_at', models.DateTimeField(null=True)),
                ('person', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField()),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='hours.officehour')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('month', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('proposed', '待确认'), ('confirmed', '已确认'), ('moved', '已改期'), ('cancelled', '已取消')], default='proposed', max_length=10)),
                ('proposed_on', models.DateField(help_text="the rule's date when it was last looked at")),
                ('provisional', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='proposal', to='hours.officehour')),
            ],
            options={
                'ordering': ['year', 'month'],
                'constraints': [models.UniqueConstraint(fields=('year', 'month'), name='hours_proposal_once'), models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'confirmed', 'moved', 'cancelled'])), name='hours_known_proposal_state'), models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'confirmed']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='hours_departure_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('moderator', '主持人'), ('group', '业务小组'), ('lead', '组长'), ('mayor', '区长'), ('deputy', '副区长'), ('authorised', '授权签发人'), ('assistant', '区长联络员'), ('coordinator', '区府办'), ('inspector', '督查室'), ('clerk', '代为登记'), ('editor', '网站编辑'), ('technician', '技术保障'), ('logistics', '会务后勤')], max_length=12)),
                ('active', models.BooleanField(default=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='hours.group')),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='hours.officehour')),
                ('stands_in_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'account', 'role', 'group'), name='hours_seat_once'), models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', False), ('role__in', ['group', 'lead'])), models.Q(models.Q(('role__in', ['group', 'lead']), _negated=True), ('group__isnull', True)), _connector='OR'), name='hours_group_seats_have_a_group')],
            },
        ),
        migrations.CreateModel(
            name='SeriesRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('months', models.JSONField(default=list)),
                ('pick', models.CharField(max_length=16)),
                ('weekday', models.PositiveSmallIntegerField(default=0)),
                ('nth', models.PositiveSmallIntegerField(default=1)),
                ('starts', models.TimeField()),
                ('minutes', models.PositiveSmallIntegerField(default=60)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
    ]
