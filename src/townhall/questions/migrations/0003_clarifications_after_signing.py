import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hours', '0003_seat_here_at'),
        ('people', '0003_units'),
        ('questions', '0002_what_never_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='clarification',
            name='confirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clarification',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clarification',
            name='corrects',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='corrections', to='questions.clarification'),
        ),
        migrations.AddField(
            model_name='clarification',
            name='withheld',
            field=models.CharField(blank=True, choices=[('personal_data', '他人个人信息'), ('minor', '未成年人信息'), ('secret', '不宜公开的信息'), ('court_order', '生效法律文书要求'), ('infringement', '侵权投诉成立'), ('threat', '威胁、煽动')], max_length=16),
        ),
        migrations.AddField(
            model_name='clarification',
            name='withheld_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clarification',
            name='withheld_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='clarification',
            constraint=models.UniqueConstraint(condition=models.Q(('signed_at__isnull', False)), fields=('corrects',), name='questions_clarification_corrected_once'),
        ),
        migrations.AddConstraint(
            model_name='clarification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withheld', ''), ('withheld_at__isnull', True), ('withheld_by__isnull', True)), models.Q(models.Q(('withheld', ''), _negated=True), ('signed_at__isnull', False), ('withheld_at__isnull', False), ('withheld_by__isnull', False)), _connector='OR'), name='questions_clarification_withheld_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='clarification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(models.Q(('withheld', ''), _negated=True), ('confirmed_at__isnull', False), models.Q(('confirmed_by', models.F('withheld_by')), _negated=True)), _connector='OR'), name='questions_clarification_withheld_second_person'),
        ),
    ]
