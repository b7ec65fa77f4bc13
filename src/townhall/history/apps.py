from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "townhall.history"
    label = "history"
    default_auto_field = "django.db.models.BigAutoField"
