"""Who is at the desk: signed in, with a seat in this hour; and how a refusal reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from townhall.desks import again, visits
from townhall.desks.seats import DESKS, Desk, desks_of
from townhall.hours import roster
from townhall.hours.seats import Actor, actor_for
from townhall.kernel.errors import FORBIDDEN, INVALID, UNAUTHENTICATED, InvalidFields, Refused, missing
from townhall.kernel.problems import note_refused
from townhall.questions import dossier

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.people.models import Account

    View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Place:
    """A person in an hour: what every view of the desks starts from."""

    hour: OfficeHour
    actor: Actor

    @property
    def desks(self) -> list[Desk]:
        """The desks this person sits at."""
        return desks_of(self.actor)

    def desk(self, name: str) -> Desk:
        """The desk with this name.

        :raises Refused: 404 for no desk, 403 for somebody else's
        """
        desk = DESKS.get(name)
        if desk is None:
            raise missing(_("没有这个工作台。"))
        if desk not in self.desks:
            raise Refused(FORBIDDEN, "seat", _("您在本期没有这个岗位。"))
        return desk

    def any_desk(self, name: str = "") -> Desk | None:
        """The desk with this name if the person sits there, else their first one."""
        return next((desk for desk in self.desks if desk.name == name), next(iter(self.desks), None))


def signed_in(request: HttpRequest) -> Account:
    """The member of staff who sends this request."""
    return cast("Account", request.user)


def _place(request: HttpRequest, hour: OfficeHour | None) -> Place:
    actor = actor_for(signed_in(request), hour) if hour else None
    if hour is None or actor is None:
        raise missing(_("没有这一期网上办公，或您在本期没有岗位。"))
    return Place(hour, actor)


def place_in(request: HttpRequest, slug: str) -> Place:
    """Where this person sits in the hour at this address.

    :raises Refused: 404 without an hour or a seat in it
    """
    return _place(request, roster.find(slug))


def place_of(request: HttpRequest, question_id: int) -> Place:
    """Where this person sits in the hour of this question."""
    return _place(request, dossier.hour_of(question_id))


def place_of_comment(request: HttpRequest, comment_id: int) -> Place:
    """Where this person sits in the hour of this comment."""
    return _place(request, dossier.hour_of_comment(comment_id))


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks rather than a page."""
    return "application/json" in request.headers.get("Accept", "")


def problem(status: int, code: str, message: str, **more: Any) -> JsonResponse:
    """A refusal for a script, as the JSON API words it (RFC 9457)."""
    body = {"type": "about:blank", "title": code, "status": status, "detail": message, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def problem_of(error: Refused | InvalidFields, places: dict[str, str] | None = None) -> JsonResponse:
    """The same from what an action raised.

    :param places: the errors under the names of the form's fields, when they differ
    """
    if isinstance(error, InvalidFields):
        named = places or {name: str(message) for name, message in error.errors.items()}
        errors = [{"field": name, "message": message} for name, message in named.items()]
        return problem(INVALID, "fields", _("请改正标出的地方。"), errors=errors)
    return problem(error.status, error.code, str(error.message), findings=error.findings)


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Staff pages do not open where this browser is."""
    words = _("工作台只在办公网络内，或事先登记过的设备上打开。请回到办公网络，或改用登记过的设备。")
    if wants_json(request):
        return problem(FORBIDDEN, "place", words)
    return render(request, "desks/refused.html", {"error": {"message": words}, "back": "/"}, status=FORBIDDEN)


def _closed(request: HttpRequest) -> HttpResponse:
    """The desks stay closed until the second factor was shown; what was typed is not lost."""
    due = signed_in(request).standing.password_due
    door = reverse("desks:password" if due else "desks:second-step")
    if wants_json(request):
        return problem(UNAUTHENTICATED, "second_step", _("请先做二次验证，再回到这里。写好的文字请先复制。"))
    if request.method == "POST":
        return again.offer(request, UNAUTHENTICATED, door)
    return redirect(f"{door}?next={quote(request.get_full_path())}")


def _signed_out() -> HttpResponse:
    return problem(
        UNAUTHENTICATED, "sign_in", _("没有提交：您已退出登录。重新登录后再提交，写好的文字还在。")
    )


def _answered(request: HttpRequest, view: View, *args: Any, **kwargs: Any) -> HttpResponse:
    """What a view answers, or what it refused as a page or a problem."""
    try:
        return view(request, *args, **kwargs)
    except (Refused, InvalidFields) as error:
        if wants_json(request):
            return problem_of(error)
        if isinstance(error, InvalidFields):  # a field that no page of ours would have sent so
            words = " ".join(str(message) for message in error.errors.values())
            error = Refused(INVALID, "fields", words)
        back = request.headers.get("Referer", "")
        inside = url_has_allowed_host_and_scheme(back, {request.get_host()})
        context = {"error": error, "back": back if inside else "/desk/"}
        return render(request, "desks/refused.html", context, status=error.status)


def staff(view: View) -> View:
    """A view for signed-in staff: nothing is cached, refusals become pages or problems."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if wants_json(request):
                return _signed_out()
            if request.method == "POST":
                return again.offer(request, UNAUTHENTICATED)
            return redirect_to_login(request.get_full_path())
        account = signed_in(request)
        if not visits.may_work_here(request, account):
            return elsewhere(request)
        account.standing = visits.standing_of(request, account)
        if account.standing.is_shut:
            return _closed(request)
        response = _answered(request, view, *args, **kwargs)
        note_refused(response.status_code, account.id)
        return response

    return guarded


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose secret no longer fits: from this site it is offered again, from elsewhere refused."""
    if wants_json(request):
        if (
            not request.user.is_authenticated
        ):  # both cookies are gone: the secret is missing because the session is
            return _signed_out()
        return problem(FORBIDDEN, "csrf", _("您在别处重新登录过，请刷新页面。写好的文字请先复制。"))
    door = reverse("desks:sign-in")
    if request.path.startswith("/desk/") and request.path != door and again.is_own_page(request):
        return again.offer(request, FORBIDDEN)
    words = _("没有提交：登录状态已变化，或浏览器没有保存 Cookie。请重新打开页面再提交。")
    context = {"error": {"message": words}, "back": door if request.path == door else "/desk/"}
    return render(request, "desks/refused.html", context, status=FORBIDDEN)
