
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
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
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('promise', '承诺事项'), ('unit', '单位'), ('subject', '问题类别')], max_length=8)),
                ('target', models.CharField(max_length=24)),
                ('channel', models.CharField(max_length=8)),
                ('address_sealed', models.TextField(blank=True)),
                ('address_index', models.CharField(blank=True, max_length=64)),
                ('lang', models.CharField(default='zh', max_length=2)),
                ('nonce', models.CharField(max_length=32)),
                ('asked_at', models.DateTimeField()),
                ('agreed_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['kind', 'target'], name='following_of'), models.Index(fields=['address_index'], name='following_by')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('erased_at', None)), fields=('kind', 'target', 'channel', 'address_index'), name='following_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['sms', 'mail'])), name='following_by_sms_or_mail'), models.CheckConstraint(condition=models.Q(('kind__in', ['promise', 'unit', 'subject'])), name='following_known_kind'), models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('address_index', ''), ('address_sealed', '')), _connector='OR'), name='following_erased_is_gone'), models.CheckConstraint(condition=models.Q(('stopped_at', None), ('erased_at__isnull', False), _connector='OR'), name='following_stopped_is_gone')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('step', '办理进展'), ('answer', '新答复'), ('promise', '新承诺')], max_length=8)),
                ('thing', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('gathered_at', models.DateTimeField(null=True)),
                ('follow', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='following.follow')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('gathered_at', None)), fields=['at'], name='following_waiting')],
                'constraints': [models.UniqueConstraint(fields=('follow', 'what', 'thing', 'version'), name='following_told_once')],
            },
        ),
    ]
