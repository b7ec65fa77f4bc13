"""Django with django-eventstream under uvicorn, as its documentation shows it, without a database."""

import sys

import uvicorn
from django.conf import settings

settings.configure(
    SECRET_KEY="bench", ALLOWED_HOSTS=["*"], ROOT_URLCONF="eventstream", INSTALLED_APPS=["django_eventstream"],
    USE_TZ=True,
)  # fmt: skip

import django

django.setup()

import django_eventstream
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def publish(request: HttpRequest) -> HttpResponse:
    django_eventstream.send_event("bench", "answer", request.body.decode(), json_encode=False)
    return HttpResponse(status=202)


urlpatterns = [path("sse", include(django_eventstream.urls), {"channels": ["bench"]}), path("pub", publish)]
application = get_asgi_application()

if __name__ == "__main__":
    sys.modules["eventstream"] = sys.modules["__main__"]
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        loop="uvloop",
        access_log=False,
        backlog=4096,
        log_level="warning",
        lifespan="off",
    )
