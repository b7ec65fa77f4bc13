"""Every page that somebody can open and that could grow with the years: of the public, of programs, of each desk."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

SEATS = {
    "moderator": ("moderator1", ("queue", "comments", "sent", "all", "clarifications")),
    "group": ("edu1", ("todo", "submitted", "published", "all", "clarifications")),
    "mayor": ("mayor", ("queue", "answering", "published", "all", "clarifications")),
    "assistant": ("assistant", ("submitted", "assigned", "published", "all", "clarifications")),
    "coordinator": (
        "coordinator",
        ("pending", "accepted", "assigned", "submitted", "declined", "all", "clarifications"),
    ),
    "clerk": ("clerk1", ("intake", "all")),
    "inspector": ("inspector", ("published", "all")),
    "editor": ("editor", ("comments", "all", "clarifications")),
}
CSV = (
    "ends",
    "years",
    "times",
    "speed",
    "satisfaction",
    "promises",
    "units",
    "kinds",
    "subjects",
    "reasons",
    "ledger",
)
# Who keeps accounts, rights and the journal; their usernames are their offices.
ADMINISTRATORS = ("system", "security", "audit")
# What a page of one hour is called below /hours/SLUG/.
OF_HOUR = (
    "", "ask", "mine/", "comments/", "screen/", "remind/", "plan", "calendar.ics", "list/", "list/?show=pending",
    "list/?show=answered", "list/?show=promised", "list/?show=merged", "list/?show=declined",
    "list/?show=withdrawn",
)  # fmt: skip
# What is made of an hour's preparation, below /desk/prepare/SLUG/.
PAPERS = (
    "arranging/", "digest/digest.docx", "digest/digest.xlsx", "meeting/minutes.docx", "plan/plan.docx", "plan/plan.pdf",
    "press/v1.docx", "staffing/print/", "staffing/sheet.docx", "staffing/sheet.pdf",
)  # fmt: skip
# What the public record shows that does not say of which entry.
RECORD = ("", "checkpoint", "vkey", "tile/0/000", "tile/entries/000")
# Files of every hour that are no tables.
OF_ALL = frozenset({"/open/datapackage.json", "/api/v1/statistics", "/sitemaps/pages.xml"})


@dataclass(frozen=True)
class Address:
    """One page as one person sees it.

    :param name: what it is called in the table
    :param who: the account that is signed in; nobody without
    """

    name: str
    url: str
    who: str = ""

    @property
    def of_all(self) -> bool:
        """Whether it is a file that tells of every hour there was."""
        path = self.url.partition("?")[0]
        return path.endswith(".csv") or path in OF_ALL


def known() -> dict[str, Any]:
    """Things of the demo that both installations have, by which pages are found."""
    from townhall.commitments.models import Commitment, Proof
    from townhall.countdown import queries as countdown
    from townhall.history.models import PastHour, PastQuestion
    from townhall.hours.models import OfficeHour
    from townhall.kernel.secrets import make_receipt
    from townhall.outreach.models import Broadcast
    from townhall.people.models import Account
    from townhall.preparation.models import Notice, Receipt
    from townhall.questions.models import Asker, Clarification, Question
    from townhall.voice import links as voice
    from townhall.voice.models import Ask
    from townhall.wrapping.models import Handover, Paper

    live = OfficeHour.objects.get(stage="live")
    over, before = OfficeHour.objects.filter(stage="archived").order_by("-starts_at")[:2]
    answered = Question.objects.filter(hour=live, status="published", withheld=None).order_by("id")[0]
    declined = Question.objects.filter(hour=live, status="declined").order_by("id")[0]
    kept = Commitment.objects.filter(hour_id=before.id, state="closed").order_by("id")[0]
    shown = Proof.objects.filter(
        step__commitment__hour_id__in=[over.id, before.id], covered_at=None, picture=True
    )
    picture = shown.filter(step__public=True).order_by("id")[0]
    notice = Notice.objects.filter(hour=live).order_by("id")[0]
    receipt = Receipt.objects.filter(notice=notice).order_by("id")[0]
    asker = Asker.objects.filter(question=answered).order_by("id")[0]
    coordinator = Account.objects.get(username="coordinator")
    return {
        "live": live.slug, "over": over.slug, "next": OfficeHour.objects.get(stage="planned").slug,
        "question": answered.id, "declined": declined.id, "unit": answered.unit_id, "subject": answered.subject,
        "area": answered.area, "promise": kept.id, "picture": (picture.step.commitment_id, picture.id),
        "clarification": Clarification.objects.filter(hour=live).order_by("id")[0].id,
        "past": PastQuestion.objects.order_by("id")[0].id,
        "past_hour": PastHour.objects.order_by("id")[0].id, "year": live.starts_at.year, "notice": notice.id,
        "receipt": (receipt.id, _somebody_of(receipt.unit_id)), "promising": _somebody_of(kept.unit_id),
        "handover": Handover.objects.filter(hour=over).order_by("id")[0].id,
        "broadcast": Broadcast.objects.filter(hour=live).order_by("id")[0].id,
        "asker": make_receipt(asker.receipt_nonce),
        "voice": voice.token_of(Ask.objects.filter(question__hour_id__in=[over.id, before.id]).order_by("id")[0]),
        "paper": Paper.objects.filter(hour=over).order_by("id")[0].id, "account": coordinator.id,
        "feed": countdown.feed_address(coordinator),
    }  # fmt: skip


def _somebody_of(unit_id: int) -> str:
    from townhall.people.models import Account

    return Account.objects.filter(unit_id=unit_id, is_active=True).order_by("id")[0].username


def public(thing: dict[str, Any]) -> list[Address]:
    """What anybody can open."""
    live, over = thing["live"], thing["over"]
    promise, proof = thing["picture"]
    words, unit, year = quote("学位"), thing["unit"], thing["year"]
    urls = [
        "/", "/outgoing/", "/clarifications/", f"/clarifications/{thing['clarification']}/",
        "/archive/", f"/archive/?year={year}", f"/archive/?q={words}", f"/archive/?q={words}&year={year}",
        f"/archive/?q=&subject={thing['subject']}", f"/archive/?q={quote('路灯 什么时候修好')}",
        f"/archive/?like={thing['question']}", f"/archive/{year}/", f"/history/{thing['past']}/",
        f"/history/hours/{thing['past_hour']}/",
        "/promises/", "/promises/?late=1", "/promises/?state=open", "/promises/?state=closed",
        f"/promises/?unit={unit}", f"/promises/?area={quote(thing['area'])}",
        f"/promises/?subject={thing['subject']}", f"/promises/{thing['promise']}/",
        f"/promises/{promise}/pictures/{proof}",
        *(f"/hours/{live}/{rest}" for rest in OF_HOUR), f"/hours/{live}/list/?q={words}", f"/embed/{live}/",
        *(f"/hours/{over}/{rest}" for rest in ("", "list/", f"list/?q={words}", "leftovers/")),
        *(f"/hours/{over}/papers/{rest}" for rest in ("summary/", "summary/1/", "transcript/", "summary.docx")),
        "/ask/", "/comments/", f"/archive/{year}/report.docx",
        f"/follow/unit/{unit}/", f"/follow/subject/{thing['subject']}/", f"/follow/promise/{promise}/",
        f"/observe/{live}/lot.json", f"/track/{thing['asker']}", f"/track/{thing['asker']}/",
        f"/track/{thing['asker']}/data", f"/voice/{thing['voice']}/", f"/open/hours/{over}/questions.csv",
        f"/open/hours/{over}/promises.jsonl",
        f"/observe/{live}/", f"/observe/{live}/mine/", f"/questions/{thing['question']}/",
        f"/redress/?question={thing['question']}",
        "/redress/mine/", "/topics/", "/track/", "/units/", f"/units/{unit}/", "/suggestions/",
        "/suggestions/?verdict=adopted",
        "/statistics/", f"/statistics/?year={year}", f"/statistics/?hour={live}",
        *(f"/statistics/{name}.csv" for name in CSV),
        "/open/", "/open/datapackage.json", "/sitemap.xml", "/robots.txt", "/look/", "/oembed?url=" + quote(
            f"http://127.0.0.1:8000/questions/{thing['question']}/"),
        "/sitemaps/pages.xml", "/sitemaps/history-1.xml",
        *(f"/record/{rest}" for rest in RECORD), f"/record/questions/{thing['question']}/",
        f"/record/proof/{thing['question']}", f"/record/proof/promise-{promise}",
        "/feeds/answers.atom", f"/feeds/hours/{live}.atom", f"/feeds/units/{unit}.atom",
        f"/feeds/subjects/{thing['subject']}.atom", f"/feeds/promises/{thing['promise']}.atom", "/feeds/hours.ics",
    ]  # fmt: skip
    api = [
        "hours?limit=12", "hours?stage=archived&limit=12", f"hours/{live}", f"hours/{live}/questions",
        f"hours/{live}/answers",
        f"hours/{live}/clarifications", f"questions/{thing['question']}", f"questions/{thing['question']}/comments",
        "commitments", "commitments?late=true", f"commitments?unit={unit}", "commitments?state=closed", "statistics",
        f"statistics?hour={live}",
    ]  # fmt: skip
    return [Address(url, url) for url in [*urls, *(f"/api/v1/{one}" for one in api), "/healthz"]]


def files(thing: dict[str, Any]) -> list[Address]:
    """Addresses of every question of a year, of up to 50,000 promises: longer with each, and so not to be timed.

    How often one of them asks the database is compared like everywhere.
    """
    urls = ["/sitemaps/promises-1.xml", f"/sitemaps/{thing['year']}.xml"]
    return [Address(url, url) for url in urls]


def desks(thing: dict[str, Any]) -> list[Address]:
    """What staff can open."""
    live, over, following = thing["live"], thing["over"], thing["next"]
    found = [
        (who, f"/desk/hours/{live}/{seat}/?view={view}")
        for seat, (who, views) in SEATS.items()
        for view in views
    ]
    found += [
        (who, f"/desk/hours/{live}/{seat}/?q={thing['question']}") for seat, (who, _views) in SEATS.items()
    ]
    found += [
        (who, f"/desk/hours/{live}/{seat}/{rest}")
        for seat, (who, views) in SEATS.items()
        for rest in (f"changes?view={views[0]}", "print?view=all")
    ]
    found += [
        (who, "/desk/?all") for who in ("moderator1", "edu1", "mayor", "coordinator", "inspector", "clerk1")
    ]
    coordinators = [
        "office/", f"office/?year={thing['year']}", "office/archives/", "office/documents/", "office/approvals/",
        "office/redress/", "office/limits/", "office/posts/", "office/calendar/", "office/series/", "office/topics/",
        "office/outreach/", "office/outreach/deliveries/", "office/inbox/", "office/countdown/", "calendar/",
        f"prepare/{live}/", f"prepare/{following}/", f"prepare/{live}/plan/", f"prepare/{live}/plan/versions/",
        f"prepare/{live}/digest/", f"prepare/{live}/readiness/", f"prepare/{live}/staffing/",
        f"prepare/{live}/observers/", f"prepare/{live}/observers/talk/", f"prepare/{live}/notices/",
        f"prepare/{live}/notices/new/", f"prepare/{live}/notices/{thing['notice']}/", f"prepare/{live}/meeting/",
        f"prepare/{live}/publicity/", f"prepare/{live}/press/", f"prepare/{live}/broadcast/",
        f"prepare/{live}/broadcast/{thing['broadcast']}/", f"prepare/{live}/venues/", f"prepare/{live}/venues/board/",
        f"prepare/{following}/topic/", f"after/{live}/", f"after/{over}/", f"after/{over}/calls/",
        f"after/{over}/handover/{thing['handover']}/", f"questions/{thing['question']}/case/",
        f"questions/{thing['question']}/print", f"hours/{over}/coordinator/", f"hours/{live}/",
        f"hours/{live}/technician/", f"hours/{live}/coordinator/slips", "office/units/",
        f"office/units/{thing['unit']}/", "account/", "office/documents/plan.docx",
        "office/documents/plan/preview.docx", f"calendar/{thing['feed']}.ics",
        f"after/{over}/handover/{thing['handover']}.docx",
        f"after/{over}/papers/{thing['paper']}.docx",
        *(f"prepare/{live}/{rest}" for rest in PAPERS), f"prepare/{live}/notices/{thing['notice']}/edit/",
        f"prepare/{live}/notices/{thing['notice']}/v1.docx",
    ]  # fmt: skip
    found += [("coordinator", f"/desk/{rest}") for rest in coordinators]
    found += [
        ("inspector", f"/desk/office/promises/{rest}")
        for rest in (
            "", *(f"?view={view}" for view in ("late", "soon", "waiting", "silent", "words", "all", "done")),
            "month/", "month/circular.docx", f"{thing['promise']}/",
        )
    ]  # fmt: skip
    found += [("mayor", "/desk/office/promises/"), ("mayor", "/desk/office/promises/?view=requests")]
    found += [("mayor", "/desk/office/approvals/"), ("inspector", f"/desk/after/{over}/")]
    receipt, reader = thing["receipt"]
    found += [(reader, "/desk/office/notices/"), (reader, f"/desk/office/notices/{receipt}/")]
    found += [(reader, f"/desk/office/notices/{receipt}/notice.docx")]
    found += [("moderator1", f"/desk/hours/{live}/moderator/print?view=queue")]
    found += [(who, "/desk/administration/") for who in ("system", "security")]
    found += [
        ("system", f"/desk/administration/{thing['account']}/"),
        ("audit", "/desk/administration/journal/"),
    ]
    found += [("security", "/desk/administration/record-key/")]
    found += [(reader, "/desk/office/tasks/"), (reader, "/desk/office/inbox/"), (reader, "/desk/?all")]
    found += [
        (thing["promising"], f"/desk/office/promises/?view={view}") for view in ("mine", "mine_reported", "mine_done")
    ]  # fmt: skip
    return [Address(f"{url} ({who})", url, who) for who, url in dict.fromkeys(found)]
