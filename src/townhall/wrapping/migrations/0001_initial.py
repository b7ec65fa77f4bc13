import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hours', '0001_initial'),
        ('people', '0001_initial'),
        ('people', '__first__'),
        ('questions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Limit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=12, unique=True)),
                ('days', models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('none', '未编制'), ('compiled', '已编制'), ('handed', '待签收'), ('signed', '已签收')], max_length=8)),
                ('compiled_at', models.DateTimeField()),
                ('handed_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=2400)),
                ('signed_at', models.DateTimeField(null=True)),
                ('compiled_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('handed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handovers', to='hours.officehour')),
                ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'number'), name='wrapping_handover_number_once'), models.CheckConstraint(condition=models.Q(models.Q(('signed_by__isnull', False), ('state', 'signed')), models.Q(models.Q(('state', 'signed'), _negated=True), ('signed_by__isnull', True)), _connector='OR'), name='wrapping_signed_for_by_somebody'), models.CheckConstraint(condition=models.Q(('signed_by__isnull', True), models.Q(('signed_by', models.F('handed_by')), _negated=True), _connector='OR'), name='wrapping_handover_second_person')],
            },
        ),
        migrations.CreateModel(
            name='HandoverRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('leftover', '会后办理件'), ('promise', '承诺事项')], max_length=8)),
                ('commitment_id', models.BigIntegerField(null=True)),
                ('due', models.DateField()),
                ('handover', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='wrapping.handover')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='questions.question')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit')),
            ],
            options={
                'ordering': ['kind', 'due', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Leftover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('running', '办理中'), ('asked', '申请延期中'), ('extended', '已延期'), ('settled', '已有结果')], default='running', max_length=8)),
                ('days', models.PositiveSmallIntegerField()),
                ('due', models.DateField()),
                ('first_due', models.DateField()),
                ('provisional', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('late_told_at', models.DateTimeField(null=True)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='leftovers', to='hours.officehour')),
                ('question', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='leftover', to='questions.question')),
            ],
            options={
                'ordering': ['due', 'id'],
                'indexes': [models.Index(fields=['hour', 'state', 'due'], name='wrapping_leftover_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['running', 'asked', 'extended', 'settled'])), name='wrapping_known_leftover_state'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', False), ('state', 'settled')), models.Q(models.Q(('state', 'settled'), _negated=True), ('settled_at__isnull', True)), _connector='OR'), name='wrapping_settled_has_a_moment')],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_code', models.CharField(choices=[('weather', '天气'), ('procedure', '法定程序未完成（招标、公示、审批）'), ('third_party', '需其他单位配合'), ('season', '季节或学期安排'), ('scope', '情况复杂，需扩大核查')], max_length=12)),
                ('reason', models.CharField(max_length=2400)),
                ('until', models.DateField()),
                ('asked_at', models.DateTimeField()),
                ('granted', models.BooleanField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=2400)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('leftover', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extensions', to='wrapping.leftover')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('granted', True)), fields=('leftover',), name='wrapping_extended_once'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='wrapping_extension_second_person')],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('summary', '小结'), ('transcript', '实录')], max_length=10)),
                ('number', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('none', '未起草'), ('draft', '草稿'), ('submitted', '待签发'), ('signed', '已签发')], max_length=10)),
                ('text', models.TextField()),
                ('entries', models.JSONField(default=list)),
                ('drafted_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=2400)),
                ('signed_as', models.CharField(blank=True, max_length=10)),
                ('signed_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('editors', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closing_papers', to='hours.officehour')),
                ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['kind', 'number'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'kind', 'number'), name='wrapping_paper_version_once'), models.CheckConstraint(condition=models.Q(('signed_by__isnull', True), models.Q(('signed_by', models.F('author')), _negated=True), _connector='OR'), name='wrapping_author_is_not_signer'), models.CheckConstraint(condition=models.Q(models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), ('state', 'signed')), models.Q(models.Q(('state', 'signed'), _negated=True), ('signed_at__isnull', True), ('signed_by__isnull', True)), _connector='OR'), name='wrapping_signed_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Authorisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('none', '未授权'), ('standing', '有效'), ('ended', '已终止')], max_length=8)),
                ('starts_at', models.DateTimeField()),
                ('granted_as', models.CharField(max_length=10)),
                ('granted_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorisations', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='authorisations', to='hours.officehour')),
                ('units', models.ManyToManyField(related_name='+', to='people.unit')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('account', models.F('granted_by')), _negated=True), name='wrapping_nobody_authorises_themselves'), models.CheckConstraint(condition=models.Q(('state__in', ['standing', 'ended'])), name='wrapping_known_authorisation_state')],
            },
        ),
    ]
