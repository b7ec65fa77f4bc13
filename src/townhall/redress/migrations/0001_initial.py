import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('history', '0001_initial'),
        ('people', '__first__'),
        ('questions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('commitment_id', models.BigIntegerField(default=0)),
                ('kind', models.CharField(choices=[('correct', '更正'), ('remove', '撤下')], max_length=8)),
                ('standing', models.CharField(choices=[('named', '文中提到了我'), ('harmed', '对我或本单位造成了影响'), ('guardian', '我是当事人的监护人或代理人'), ('other', '其他')], max_length=8)),
                ('words_sealed', models.TextField(blank=True)),
                ('name_sealed', models.TextField(blank=True)),
                ('contact_sealed', models.TextField(blank=True)),
                ('receipt_nonce', models.CharField(max_length=32)),
                ('receipt_digest', models.CharField(max_length=64, unique=True)),
                ('form_digest', models.CharField(max_length=64, null=True, unique=True)),
                ('state', models.CharField(choices=[('received', '已收到申请'), ('examining', '正在核查'), ('corrected', '已更正'), ('removed', '已撤下'), ('refused', '未予采纳'), ('withdrawn', '申请已撤回')], default='received', max_length=10)),
                ('received_at', models.DateTimeField()),
                ('due', models.DateField()),
                ('provisional', models.BooleanField(default=False)),
                ('referred_at', models.DateTimeField(null=True)),
                ('reason_code', models.CharField(blank=True, choices=[('accurate', '经核查，内容与事实一致'), ('public_duty', '依法应当公开'), ('not_concerned', '没有涉及申请人'), ('no_grounds', '没有说明哪里不对，也联系不上申请人')], max_length=16)),
                ('reply', models.CharField(blank=True, max_length=8000)),
                ('closed_at', models.DateTimeField(null=True)),
                ('erased_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('past', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redress_cases', to='history.pastquestion')),
                ('question', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redress_cases', to='questions.question')),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['due', 'id'],
                'indexes': [models.Index(fields=['state', 'due'], name='redress_open'), models.Index(fields=['closed_at', 'id'], name='redress_ended')],
                'constraints': [models.UniqueConstraint(fields=('year', 'number'), name='redress_number_once_a_year'), models.CheckConstraint(condition=models.Q(('state__in', ['received', 'examining', 'corrected', 'removed', 'refused', 'withdrawn'])), name='redress_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('past__isnull', True), ('question__isnull', False)), models.Q(('commitment_id', 0), ('past__isnull', False), ('question__isnull', True)), _connector='OR'), name='redress_about_one_thing'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state__in', ['received', 'examining'])), models.Q(models.Q(('state__in', ['received', 'examining']), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='redress_ended_has_a_moment'), models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), models.Q(('contact_sealed', ''), ('name_sealed', ''), ('words_sealed', '')), _connector='OR'), name='redress_erased_is_gone')],
            },
        ),
    ]
