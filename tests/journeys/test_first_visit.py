"""What a first visit costs, and that nothing is fetched from anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import CDPSession

from tests.journeys.people import Meet

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

FIRST_VISIT_BYTES = 80 * 1024


def transferred(session: CDPSession) -> dict[str, int]:
    """Bytes over the wire by address, filled while pages load."""
    sizes: dict[str, int] = {}
    addresses: dict[str, tuple[str, str]] = {}
    session.send("Network.enable")
    session.on(
        "Network.responseReceived",
        lambda event: addresses.update({event["requestId"]: (event["response"]["url"], event["type"])}),
    )

    def finished(event: dict[str, object]) -> None:
        url, kind = addresses.get(str(event["requestId"]), ("", ""))
        if kind != "Image":
            sizes[url] = int(float(str(event["encodedDataLength"])))

    session.on("Network.loadingFinished", finished)
    return sizes


@pytest.mark.parametrize("page", ["hour", "home", "question", "ask"])
def test_a_first_visit_stays_below_eighty_kilobytes(tonight: Evening, meet: Meet, page: str) -> None:
    answered = next(one for one in tonight.questions() if one["outcome"] == "answered")
    paths = {
        "hour": tonight.path(),
        "home": "/",
        "question": f"/questions/{answered['id']}/",
        "ask": tonight.path("ask"),
    }
    visitor = meet()
    sizes = transferred(visitor.context.new_cdp_session(visitor.page))
    visitor.go(paths[page])
    visitor.page.wait_for_load_state("load")
    total = sum(sizes.values())
    print(
        f"first visit of {page}: {total} bytes",
        {url.rpartition("/")[2] or "document": size for url, size in sizes.items()},
    )
    kinds = {url.rpartition(".")[2] if "." in url.rpartition("/")[2] else "document" for url in sizes}
    assert kinds >= {"document", "css", "js"}
    assert total <= FIRST_VISIT_BYTES


def test_every_complaint_of_a_page_is_heard(meet: Meet) -> None:
    """The other journeys rely on it: each of their people must have seen pages without a complaint."""
    visitor = meet()
    page = visitor.go("/")
    assert visitor.complaints == []
    for wrong, told in (
        ("fetch('http://elsewhere.test/').catch(() => null)", "violates"),
        ("document.head.insertAdjacentHTML('beforeend', '<style>p {color: red}</style>')", "violates"),
        (
            "document.body.appendChild(Object.assign(document.createElement('img'), {src: 'http://elsewhere.test/a.png'}))",
            "violates",
        ),
        ("fetch('/nothing/')", "404 GET"),
        ("setTimeout(() => { throw new Error('broken') }, 0)", "broken"),
    ):
        page.evaluate(wrong)
        page.wait_for_timeout(50)
        assert any(told in complaint for complaint in visitor.complaints), (wrong, visitor.complaints)
        visitor.complaints.clear()
