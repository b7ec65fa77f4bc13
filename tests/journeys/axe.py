"""axe-core on an open page: WCAG 2.2 A and AA, told so that the place can be found."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# What another colour or another size can break; all else is the same document.
LOOKS = ("color-contrast", "target-size", "link-in-text-block")
# Of pieces built alike, two are examined: a list of a hundred cards shows no more faults than a list of two.
_THIN = """() => {
  const shape = (node) => node.tagName + '.' + node.className + node.hasAttribute('hidden') + node.lang + node.type
    + '(' + Array.from(new Set(Array.from(node.children, shape))).join() + ')';
  document.querySelectorAll('ol, ul, dl, .cards, tbody, .choices').forEach((list) => {
    const seen = new Map();
    Array.from(list.children).forEach((piece) => {
      const looks = shape(piece), times = (seen.get(looks) || 0) + 1;
      seen.set(looks, times);
      if (times > 2) { piece.remove(); }
    });
  });
}"""
_RUN = """async (options) => {
  const found = await axe.run(document, options);
  return found.violations.map((one) => ({
    id: one.id, help: one.help,
    nodes: one.nodes.map((node) => ({target: node.target.join(' '), html: node.html, why: node.failureSummary})),
  }));
}"""


def prepare(context: BrowserContext) -> None:
    """Have axe at hand on every page of this person, without sending it to each."""
    context.add_init_script(AXE_SCRIPT)


def thin_out(page: Page) -> None:
    """Leave two of everything that is built alike."""
    page.evaluate(_THIN)


def violations(page: Page, *, looks_only: bool = False) -> list[str]:
    """What axe finds on the page as it stands, one line for each place.

    :param looks_only: only the rules on colours and sizes, for another look of a page examined before
    """
    only = {"type": "rule", "values": LOOKS} if looks_only else {"type": "tag", "values": LEVELS}
    options: dict[str, Any] = {"runOnly": only, "resultTypes": ["violations"]}
    if not looks_only:
        options["rules"] = {"target-size": {"enabled": True}}
    found = page.evaluate(_RUN, options)
    return [
        f"{page.url}: {one['id']} ({one['help']}) at {node['target']}: {json.dumps(node['html'], ensure_ascii=False)[:200]}"
        f" {node['why'].splitlines()[-1].strip()}"
        for one in found
        for node in one["nodes"]
    ]
