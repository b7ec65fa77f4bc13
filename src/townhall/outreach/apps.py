from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "townhall.outreach"
    label = "outreach"
    default_auto_field = "django.db.models.BigAutoField"
