import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_digest', models.CharField(max_length=64)),
                ('file_name', models.CharField(max_length=255)),
                ('source', models.CharField(max_length=120)),
                ('first_row', models.PositiveIntegerField()),
                ('last_row', models.PositiveIntegerField()),
                ('rows', models.PositiveIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('imported_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_row__gte', models.F('first_row'))), name='history_batch_range')],
            },
        ),
        migrations.CreateModel(
            name='PastHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=120)),
                ('issue', models.CharField(blank=True, max_length=40)),
                ('year', models.PositiveSmallIntegerField(db_index=True)),
            ],
            options={
                'ordering': ['-year', '-id'],
                'constraints': [models.UniqueConstraint(fields=('source', 'year', 'issue'), name='history_hour_once')],
            },
        ),
        migrations.CreateModel(
            name='PastQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField()),
                ('number', models.CharField(blank=True, max_length=40)),
                ('display_name', models.CharField(blank=True, max_length=120)),
                ('subject', models.CharField(blank=True, choices=[('housing', '住房物业'), ('construction', '城建规划与违建'), ('transport', '交通出行与停车'), ('education', '就学教育'), ('employment', '就业与劳动报酬'), ('social_security', '社保医保养老'), ('household', '户籍与证照'), ('environment', '环境环卫噪声'), ('health', '医疗卫生'), ('prices', '物价与市场监管'), ('community', '社区治理与公共安全'), ('other', '其他')], max_length=16)),
                ('area', models.CharField(blank=True, max_length=120)),
                ('unit', models.CharField(blank=True, max_length=120)),
                ('title', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('answer', models.TextField()),
                ('outcome', models.CharField(blank=True, choices=[('answered', '当场答复'), ('promised', '承诺限期办理')], max_length=10)),
                ('asked_on', models.DateField(null=True)),
                ('answered_on', models.DateField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('withheld', models.CharField(blank=True, choices=[('personal_data', '他人个人信息'), ('minor', '未成年人信息'), ('secret', '不宜公开的信息'), ('court_order', '生效法律文书要求'), ('infringement', '侵权投诉成立'), ('threat', '威胁、煽动')], max_length=16)),
                ('withheld_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='history.batch')),
                ('hour', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='history.pasthour')),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withheld_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['hour', '-answered_on', '-id'], name='history_hour_list')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('withheld', ''), ('withheld_at__isnull', True), ('withheld_by__isnull', True)), models.Q(models.Q(('withheld', ''), _negated=True), ('withheld_at__isnull', False), ('withheld_by__isnull', False)), _connector='OR'), name='history_withheld_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), models.Q(('withheld', ''), _negated=True), models.Q(('confirmed_by', models.F('withheld_by')), _negated=True)), _connector='OR'), name='history_withheld_second_person')],
            },
        ),
    ]
