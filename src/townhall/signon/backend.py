"""Who signs in: the account, and in the same question whether this is a district's own data."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, Q

from townhall.people.models import Account, Installation, Unit


class StaffBackend(ModelBackend):
    """Django's passwords; an account comes with ``on_real_data``, so that no page pays a question for it."""

    def get_user(self, user_id: int) -> Account | None:
        """The account of a sign-in; ``None`` for one that is gone or switched off."""
        kinds = Installation.objects.all()
        named = Exists(kinds.exclude(kind=Installation.Kind.EMPTY))
        # The rule of `people.actions.installation_kind`: unnamed, it is real as soon as a unit stands in it.
        real = Exists(kinds.filter(kind=Installation.Kind.REAL)) | (~named & Q(Exists(Unit.objects.all())))
        account = Account.objects.filter(pk=user_id).annotate(on_real_data=real).first()
        return account if account is not None and self.user_can_authenticate(account) else None
