"""Which browser on which system, in two words a person recognises; nothing else of it is kept."""

from __future__ import annotations

# The order decides: many browsers also claim to be Chrome and Safari.
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("QQBrowser", "QQ"), ("UCBrowser", "UC"), ("360", "360"),
    ("Firefox", "Firefox"), ("HeadlessChrome", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
MOBILE_SYSTEMS = frozenset({"HarmonyOS", "Android", "iPhone", "iPad"})


def named(user_agent: str) -> tuple[str, str]:
    """Browser and system of a User-Agent header; empty words for what we do not know."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return browser, system
