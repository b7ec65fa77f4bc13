from django.apps import AppConfig


class WrappingConfig(AppConfig):
    name = "townhall.wrapping"
    label = "wrapping"
    default_auto_field = "django.db.models.BigAutoField"
