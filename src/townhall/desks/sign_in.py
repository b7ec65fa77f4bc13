"""Signing in and out; whoever guesses passwords waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.desks import visits
from townhall.desks.access import elsewhere, signed_in
from townhall.kernel.pace import Pace, counted
from townhall.signon import actions, places, standing

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# A person mistypes two or three times; a machine does not stop. Wrong passwords in a quarter of an hour.
SPAN_MINUTES = 15
MOST_PER_ACCOUNT = 8
MOST_PER_ADDRESS = 40
WRONG_FOR_ACCOUNT = Pace(MOST_PER_ACCOUNT / SPAN_MINUTES, MOST_PER_ACCOUNT)
WRONG_FROM_ADDRESS = Pace(MOST_PER_ADDRESS / SPAN_MINUTES, MOST_PER_ADDRESS)


class SignInForm(AuthenticationForm):
    """Name and password, in the words of the house."""

    error_messages = {
        "invalid_login": gettext_lazy("用户名或密码不对，请核对后再试。"),
        "inactive": gettext_lazy("这个账号已停用，请联系技术保障。"),
        "run_out": gettext_lazy("初始密码七天内没有更换，已经失效。请系统管理员重设密码。"),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, unless too many have been wrong already."""
        if any(pace.is_spent(who) for pace, who in self._counted()):
            self.add_error(None, _("密码多次不对，请 15 分钟后再试，或请技术保障重设密码。"))
            return self.cleaned_data
        return dict(super().clean() or {})

    def confirm_login_allowed(self, user: Any) -> None:
        """With the right password: whether the account is open, and a first password not too old."""
        super().confirm_login_allowed(user)
        if standing.is_shut_out(user):
            raise ValidationError(self.error_messages["run_out"], code="run_out")

    def get_invalid_login_error(self) -> Any:
        """Count the failure."""
        actions.note_wrong(actions.account_called(str(self.cleaned_data.get("username", ""))), "password")
        for pace, who in self._counted():
            pace.take(who)
            if pace is WRONG_FOR_ACCOUNT and pace.is_spent(who):
                actions.lock_out(who.partition(" ")[0])
        return super().get_invalid_login_error()

    def _counted(self) -> list[tuple[Pace, str]]:
        address = (counted(self.request) if self.request else None) or ""
        return [(WRONG_FOR_ACCOUNT, self._tried()), *([(WRONG_FROM_ADDRESS, address)] if address else [])]

    def _tried(self) -> str:
        """Whose password is tried; from a browser in which that person has proved themselves, in that browser.

        So a stranger who guesses at a name from afar does not keep its owner out (OWASP: device cookies).
        """
        name = str(self.cleaned_data.get("username", "")).lower()
        device = self.request.COOKIES.get(visits.device_cookie(), "") if self.request else ""
        known = places.known_device(name, device)
        return f"{name} {known}" if known else name


class SignIn(views.LoginView):
    """The door for staff."""

    template_name = "desks/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open the door only where staff may work, so that passwords are not tried from elsewhere either."""
        if not visits.may_work_here(request):
            return elsewhere(request)
        return cast("HttpResponse", super().dispatch(request, *args, **kwargs))

    def get_success_url(self) -> str:
        """Where to go on; not to this door again, where whoever is signed in would be sent for ever."""
        url = str(super().get_success_url())
        return url if urlsplit(url).path != self.request.path else str(self.get_default_redirect_url())

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and note from which browser."""
        response = super().form_valid(form)
        actions.begin(signed_in(self.request), visits.visit_of(self.request))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so with the status of a refused form."""
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class SignOut(views.LogoutView):
    """Out, by a form: a link must not sign anybody out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the sign-in, with what was proved in it."""
        if request.user.is_authenticated:
            actions.end(signed_in(request), request.session.session_key or "")
        response = super().post(request, *args, **kwargs)
        # What was typed and not sent waits in the tab; at a venue's machine the next one must not find it
        # (Clear Site Data, W3C; OWASP ASVS 5.0, 14.3.1). Nothing of a desk is cached, so the cache may stay.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response
