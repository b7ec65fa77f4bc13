"""What the edge refuses by itself, in both languages.

The edge answers before Django has chosen a language for the request, so it brings its few words along.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal: its status and, in both languages, why and what to do instead."""

    status: int
    detail: str
    detail_en: str


PROBLEMS: dict[str, Problem] = {
    "bad_request": Problem(400, "请求不是有效的 HTTP 请求。", "This is not valid HTTP."),
    "bad_host": Problem(400, "本站不使用这个网址。", "This site does not answer to that name."),
    "bad_utf8": Problem(422, "请求内容须为 UTF-8 编码。", "The body must be encoded as UTF-8."),
    "bad_json": Problem(422, "请求内容不是有效的 JSON。", "The body is not valid JSON."),
    "ticket": Problem(401, "凭证无效或已过期，请刷新页面。", "Unknown or expired; reload the page."),
    "cross_site": Problem(403, "请在本站页面上提交。", "Send this from a page of this site."),
    "no_hour": Problem(404, "没有这一期网上办公。", "There is no such office hour."),
    "method": Problem(405, "这个地址只接受 GET。", "Only GET is answered here."),
    "too_large": Problem(413, "请求内容太长，请缩短后再试。", "The body is too large; shorten it."),
    "not_json_type": Problem(
        415, "Content-Type 须为 application/json。", "The Content-Type must be application/json."
    ),
    "invalid_fields": Problem(422, "请按提示修改后再提交。", "Mend the fields named below."),
    "too_many": Problem(429, "提交太频繁，请稍后再试。", "Too many in a short time; wait a little."),
    "effort": Problem(
        429,
        "现在提交的人很多：请先解出 altcha，或等一会儿带上 wait_ticket 再提交；验证过手机的不用。",
        "Very many ask now: solve altcha first, or wait and send wait_ticket along; a verified mobile needs neither.",
    ),
    "headers_too_large": Problem(431, "请求头太长。", "The request's headers are too large."),
    "failed": Problem(500, "系统出错，请稍后再试。", "Something went wrong; try again."),
    "unavailable": Problem(
        503,
        "系统暂时存取不了内容，请保留您写的，稍后再试。",
        "Nothing can be stored or read just now; keep what you wrote and try again.",
    ),
    "busy": Problem(503, "现在人很多，请稍后再试。", "Very many people are here now; try again shortly."),
}
