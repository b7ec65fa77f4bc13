"""The words of holds, and the limits of retention."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# A citizen may sue within six months of learning of an act (行政诉讼法 46), and offices ask back once a year: after a
# year nobody needs the number any more. Longer than three years nothing of the kind is lawful to keep for this purpose.
DEFAULT_MONTHS = 12
LEAST_MONTHS, MOST_MONTHS = 1, 36
LONGEST_NOTE = 500


class HoldReason(models.TextChoices):
    """Why contact data may not be deleted yet."""

    LAWSUIT = "lawsuit", _("诉讼、仲裁")
    REVIEW = "review", _("行政复议")
    AUDIT = "audit", _("审计、巡视")
    INVESTIGATION = "investigation", _("监察、公安调查")
    OTHER = "other", _("其他")
