import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('hours', '0001_initial'),
        ('people', '__first__'),
        ('questions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Ask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('answer', '答复'), ('promise', '承诺事项')], max_length=8)),
                ('commitment_id', models.BigIntegerField(default=0)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('made_at', models.DateTimeField()),
                ('not_done_at', models.DateTimeField(null=True)),
                ('asker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asks', to='questions.asker')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asks', to='questions.question')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('asker', 'question', 'purpose', 'commitment_id', 'round'), name='voice_asked_once'), models.CheckConstraint(condition=models.Q(models.Q(('commitment_id__gt', 0), ('purpose', 'promise')), models.Q(('commitment_id', 0), ('purpose', 'answer')), _connector='OR'), name='voice_a_promise_is_named')],
            },
        ),
        migrations.CreateModel(
            name='PromiseRating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(5, '非常满意'), (4, '满意'), (3, '基本满意'), (2, '不满意'), (1, '非常不满意')])),
                ('reason', models.CharField(blank=True, choices=[('not_solved', '问题未解决'), ('not_as_said', '与答复不符'), ('slow', '时间太长'), ('attitude', '态度不好'), ('no_contact', '未联系我'), ('other', '其他')], max_length=12)),
                ('at', models.DateTimeField()),
                ('ask', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rating', to='voice.ask')),
            ],
        ),
        migrations.CreateModel(
            name='ReturnCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('commitment_id', models.BigIntegerField(default=0)),
                ('why', models.CharField(choices=[('dissatisfied', '评价为不满意'), ('not_done', '反映没有做到'), ('sample', '抽查')], max_length=12)),
                ('state', models.CharField(choices=[('none', '未列入'), ('waiting', '待回访'), ('reached', '已回访'), ('unreachable', '联系不上')], default='waiting', max_length=12)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('asker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='return_calls', to='questions.asker')),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='return_calls', to='hours.officehour')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='return_calls', to='questions.question')),
            ],
            options={
                'ordering': ['opened_at', 'id'],
                'indexes': [models.Index(fields=['hour', 'state', 'opened_at'], name='voice_calls')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('asker', 'question', 'commitment_id'), name='voice_one_waiting_call'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'reached', 'unreachable'])), name='voice_known_call_state')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('agreed', '认可办理结果'), ('partly', '部分认可'), ('disagreed', '不认可办理结果'), ('not_reached', '没有接通'), ('wrong_number', '号码有误'), ('unwilling', '不愿接受回访')], max_length=12)),
                ('note', models.CharField(blank=True, max_length=4000)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='voice.returncall')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
    ]
