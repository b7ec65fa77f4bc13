from django.apps import AppConfig


class CountdownConfig(AppConfig):
    name = "townhall.countdown"
    label = "countdown"
    default_auto_field = "django.db.models.BigAutoField"
