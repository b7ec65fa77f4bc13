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
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(db_index=True, max_length=64)),
                ('name', models.CharField(max_length=120)),
                ('format', models.CharField(choices=[('pdf', 'PDF'), ('png', 'PNG'), ('jpeg', 'JPEG'), ('webp', 'WebP'), ('docx', 'Word 文档（.docx）'), ('xlsx', 'Excel 工作簿（.xlsx）'), ('text', '纯文本（.txt）'), ('csv', 'CSV 表格（.csv）')], max_length=8)),
                ('size', models.PositiveIntegerField()),
                ('purpose', models.CharField(max_length=16)),
                ('line', models.PositiveBigIntegerField(default=0)),
                ('public', models.BooleanField(default=False)),
                ('kept_at', models.DateTimeField()),
                ('kept_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='OwnTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=24)),
                ('adopted_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
                ('adopted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.upload')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('name',), name='documents_one_own_template')],
            },
        ),
    ]
