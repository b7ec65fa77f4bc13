"""The district's template of posts: what every hour's staffing plan starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from townhall.desks import formdata
from townhall.desks.access import signed_in, staff
from townhall.kernel.errors import FORBIDDEN, INVALID, InvalidFields, Refused
from townhall.staffing import actions, queries

if TYPE_CHECKING:
    from collections.abc import Mapping

# Empty rows below the posts that are there; one that stays empty is no post.
SPARE = 3


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """See the template, and save it as a whole."""
    account = signed_in(request)
    if not queries.may_edit_template(account):
        raise Refused(FORBIDDEN, "office", _("岗位模板由区府办维护。"))
    if request.method != "POST":
        return _show(request, queries.template(), {})
    typed = formdata.nested(request.POST)
    try:
        actions.save_template(account, typed.data.get("posts", []))
    except InvalidFields as invalid:
        return _show(request, typed.data.get("posts", []), invalid.errors, INVALID)
    messages.success(request, _("模板已保存，从下一次“按模板排岗”起使用。"))
    return redirect("desks:posts")


def _show(
    request: HttpRequest, rows: list[dict[str, Any]], errors: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    shown = [
        {
            "place": place,
            "typed": row,
            "errors": {name: errors.get(f"posts[{place}].{name}", "") for name in ("name", "role", "people")},
        }
        for place, row in enumerate([*rows, *[{"required": True}] * SPARE])
    ]
    context = {"rows": shown, "roles": queries.roles(), "errors": errors}
    return render(request, "desks/staffing/posts.html", context, status=status)
