from django.apps import AppConfig


class RedressConfig(AppConfig):
    name = "townhall.redress"
    label = "redress"
    default_auto_field = "django.db.models.BigAutoField"
