from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0004_first_day'),
    ]

    operations = [
        migrations.AlterField(
            model_name='commitment',
            name='first_due',
            field=models.DateField(),
        ),
        migrations.AlterField(
            model_name='commitment',
            name='quiet_since',
            field=models.DateTimeField(),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'reported', 'verified', 'closed', 'ended', 'replaced'])), name='commitments_known_state'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due', models.F('first_due')), ('extensions', 0)), models.Q(('due__gt', models.F('first_due')), ('extensions__gt', 0)), _connector='OR'), name='commitments_due_moves_by_extension_only'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['reported', 'verified', 'closed']), _negated=True), models.Q(('reported_at__isnull', False), ('reported_by__isnull', False), ('reported_on__isnull', False)), _connector='OR'), name='commitments_reported_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['verified', 'closed']), _negated=True), models.Q(('verified_at__isnull', False), ('verified_by__isnull', False)), _connector='OR'), name='commitments_closed_only_verified'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('verified_by__isnull', True), ('reported_by__isnull', True), models.Q(('verified_by', models.F('reported_by')), _negated=True), _connector='OR'), name='commitments_reporter_is_not_verifier'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at__isnull', True), ('closed_by__isnull', True)), _connector='OR'), name='commitments_closed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_as', 'mayor'), ('ended_at__isnull', False), ('ended_by__isnull', False), ('state', 'ended'), ('end_reason__in', ['fallen_away', 'not_feasible'])), models.Q(models.Q(('state', 'ended'), _negated=True), ('end_reason', ''), ('ended_as', ''), ('ended_at__isnull', True), ('ended_by__isnull', True)), _connector='OR'), name='commitments_ended_by_the_mayor_only'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('commitment',), name='commitments_one_request_waits'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ending'), ('new_due__isnull', True), ('reason_code__in', ['fallen_away', 'not_feasible'])), models.Q(('asked_on__lte', models.F('due_then')), ('kind', 'extension'), ('new_due__gt', models.F('due_then')), ('new_due__isnull', False), ('reason_code__in', ['weather', 'procedure', 'third_party', 'season', 'scope'])), _connector='OR'), name='commitments_extension_asked_in_time'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_as', ''), ('decided_by__isnull', True), ('state__in', ['waiting', 'withdrawn'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['approved', 'refused']), ('decided_as__in', ['mayor', 'deputy'])), _connector='OR'), name='commitments_request_decided_by_a_leader'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='commitments_asker_is_not_decider'),
        ),
    ]
