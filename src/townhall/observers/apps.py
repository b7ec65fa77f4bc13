from django.apps import AppConfig


class ObserversConfig(AppConfig):
    name = "townhall.observers"
    label = "observers"
    default_auto_field = "django.db.models.BigAutoField"
