
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wrapping', '0002_what_never_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='paper',
            name='reason',
            field=models.CharField(max_length=2400, null=True),
        ),
        migrations.CreateModel(
            name='PaperWithholding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('personal_data', '他人个人信息'), ('minor', '未成年人信息'), ('secret', '不宜公开的信息'), ('court_order', '生效法律文书要求'), ('infringement', '侵权投诉成立'), ('threat', '威胁、煽动')], max_length=16)),
                ('withheld_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('paper', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='withholding', to='wrapping.paper')),
                ('withheld_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), models.Q(('confirmed_by', models.F('withheld_by')), _negated=True)), _connector='OR'), name='wrapping_paper_withheld_second_person')],
            },
        ),
    ]
