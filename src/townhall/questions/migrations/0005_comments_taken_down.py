
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_units'),
        ('questions', '0004_erasure_asked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='comment',
            name='removed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='comment',
            name='removed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='removed_code',
            field=models.CharField(blank=True, choices=[('personal_data', '他人个人信息'), ('minor', '未成年人信息'), ('secret', '不宜公开的信息'), ('court_order', '生效法律文书要求'), ('infringement', '侵权投诉成立'), ('threat', '威胁、煽动')], max_length=16),
        ),
        migrations.AlterField(
            model_name='comment',
            name='state',
            field=models.CharField(choices=[('received', 'Received'), ('shown', 'Shown'), ('declined', 'Declined'), ('removed', 'Removed')], default='received', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', False), ('removed_by__isnull', False), ('state', 'removed'), models.Q(('removed_code', ''), _negated=True)), models.Q(models.Q(('state', 'removed'), _negated=True), ('removed_at__isnull', True), ('removed_by__isnull', True), ('removed_code', '')), _connector='OR'), name='questions_comment_removed_by_somebody'),
        ),
    ]
