from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "townhall.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"
