from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    """The attic as Django knows it; it has no table of its own."""

    name = "townhall.rehearsal"
    label = "rehearsal"
    default_auto_field = "django.db.models.BigAutoField"
