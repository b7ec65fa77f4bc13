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
            name='Venue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('name_en', models.CharField(blank=True, max_length=120)),
                ('is_main', models.BooleanField(default=False)),
                ('address', models.CharField(max_length=120)),
                ('address_en', models.CharField(blank=True, max_length=200)),
                ('opens', models.TimeField(null=True)),
                ('closes', models.TimeField(null=True)),
                ('is_public', models.BooleanField(default=False)),
                ('contact_name', models.CharField(blank=True, max_length=40)),
                ('contact_phone', models.CharField(blank=True, max_length=40)),
                ('contact_public', models.BooleanField(default=False)),
                ('provider', models.CharField(choices=[('external', '单位现有的视频会议')], default='external', max_length=16)),
                ('meeting_number', models.CharField(blank=True, max_length=40)),
                ('link_address', models.CharField(blank=True, max_length=300)),
                ('link_phone', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('not_ready', '未就绪'), ('ready', '已就绪'), ('on_air', '已接入'), ('trouble', '有故障')], default='not_ready', max_length=12)),
                ('note_code', models.CharField(blank=True, choices=[('picture', '没有画面'), ('sound', '没有声音'), ('network', '网络中断'), ('power', '停电'), ('people', '人员未到'), ('other', '其他，已电话说明')], max_length=12)),
                ('state_at', models.DateTimeField(null=True)),
                ('ready_at', models.DateTimeField(null=True)),
                ('checked_in_at', models.DateTimeField(null=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('checked_in_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='venues', to='hours.officehour')),
                ('state_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='venues', to='people.unit')),
            ],
            options={
                'ordering': ['-is_main', 'order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'name'), name='venues_name_once'), models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('hour',), name='venues_one_main'), models.CheckConstraint(condition=models.Q(('state__in', ['not_ready', 'ready', 'on_air', 'trouble'])), name='venues_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'trouble'), models.Q(('note_code', ''), _negated=True)), models.Q(models.Q(('state', 'trouble'), _negated=True), ('note_code', '')), _connector='OR'), name='venues_trouble_is_named'), models.CheckConstraint(condition=models.Q(models.Q(('ready_at__isnull', False), ('state__in', ['ready', 'on_air'])), models.Q(('ready_at', None), ('state__in', ['not_ready', 'trouble'])), _connector='OR'), name='venues_ready_since')],
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question_id', models.BigIntegerField(unique=True)),
                ('identity_seen', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='registrations', to='hours.officehour')),
                ('venue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='registrations', to='venues.venue')),
            ],
        ),
        migrations.CreateModel(
            name='VenueClerk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='venue_posts', to=settings.AUTH_USER_MODEL)),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clerks', to='venues.venue')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('venue', 'account'), name='venues_clerk_once')],
            },
        ),
    ]
