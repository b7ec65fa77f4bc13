"""wapiti: crawls what anybody sees and what a moderator sees, and attacks every address and form that it finds."""

import json
import subprocess
import tempfile
from pathlib import Path

import httpx

from bench.attack import needs
from bench.attack.standing import LOCAL, District, Found

CRAWL_SECONDS, ATTACK_SECONDS = 60, 10  # the crawl; each of the sixteen modules
# Left out: ssrf and xxe want a server of wapiti's own on the internet, wapp a list from there; brute_login_form,
# buster and nikto guess names for hours.
# Said by wapiti, and right as it is: browsers have dropped the header, and OWASP asks to leave it out. The two
# cookies hold a language and a look, which the page's own script changes, and open nothing.
INFORMATIONAL = {
    "X-XSS-Protection is not set",
    "HttpOnly flag is not set in the cookie : lang",
    "HttpOnly flag is not set in the cookie : view",
}
MODULES = (
    "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,"
    "shellshock,sql,xss"
)


def run(district: District) -> Found:
    """Once as a stranger, once signed in."""
    found = Found("wapiti", needs.version_of("wapiti"))
    with district.behind_nginx(found), tempfile.TemporaryDirectory() as name:
        _crawl(district, found, Path(name), "a stranger", "/", {})
        cookies = district.signed_in("moderator")
        desk = f"/desk/hours/{district.slug}/moderator/"
        _crawl(district, found, Path(name), "a moderator", desk, cookies)
        answer = httpx.get(district.url + desk, cookies=cookies, verify=False, timeout=30)  # noqa: S501 - our own certificate
        found.figures["still signed in at the end"] = answer.status_code == httpx.codes.OK
    return found


def _crawl(
    district: District, found: Found, folder: Path, who: str, start: str, cookies: dict[str, str]
) -> None:
    report, jar = folder / "report.json", folder / "cookies.json"
    held = {
        key: {"value": value, "expires": None, "secure": True, "port": None} for key, value in cookies.items()
    }
    jar.write_text(json.dumps({f".{LOCAL}": {"/": held}, LOCAL: {"/": held}}), encoding="utf-8")
    command: list[str | Path] = [
        needs.debian("wapiti"), "--url", f"{district.url}/", "--start", f"{district.url}{start}", "--scope", "domain",
        "--module", MODULES, "--max-scan-time", str(CRAWL_SECONDS), "--max-attack-time", str(ATTACK_SECONDS),
        "--max-links-per-page", "60", "--verify-ssl", "0", "--no-bugreport", "--flush-session", "--level", "2",
        "--store-session", folder / "session", "--store-config", folder / "config", "--timeout", "20",
        # Signing out is a form with this field only; its --exclude does not work under Debian's Python.
        "--skip", "csrfmiddlewaretoken", "--format", "json", "--output", report, "--verbose", "0",
    ]  # fmt: skip
    if cookies:
        command += ["--cookie", jar]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    if not report.exists():
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    told = json.loads(report.read_text(encoding="utf-8"))
    counts: dict[str, int] = {}
    accepted: list[str] = []
    for part in ("vulnerabilities", "anomalies"):
        for kind, cases in told[part].items():
            counts[kind] = len(cases)
            for case in cases:
                where = f"{case['method']} {case['path']} {case.get('parameter') or ''}"
                line = f"{who}: {kind}: {where}: {case['info']}"[:300]
                (accepted if case["info"] in INFORMATIONAL else found.findings).append(line)
    found.figures[who] = {"counts": counts, "informational": accepted}
