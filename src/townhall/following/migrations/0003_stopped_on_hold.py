from django.db import migrations, models


class Migration(migrations.Migration):
    """What a legal hold keeps is stopped with its address. Going back is refused while there is such a row."""

    dependencies = [
        ('following', '0002_own_question'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='follow',
            name='following_stopped_is_gone',
        ),
        migrations.RemoveConstraint(
            model_name='follow',
            name='following_once',
        ),
        migrations.AddField(
            model_name='follow',
            name='held',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='follow',
            constraint=models.UniqueConstraint(condition=models.Q(('erased_at', None), ('stopped_at', None)), fields=('kind', 'target', 'channel', 'address_index'), name='following_once'),
        ),
        migrations.AddConstraint(
            model_name='follow',
            constraint=models.CheckConstraint(condition=models.Q(('stopped_at', None), ('erased_at__isnull', False), ('held', True), _connector='OR'), name='following_stopped_is_gone'),
        ),
        migrations.AddConstraint(
            model_name='follow',
            constraint=models.CheckConstraint(condition=models.Q(('held', False), models.Q(('erased_at', None), ('stopped_at__isnull', False)), _connector='OR'), name='following_held_is_stopped'),
        ),
    ]
