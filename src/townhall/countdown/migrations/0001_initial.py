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
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('sealed', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32)),
                ('title', models.CharField(max_length=60)),
                ('title_en', models.CharField(blank=True, max_length=120)),
                ('unit', models.CharField(choices=[('natural', '自然日'), ('working', '工作日'), ('minutes', '分钟')], default='natural', max_length=8)),
                ('offset', models.PositiveSmallIntegerField(default=0)),
                ('tolerance', models.PositiveSmallIntegerField(default=0)),
                ('owner_role', models.CharField(choices=[('moderator', '主持人'), ('group', '业务小组'), ('lead', '组长'), ('mayor', '区长'), ('deputy', '副区长'), ('authorised', '授权签发人'), ('assistant', '区长联络员'), ('coordinator', '区府办'), ('inspector', '督查室'), ('clerk', '代为登记'), ('editor', '网站编辑'), ('technician', '技术保障'), ('logistics', '会务后勤')], default='coordinator', max_length=12)),
                ('proof', models.CharField(default='by_hand', max_length=32)),
                ('blocked_by', models.JSONField(default=list)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('mark', models.CharField(choices=[('open', '未完成'), ('done', '已完成'), ('skipped', '本期不做')], default='open', max_length=8)),
                ('marked_at', models.DateTimeField(null=True)),
                ('due_on', models.DateField(null=True)),
                ('told', models.CharField(blank=True, max_length=8)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='hours.officehour')),
                ('marked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'code'), name='countdown_step_code_once'), models.CheckConstraint(condition=models.Q(('mark__in', ['open', 'done', 'skipped'])), name='countdown_known_mark'), models.CheckConstraint(condition=models.Q(('mark', 'open'), ('marked_at__isnull', False), _connector='OR'), name='countdown_marked_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='StepNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(choices=[('tick', '完成'), ('untick', '撤销完成'), ('skip', '本期不做'), ('take_up', '恢复')], max_length=8)),
                ('text', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='countdown.step')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='TemplateStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32)),
                ('title', models.CharField(max_length=60)),
                ('title_en', models.CharField(blank=True, max_length=120)),
                ('unit', models.CharField(choices=[('natural', '自然日'), ('working', '工作日'), ('minutes', '分钟')], default='natural', max_length=8)),
                ('offset', models.PositiveSmallIntegerField(default=0)),
                ('tolerance', models.PositiveSmallIntegerField(default=0)),
                ('owner_role', models.CharField(choices=[('moderator', '主持人'), ('group', '业务小组'), ('lead', '组长'), ('mayor', '区长'), ('deputy', '副区长'), ('authorised', '授权签发人'), ('assistant', '区长联络员'), ('coordinator', '区府办'), ('inspector', '督查室'), ('clerk', '代为登记'), ('editor', '网站编辑'), ('technician', '技术保障'), ('logistics', '会务后勤')], default='coordinator', max_length=12)),
                ('proof', models.CharField(default='by_hand', max_length=32)),
                ('blocked_by', models.JSONField(default=list)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('retired', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('code',), name='countdown_template_code_once')],
            },
        ),
    ]
