
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0001_initial'),
        ('questions', '0005_comments_taken_down'),
        ('redress', '0003_about_comments'),
        ('wrapping', '0003_papers_after_signing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='case',
            name='redress_about_one_thing',
        ),
        migrations.AddField(
            model_name='case',
            name='paper',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redress_cases', to='wrapping.paper'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clarification__isnull', True), ('comment__isnull', True), ('paper__isnull', True), ('past__isnull', True), ('question__isnull', False)), models.Q(('clarification__isnull', True), ('comment__isnull', True), ('commitment_id', 0), ('paper__isnull', True), ('past__isnull', False), ('question__isnull', True)), models.Q(('clarification__isnull', False), ('comment__isnull', True), ('commitment_id', 0), ('paper__isnull', True), ('past__isnull', True), ('question__isnull', True)), models.Q(('clarification__isnull', True), ('comment__isnull', False), ('commitment_id', 0), ('paper__isnull', True), ('past__isnull', True), ('question__isnull', True)), models.Q(('clarification__isnull', True), ('comment__isnull', True), ('commitment_id', 0), ('paper__isnull', False), ('past__isnull', True), ('question__isnull', True)), _connector='OR'), name='redress_about_one_thing'),
        ),
    ]
