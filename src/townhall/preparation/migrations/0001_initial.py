import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_initial'),
        ('hours', '0001_initial'),
        ('people', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('issuer', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='announcements', to='hours.officehour')),
            ],
            options={
                'ordering': ['version'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'version'), name='preparation_announcement_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Background',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('summary', models.CharField(blank=True, max_length=300)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backgrounds', to='hours.officehour')),
                ('upload', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.upload')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('url', ''), ('upload__isnull', True), _connector='OR'), name='preparation_a_file_or_a_link')],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('medium', models.CharField(choices=[('newspaper', '报纸'), ('television', '电视'), ('radio', '广播'), ('web', '其他网站'), ('other', '其他')], max_length=12)),
                ('outlet', models.CharField(max_length=80)),
                ('taken_by', models.CharField(max_length=60)),
                ('at', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('announcement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handovers', to='preparation.announcement')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('planned', '筹备中'), ('invited', '已邀请'), ('held', '已召开'), ('cancelled', '已取消')], default='planned', max_length=10)),
                ('place', models.CharField(max_length=120)),
                ('starts_at', models.DateTimeField()),
                ('agenda', models.TextField(blank=True)),
                ('invited_at', models.DateTimeField(null=True)),
                ('held_at', models.DateTimeField(null=True)),
                ('minutes_version', models.PositiveSmallIntegerField(default=0)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='prep_meeting', to='hours.officehour')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'invited', 'held', 'cancelled'])), name='preparation_known_meeting_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'held'), _negated=True), ('held_at__isnull', False), _connector='OR'), name='preparation_held_when')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wanted', models.CharField(choices=[('head', '单位负责人'), ('director', '办公室主任')], default='head', max_length=10)),
                ('reply', models.CharField(blank=True, choices=[('', '未回复'), ('yes', '参加'), ('substitute', '派人代会'), ('no', '请假')], default='', max_length=12)),
                ('reply_name', models.CharField(blank=True, max_length=60)),
                ('reply_note', models.CharField(blank=True, max_length=300)),
                ('replied_at', models.DateTimeField(null=True)),
                ('came', models.BooleanField(null=True)),
                ('came_name', models.CharField(blank=True, max_length=60)),
                ('replied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='preparation.meeting')),
            ],
            options={
                'ordering': ['unit_id'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'unit'), name='preparation_one_invitation_a_unit')],
            },
        ),
        migrations.CreateModel(
            name='Minutes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='minutes', to='preparation.meeting')),
            ],
            options={
                'ordering': ['version'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'version'), name='preparation_minutes_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '拟稿'), ('sent', '已印发'), ('withdrawn', '已撤销')], default='draft', max_length=10)),
                ('code', models.CharField(blank=True, max_length=20)),
                ('year', models.PositiveSmallIntegerField(null=True)),
                ('serial', models.PositiveIntegerField(null=True)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('sent_version', models.PositiveSmallIntegerField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unit_notices', to='hours.officehour')),
                ('sent_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'sent', 'withdrawn'])), name='preparation_known_notice_state'), models.UniqueConstraint(fields=('code', 'year', 'serial'), name='preparation_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('sent_version__isnull', True), ('state', 'draft')), models.Q(('sent_version__isnull', False), ('serial__isnull', False), ('state__in', ['sent', 'withdrawn']), ('year__isnull', False)), _connector='OR'), name='preparation_sent_is_numbered')],
            },
        ),
        migrations.CreateModel(
            name='NoticeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('layout', models.CharField(choices=[('document', '公文'), ('telegram', '明电')], default='document', max_length=10)),
                ('grade', models.CharField(blank=True, choices=[('', '无'), ('top', '特提'), ('high', '特急'), ('raised', '加急'), ('plain', '平急')], default='', max_length=8)),
                ('title', models.CharField(max_length=120)),
                ('text', models.TextField()),
                ('issuer', models.CharField(max_length=80)),
                ('approver', models.CharField(blank=True, max_length=40)),
                ('machine_number', models.CharField(blank=True, help_text='of the telegram: 机号', max_length=20)),
                ('copies', models.CharField(blank=True, help_text='who gets a copy: 抄送', max_length=300)),
                ('contact_name', models.CharField(blank=True, max_length=40)),
                ('contact_phone', models.CharField(blank=True, max_length=40)),
                ('due_at', models.DateTimeField()),
                ('unit_ids', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='preparation.notice')),
            ],
            options={
                'ordering': ['version'],
                'constraints': [models.UniqueConstraint(fields=('notice', 'version'), name='preparation_notice_version_once'), models.CheckConstraint(condition=models.Q(models.Q(('grade__in', ['', 'high', 'raised']), ('layout', 'document')), models.Q(('grade__in', ['top', 'high', 'raised', 'plain']), ('layout', 'telegram')), _connector='OR'), name='preparation_grade_of_layout')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.upload')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='preparation.noticeversion')),
            ],
            options={
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Publicity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asking_closes_at', models.DateTimeField(null=True)),
                ('closing_proposed_at', models.DateTimeField(null=True)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='publicity', to='hours.officehour')),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('sent_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('signed_at', models.DateTimeField(null=True)),
                ('signed_name', models.CharField(blank=True, max_length=40)),
                ('signed_how', models.CharField(blank=True, choices=[('system', '系统内签收'), ('paper', '纸质签收（补录）')], max_length=8)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='preparation.notice')),
                ('read_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
            ],
            options={
                'ordering': ['unit_id'],
                'constraints': [models.UniqueConstraint(fields=('notice', 'version', 'unit'), name='preparation_one_receipt_a_unit'), models.CheckConstraint(condition=models.Q(models.Q(('signed_at__isnull', True), ('signed_by__isnull', True), ('signed_name', '')), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), models.Q(('signed_name', ''), _negated=True)), _connector='OR'), name='preparation_signed_by_name')],
            },
        ),
        migrations.CreateModel(
            name='BackQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='preparation.receipt')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Approach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('system', '系统催办'), ('phone', '电话催办'), ('fax', '传真发送'), ('messenger', '专人送达')], max_length=10)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('whom', models.CharField(blank=True, max_length=80)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approaches', to='preparation.receipt')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('way', 'system')), fields=('receipt', 'day'), name='preparation_chased_once_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('by__isnull', True), ('way', 'system')), models.Q(('by__isnull', False), models.Q(('way', 'system'), _negated=True)), _connector='OR'), name='preparation_people_approach_by_name')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('open', '未完成'), ('done', '已完成'), ('dropped', '已取消')], default='open', max_length=8)),
                ('done_at', models.DateTimeField(null=True)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prep_tasks', to='hours.officehour')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'dropped'])), name='preparation_known_task_state'), models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('done_at__isnull', True)), _connector='OR'), name='preparation_done_when')],
            },
        ),
        migrations.CreateModel(
            name='TaskStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=12)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='preparation.task')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
    ]
