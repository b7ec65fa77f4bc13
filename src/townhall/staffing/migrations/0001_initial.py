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
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('role', models.CharField(blank=True, choices=[('moderator', '主持人'), ('group', '业务小组'), ('lead', '组长'), ('mayor', '区长'), ('deputy', '副区长'), ('authorised', '授权签发人'), ('assistant', '区长联络员'), ('coordinator', '区府办'), ('inspector', '督查室'), ('clerk', '代为登记'), ('editor', '网站编辑'), ('technician', '技术保障'), ('logistics', '会务后勤')], max_length=12)),
                ('people', models.PositiveSmallIntegerField(default=1)),
                ('required', models.BooleanField(default=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='hours.group')),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='hours.officehour')),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'name', 'group'), name='staffing_post_once_in_group'), models.UniqueConstraint(condition=models.Q(('group', None)), fields=('hour', 'name'), name='staffing_post_once'), models.CheckConstraint(condition=models.Q(('role', ''), ('role__in', ['moderator', 'group', 'lead', 'mayor', 'deputy', 'authorised', 'assistant', 'coordinator', 'inspector', 'clerk', 'editor', 'technician', 'logistics']), _connector='OR'), name='staffing_post_known_role'), models.CheckConstraint(condition=models.Q(('people__gte', 1)), name='staffing_post_needs_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seat_row', models.PositiveSmallIntegerField(null=True)),
                ('seat_number', models.PositiveSmallIntegerField(null=True)),
                ('given_at', models.DateTimeField()),
                ('checked_in_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('checked_in_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='hours.officehour')),
                ('stands_in_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='staffing.post')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('post', 'account'), name='staffing_person_once_on_post'), models.UniqueConstraint(fields=('hour', 'seat_row', 'seat_number'), name='staffing_place_taken_once'), models.CheckConstraint(condition=models.Q(models.Q(('seat_number', None), ('seat_row', None)), models.Q(('seat_number__isnull', False), ('seat_row__isnull', False)), _connector='OR'), name='staffing_place_is_row_and_number')],
            },
        ),
        migrations.CreateModel(
            name='TemplatePost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('role', models.CharField(blank=True, choices=[('moderator', '主持人'), ('group', '业务小组'), ('lead', '组长'), ('mayor', '区长'), ('deputy', '副区长'), ('authorised', '授权签发人'), ('assistant', '区长联络员'), ('coordinator', '区府办'), ('inspector', '督查室'), ('clerk', '代为登记'), ('editor', '网站编辑'), ('technician', '技术保障'), ('logistics', '会务后勤')], max_length=12)),
                ('each_group', models.BooleanField(default=False)),
                ('people', models.PositiveSmallIntegerField(default=1)),
                ('required', models.BooleanField(default=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('name',), name='staffing_template_name_once'), models.CheckConstraint(condition=models.Q(('role', ''), ('role__in', ['moderator', 'group', 'lead', 'mayor', 'deputy', 'authorised', 'assistant', 'coordinator', 'inspector', 'clerk', 'editor', 'technician', 'logistics']), _connector='OR'), name='staffing_template_known_role')],
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('minutes', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staffing_alarms', to='hours.officehour')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hour', 'starts_at', 'minutes'), name='staffing_alarm_once')],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('quantity', models.PositiveSmallIntegerField(default=1)),
                ('done_at', models.DateTimeField(null=True)),
                ('order', models.PositiveSmallIntegerField(default=0)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='hours.officehour')),
                ('responsible', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['order', 'id'],
                'constraints': [models.UniqueConstraint(fields=('hour', 'name'), name='staffing_item_once')],
            },
        ),
    ]
