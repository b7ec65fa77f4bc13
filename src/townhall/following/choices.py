"""What can be followed, and how much of it one address is told."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PROMISE = "promise", _("承诺事项")
    UNIT = "unit", _("单位")
    SUBJECT = "subject", _("问题类别")
    QUESTION = "question", _("本人的提问")


class What(models.TextChoices):
    """What a note refers to."""

    STEP = "step", _("办理进展")
    ANSWER = "answer", _("新答复")
    PROMISE = "promise", _("新承诺")


# A confirmation that nobody gave within this time is forgotten, with the address.
CONFIRM_LIFE = timedelta(hours=48)
# How often one mail address is asked to confirm something, whoever fills in the form: span and number.
CONFIRM_LIMITS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 3), (timedelta(days=1), 6))
MOST_FOLLOWS = 50
# What comes within these minutes goes out together: an answer is rarely signed alone.
SETTLE = timedelta(minutes=5)
# So many messages a day to one address; what comes later waits for the next morning and goes as one.
MOST_A_DAY = 3
# What a reader that stood still finds this late is no news any more.
NEWS_FOR = timedelta(days=7)
MOST_LINES = 30
