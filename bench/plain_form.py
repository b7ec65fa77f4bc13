"""What the ask line is measured against: a plain Django view behind uvicorn, one transaction and one sync a question.

It parses the form, checks the fields and stores the question through the product's own actions, as anybody would write
it who did not know of group commit. `python -m bench.plain_form` serves it on `BENCH_PORT`, on the data of the
`TOWNHALL_*` settings that it inherits.
"""

import os

import uvicorn
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

THREADS = 16  # as many as the client has connections, so that none waits for a free one


@csrf_exempt
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Store one question."""
    from townhall.hours.models import OfficeHour
    from townhall.kernel.errors import InvalidFields, Refused
    from townhall.questions import asking, citizen_actions

    hour = OfficeHour.objects.get(slug=slug)
    try:
        asked = citizen_actions.ask(asking.parse(hour, request.POST.dict()))
    except InvalidFields as invalid:
        return HttpResponse(str(invalid.errors), status=422)
    except Refused as refused:
        return HttpResponse(refused.message, status=refused.status)
    return HttpResponse(asked.receipt, status=201)


urlpatterns = [path("hours/<slug:slug>/ask", ask)]


def main() -> None:
    """Serve until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "townhall.config.settings")
    application = get_wsgi_application()
    settings.ROOT_URLCONF = "bench.plain_form"
    served = WSGIMiddleware(application, workers=THREADS)  # type: ignore[arg-type] # its own protocol of WSGI
    uvicorn.run(
        served, port=int(os.environ["BENCH_PORT"]), loop="uvloop", http="httptools", log_level="warning"
    )  # type: ignore[arg-type] # its own protocol of ASGI


if __name__ == "__main__":
    main()
