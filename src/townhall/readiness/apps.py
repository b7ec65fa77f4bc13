from django.apps import AppConfig


class ReadinessConfig(AppConfig):
    name = "townhall.readiness"
    label = "readiness"
    default_auto_field = "django.db.models.BigAutoField"
