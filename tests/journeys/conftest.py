"""One filled district for many modules, one server a module, and people whose browsers must not complain."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error

from tests.journeys.evening import Evening, evening, fill
from tests.journeys.people import LAPTOP, Meet, Person
from tests.tools.demos import FRESH_SECONDS

FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[Path, dict[str, Any]]]:
    """The demo's data: modules copy them and change only their copy; made anew before their hour is too far gone."""
    made: list[tuple[float, Path, dict[str, Any]]] = []

    def lately() -> tuple[Path, dict[str, Any]]:
        if not made or time.monotonic() - made[-1][0] > FRESH_SECONDS:
            directory = tmp_path_factory.mktemp("filled") / "data"
            made.append((time.monotonic(), directory, fill(directory)))
        return made[-1][1:]

    return lately


@pytest.fixture(scope="module")
def tonight(
    filled: Callable[[], tuple[Path, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evening]:
    """A server of this module's own in the middle of the live hour."""
    directory, answer = filled()
    with evening(directory, answer, tmp_path_factory.mktemp("evening") / "data") as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember that a journey failed, so that its pages are photographed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def photograph(met: list[Person], folder: Path) -> None:
    """What everybody saw when the journey failed."""
    for number, page in enumerate(page for person in met for page in person.context.pages):
        with contextlib.suppress(Error):
            page.screenshot(path=folder / f"{number}.png", timeout=5000)
            print(f"{page.url}: {folder / f'{number}.png'}")


@pytest.fixture
def meet(
    tonight: Evening,
    new_context: Callable[..., BrowserContext],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Meet]:
    """Persons with browsers of their own; at the end none of their pages may have complained."""
    met: list[Person] = []

    def enter(*, at: Evening | None = None, **options: Any) -> Person:
        person = Person(new_context(**(LAPTOP | options)), at or tonight)
        met.append(person)
        return person

    yield enter
    if request.node.stash.get(FAILED, False):
        photograph(met, tmp_path)
    complaints = [complaint for person in met for complaint in person.complaints]
    assert not complaints, "\n".join(complaints)
