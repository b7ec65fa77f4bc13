import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hours', '0001_initial'),
        ('people', '0001_initial'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True)),
                ('units_open', models.BooleanField(default=True)),
                ('public_open', models.BooleanField(default=False)),
                ('identity', models.CharField(choices=[('open', '无需验证手机'), ('verified', '须验证手机')], default='open', max_length=10)),
            ],
            options={
                'ordering': ['-year'],
            },
        ),
        migrations.CreateModel(
            name='Poll',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', '未开始'), ('open', '投票中'), ('closed', '已结束')], default='draft', max_length=8)),
                ('made_at', models.DateTimeField()),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='polls', to='topics.pool')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'open', 'closed'])), name='topics_known_poll_state'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('pool',), name='topics_one_open_poll')],
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=480)),
                ('title_en', models.CharField(blank=True, max_length=200)),
                ('origin', models.CharField(choices=[('priority', '重点工作'), ('project', '实事项目'), ('concern', '社会热点'), ('suggestion', '群众建议')], max_length=12)),
                ('reason', models.TextField()),
                ('keywords', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('proposed', '待审核'), ('accepted', '已入库'), ('declined', '未采纳'), ('chosen', '已选定'), ('retired', '已停用')], default='proposed', max_length=10)),
                ('decline_code', models.CharField(blank=True, choices=[('duplicate', '与库中主题重复'), ('too_narrow', '是个别问题，请作为提问提交'), ('not_ours', '不属于本区职责'), ('unclear', '内容不够清楚'), ('other', '其他')], max_length=12)),
                ('decline_note', models.CharField(blank=True, max_length=200)),
                ('supports', models.PositiveIntegerField(default=0)),
                ('suggester_digest', models.CharField(blank=True, max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='topics.pool')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='people.unit')),
            ],
            options={
                'ordering': ['-supports', 'id'],
                'indexes': [models.Index(fields=['pool', 'state'], name='topics_pool_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'accepted', 'declined', 'chosen', 'retired'])), name='topics_known_state'), models.CheckConstraint(condition=models.Q(('state', 'declined'), ('decline_code', ''), _connector='XOR'), name='topics_declined_with_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Support',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('supporter_digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='supporters', to='topics.topic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('topic', 'supporter_digest'), name='topics_support_once')],
            },
        ),
        migrations.CreateModel(
            name='PollOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('votes', models.PositiveIntegerField(default=0)),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='topics.poll')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='topics.topic')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('poll', 'topic'), name='topics_option_once')],
            },
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('evidence', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('chosen_at', models.DateTimeField()),
                ('chosen_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='topic_choice', to='hours.officehour')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='topics.topic')),
            ],
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('voter_digest', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('option', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='topics.polloption')),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ballots', to='topics.poll')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('poll', 'voter_digest'), name='topics_one_vote_each')],
            },
        ),
    ]
