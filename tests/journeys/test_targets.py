"""What one taps is 44 px high on a phone (look.md; WCAG 2.2, 2.5.5), but for links inside a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys import pages
from tests.journeys.people import SMALL_PHONE, Meet

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

pytestmark = pytest.mark.long

# Heights in CSS px. A box to tick counts as high as its label. A link is inside a sentence where text stands beside it.
SMALL = """() => {
  const found = [];
  const beside = el => Array.from(el.parentNode.childNodes).some(
    node => node.nodeType === Node.TEXT_NODE && node.textContent.trim().length > 1);
  for (const el of document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')) {
    const seen = el.matches('[type=radio], [type=checkbox]') ? el.closest('label') || el : el;
    const box = seen.getBoundingClientRect();
    if (!seen.checkVisibility({visibilityProperty: true}) || box.bottom < 0 || box.width < 2) { continue; }
    if (el.tagName === 'A' && getComputedStyle(el).display === 'inline' && beside(el)) { continue; }
    if (box.height < 43.5) { found.push(Math.round(box.height) + ' px: ' + el.outerHTML.slice(0, 160)); }
  }
  return found;
}"""


def test_what_is_tapped_is_large_enough(tonight: Evening, meet: Meet) -> None:
    own = pages.ask_in_every_state(tonight)
    citizen = meet(**SMALL_PHONE)
    small: list[str] = []
    with citizen.allowing(404):
        for path in [*pages.public_paths(tonight), *own.paths(), *pages.NOT_FOUND]:
            page = citizen.go(path)
            small += [f"{path}: {one}" for one in page.evaluate(SMALL)]
    if small:
        raise AssertionError("\n".join(dict.fromkeys(small)))
