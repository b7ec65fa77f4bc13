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
            name='Cursor',
            fields=[
                ('line', models.BigIntegerField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Broadcast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '待试算'), ('previewed', '已试算'), ('confirmed', '已确认发送'), ('running', '发送中'), ('paused', '已暂停'), ('done', '已发完'), ('cancelled', '已取消')], default='draft', max_length=10)),
                ('provider', models.CharField(choices=[('export', '导出名单，由其他部门代发'), ('aliyun', '阿里云短信'), ('tencent', '腾讯云短信'), ('http', '通用短信网关'), ('console', '控制台（演示，不会真的发出）')], max_length=8)),
                ('text', models.CharField(max_length=500)),
                ('to_subscribers', models.BooleanField(default=True)),
                ('not_before', models.DateTimeField(null=True)),
                ('rate', models.PositiveIntegerField(default=100)),
                ('previewed_at', models.DateTimeField(null=True)),
                ('preview', models.JSONField(default=dict)),
                ('drafted_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('paced_until', models.DateTimeField(null=True)),
                ('receipts_checked_at', models.DateTimeField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='broadcasts', to='hours.officehour')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'previewed', 'confirmed', 'running', 'paused', 'done', 'cancelled'])), name='outreach_known_broadcast_state'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'previewed', 'cancelled']), ('confirmed_by__isnull', False), _connector='OR'), name='outreach_a_person_confirms')],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=8)),
                ('size', models.PositiveIntegerField()),
                ('handed_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('broadcast', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='outreach.broadcast')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('answered_at', None)), fields=['id'], name='outreach_batch_open')],
            },
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('export', '导出名单，由其他部门代发'), ('aliyun', '阿里云短信'), ('tencent', '腾讯云短信'), ('http', '通用短信网关'), ('console', '控制台（演示，不会真的发出）')], max_length=8)),
                ('purpose', models.CharField(choices=[('signature', '短信签名'), ('code', '验证码模板'), ('broadcast', '群发模板'), ('reminder', '订阅提醒模板'), ('invitation', '网民代表邀请模板'), ('backlog', '会后办理告知模板'), ('extended', '延期告知模板'), ('answered', '答复后评价模板'), ('closed', '承诺办结后评价模板'), ('put_off', '承诺延期告知模板'), ('ended', '承诺终止办理告知模板'), ('follow', '订阅消息模板')], max_length=10)),
                ('text', models.CharField(max_length=500)),
                ('code', models.CharField(blank=True, max_length=80)),
                ('filed_on', models.DateField(null=True)),
                ('approved_on', models.DateField(null=True)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['provider', 'purpose'],
                'constraints': [models.UniqueConstraint(fields=('provider', 'purpose'), name='outreach_filed_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('sms', '短信'), ('mail', '邮件'), ('wecom', '企业微信机器人'), ('dingtalk', '钉钉机器人'), ('webhook', '网络回调'), ('inbox', '站内消息')], default='sms', max_length=8)),
                ('recipient_sealed', models.TextField(blank=True)),
                ('recipient_index', models.CharField(blank=True, max_length=64)),
                ('personal', models.BooleanField(default=False)),
                ('template', models.CharField(max_length=48)),
                ('parameters_sealed', models.TextField(blank=True)),
                ('idempotency_key', models.CharField(max_length=64, unique=True)),
                ('state', models.CharField(choices=[('queued', '待发送'), ('sent', '已发送'), ('accepted', '通道已接收'), ('delivered', '已送达'), ('failed', '发送失败'), ('unknown', '结果不明')], default='queued', max_length=10)),
                ('provider', models.CharField(blank=True, max_length=8)),
                ('provider_id', models.CharField(blank=True, max_length=80)),
                ('error', models.CharField(blank=True, max_length=80)),
                ('receipt_code', models.CharField(blank=True, max_length=40)),
                ('receipt_at', models.DateTimeField(null=True)),
                ('queued_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='outreach_messages', to=settings.AUTH_USER_MODEL)),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='outreach.batch')),
                ('broadcast', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='outreach.broadcast')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['broadcast', 'state', 'id'], name='outreach_message_turn'), models.Index(fields=['recipient_index', 'provider'], name='outreach_message_to'), models.Index(fields=['channel', 'queued_at', 'state'], name='outreach_message_counted'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='outreach_message_theirs'), models.Index(condition=models.Q(('broadcast', None), ('state', 'queued')), fields=['id'], name='outreach_message_single'), models.Index(condition=models.Q(('account__isnull', False)), fields=['account', 'id'], name='outreach_message_of_staff'), models.Index(condition=models.Q(('channel', 'inbox'), ('read_at', None)), fields=['account'], name='outreach_message_unread')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sent', 'accepted', 'delivered', 'failed', 'unknown'])), name='outreach_known_message_state'), models.UniqueConstraint(condition=models.Q(('broadcast__isnull', False)), fields=('broadcast', 'channel', 'recipient_index'), name='outreach_once_in_a_broadcast')],
            },
        ),
        migrations.CreateModel(
            name='RecipientList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('rows', models.PositiveIntegerField()),
                ('accepted', models.PositiveIntegerField()),
                ('duplicates', models.PositiveIntegerField()),
                ('wrong', models.PositiveIntegerField()),
                ('wrong_sealed', models.TextField(blank=True)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('broadcast', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lists', to='outreach.broadcast')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('sms', '短信'), ('mail', '邮件'), ('wecom', '企业微信机器人'), ('dingtalk', '钉钉机器人'), ('webhook', '网络回调'), ('inbox', '站内消息')], max_length=8)),
                ('address_sealed', models.TextField()),
                ('address_index', models.CharField(max_length=64)),
                ('lang', models.CharField(default='zh', max_length=2)),
                ('stop_sealed', models.TextField()),
                ('stop_index', models.CharField(max_length=64, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('consented_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='hours.officehour')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hour', 'channel', 'address_index'), name='outreach_subscribed_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['sms', 'mail'])), name='outreach_subscribed_by_sms_or_mail')],
            },
        ),
    ]
