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
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('none', '未开始'), ('open', '报名中'), ('closed', '报名已截止'), ('drawn', '名单已定'), ('inviting', '正在邀请'), ('skipped', '本期不邀请')], max_length=8)),
                ('quota', models.PositiveSmallIntegerField(default=12)),
                ('place', models.CharField(blank=True, max_length=960)),
                ('conditions', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('keep_days', models.PositiveSmallIntegerField(default=30)),
                ('source', models.CharField(blank=True, max_length=1600)),
                ('source_at', models.DateTimeField(null=True)),
                ('commitment', models.CharField(blank=True, max_length=64)),
                ('secret_sealed', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('listed', models.JSONField(default=list)),
                ('list_digest', models.CharField(blank=True, max_length=64)),
                ('by_lot', models.BooleanField(default=False)),
                ('secret', models.CharField(blank=True, max_length=64)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('seed', models.CharField(blank=True, max_length=64)),
                ('drawn_at', models.DateTimeField(null=True)),
                ('invited_at', models.DateTimeField(null=True)),
                ('confirm_by', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='observer_call', to='hours.officehour')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['none', 'open', 'closed', 'drawn', 'inviting', 'skipped'])), name='observers_known_call_state'), models.CheckConstraint(condition=models.Q(('state__in', ['none', 'skipped']), models.Q(('closes_at__isnull', False), ('source_at__gt', models.F('closes_at'))), _connector='OR'), name='observers_source_after_closing'), models.CheckConstraint(condition=models.Q(('by_lot', False), models.Q(('state__in', ['drawn', 'inviting']), _negated=True), models.Q(('seed', ''), _negated=True), _connector='OR'), name='observers_a_lot_has_its_seed')],
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('applied', '已报名'), ('drawn', '已入选'), ('waiting', '候补'), ('invited', '已邀请'), ('confirmed', '已确认'), ('declined', '不能参加'), ('lapsed', '逾期未确认'), ('withdrawn', '已撤回')], default='applied', max_length=10)),
                ('rank', models.PositiveIntegerField(null=True)),
                ('name_sealed', models.TextField(blank=True)),
                ('words_sealed', models.TextField(blank=True)),
                ('mobile_sealed', models.TextField(blank=True)),
                ('salt_sealed', models.TextField(blank=True)),
                ('mobile_index', models.CharField(blank=True, max_length=64)),
                ('form_digest', models.CharField(blank=True, max_length=64)),
                ('receipt_nonce', models.CharField(blank=True, max_length=32)),
                ('receipt_digest', models.CharField(max_length=64, unique=True)),
                ('consents', models.JSONField(default=list)),
                ('applied_at', models.DateTimeField()),
                ('confirm_by', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('attendance', models.CharField(blank=True, choices=[('present', '已到场'), ('absent', '未到场')], max_length=8)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='applications', to='observers.call')),
            ],
            options={
                'ordering': ['call', 'rank', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['applied', 'drawn', 'waiting', 'invited', 'confirmed', 'declined', 'lapsed', 'withdrawn'])), name='observers_known_state'), models.UniqueConstraint(condition=models.Q(('mobile_index', ''), _negated=True), fields=('call', 'mobile_index'), name='observers_once_per_person'), models.UniqueConstraint(fields=('call', 'entry'), name='observers_entry_once'), models.UniqueConstraint(fields=('call', 'rank'), name='observers_rank_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('mobile_index', ''), ('mobile_sealed', ''), ('name_sealed', ''), ('salt_sealed', ''), ('words_sealed', '')), _connector='OR'), name='observers_withdrawn_is_gone')],
            },
        ),
        migrations.CreateModel(
            name='Talk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '整理中'), ('approved', '已公开')], default='draft', max_length=8)),
                ('minutes', models.TextField(blank=True)),
                ('public_minutes', models.TextField(blank=True)),
                ('approved_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='talk', to='observers.call')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'approved'])), name='observers_known_talk_state')],
            },
        ),
        migrations.CreateModel(
            name='Point',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('question_id', models.BigIntegerField(null=True, unique=True)),
                ('application', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='points', to='observers.application')),
                ('talk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='points', to='observers.talk')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
    ]
