from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('questions', '0003_clarifications_after_signing'),
    ]

    operations = [
        migrations.AddField(
            model_name='asker',
            name='erasure_asked_at',
            field=models.DateTimeField(help_text='since when its owner wants the contact deleted: nothing is sent from then on', null=True),
        ),
    ]
