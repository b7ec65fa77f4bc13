from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('venues', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='venue',
            name='provider',
            field=models.CharField(choices=[('external', '单位现有的视频会议'), ('phone', '电话会议（只有声音）')], default='external', max_length=16),
        ),
    ]
