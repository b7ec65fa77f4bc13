from django.apps import AppConfig


class PreparationConfig(AppConfig):
    name = "townhall.preparation"
    label = "preparation"
    default_auto_field = "django.db.models.BigAutoField"
