"""The public's addresses; `docs/reference` promises them."""

from __future__ import annotations

from django.urls import path, register_converter

from townhall.portal.views import (
    annual,
    archive,
    ask,
    calendar,
    feeds,
    files,
    following,
    home,
    hour,
    leftovers,
    look,
    machines,
    observe,
    open_data,
    outgoing,
    own_data,
    plan,
    promises,
    question,
    record,
    redress,
    reminders,
    sign_on,
    statistics,
    topics,
    track,
    units,
    voice,
)


class Number:
    """An id that fits a column."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)


class Slug:
    """An hour's slug, as the edge reads it."""

    regex = "[A-Za-z0-9_-]{1,64}"

    def to_python(self, value: str) -> str:
        """The slug."""
        return value

    def to_url(self, value: str) -> str:
        """The slug."""
        return value


class Words:
    """One of a few words."""

    regex = ""

    def to_python(self, value: str) -> str:
        """The word."""
        return value

    def to_url(self, value: str) -> str:
        """The word."""
        return value


class Followed(Words):
    """What can be followed."""

    regex = "promise|unit|subject"


class Act(Words):
    """What an asker may do."""

    regex = "withdraw|supplement|appeal|rating"


class ClosingPaper(Words):
    """A closing paper."""

    regex = "summary|transcript"


class Say(Words):
    """What a link's holder may say."""

    regex = "rate|not-done"


class Look(Words):
    """What a visitor may put on."""

    regex = "auto|light|dark|contrast|elder"


class Paper(Words):
    """A kind of document."""

    regex = "docx|pdf"


class File(Words):
    """What a file of open data holds."""

    regex = "questions|promises"


class Mapped(Words):
    """What has site maps by number."""

    regex = "promises|history"


class Form(Words):
    """How a file of open data is written."""

    regex = "csv|jsonl"


class Year(Number):
    """A calendar year."""

    regex = "[12][0-9]{3}"


class Language(Words):
    """A language of the interface."""

    regex = "zh|en"


register_converter(Number, "number")
register_converter(Slug, "hour")
register_converter(Followed, "followed")
register_converter(Act, "act")
register_converter(ClosingPaper, "closing")
register_converter(Say, "say")
register_converter(Look, "look")
register_converter(Paper, "paper")
register_converter(File, "file")
register_converter(Mapped, "mapped")
register_converter(Form, "form")
register_converter(Year, "year")
register_converter(Language, "language")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("ask/", home.ask),
    path("comments/", home.comments),
    path("outgoing/", outgoing.outgoing, name="outgoing"),
    path("archive/", archive.archive, name="archive"),
    path("archive/<number:year>/", annual.page, name="annual"),
    path("archive/<number:year>/report.<paper:kind>", annual.document, name="annual-paper"),
    path("history/<number:past_id>/", archive.past, name="past"),
    path("history/hours/<number:hour_id>/", archive.past_hour, name="past-hour"),
    path("promises/", promises.listing, name="promises"),
    path("promises/<number:commitment_id>/", promises.page, name="promise"),
    path(
        "promises/<number:commitment_id>/pictures/<number:proof_id>", promises.picture, name="promise-picture"
    ),
    path("clarifications/", home.clarifications),
    path("clarifications/<number:clarification_id>/", home.clarification, name="clarification"),
    path("hours/<hour:slug>/", hour.page, name="hour"),
    path("hours/<hour:slug>/ask", ask.ask, name="ask"),
    path("hours/<hour:slug>/mine/", hour.own, name="mine"),
    path("hours/<hour:slug>/list/", hour.listing, name="list"),
    path("hours/<hour:slug>/leftovers/", leftovers.leftovers, name="leftovers"),
    path("hours/<hour:slug>/papers/<closing:kind>/", leftovers.paper, name="closing-paper"),
    path(
        "hours/<hour:slug>/papers/<closing:kind>/<number:version>/", leftovers.paper, name="closing-version"
    ),
    path("hours/<hour:slug>/papers/<closing:kind>.<paper:form>", leftovers.paper_file, name="closing-file"),
    path("hours/<hour:slug>/calendar.ics", calendar.hour, name="hour-calendar"),
    path("hours/<hour:slug>/plan", plan.plan, name="hour-plan"),
    path("hours/<hour:slug>/comments/", hour.comments, name="hour-comments"),
    path("hours/<hour:slug>/screen/", hour.screen, name="screen"),
    path("hours/<hour:slug>/remind/", reminders.remind, name="remind"),
    path("remind/<str:token>/", reminders.agree, name="agree"),
    path("stop/<str:token>/", reminders.stop, name="stop"),
    path("receipts/<slug:provider>/<slug:secret>/", reminders.receipts, name="receipts"),
    path("follow/confirm/<str:token>/", following.confirm, name="follow-confirm"),
    path("follow/<followed:kind>/<slug:target>/", following.follow, name="follow"),
    path("unfollow/<str:token>/", following.unfollow, name="unfollow"),
    path("embed/<hour:slug>/", hour.embed, name="embed"),
    path("files/<number:upload_id>", files.file, name="file"),
    path("observe/<hour:slug>/", observe.observe, name="observe"),
    path("observe/<hour:slug>/mine/", observe.own, name="observe-mine"),
    path("observe/<hour:slug>/lot.json", observe.lot_sheet, name="lot-sheet"),
    path("observe/<hour:slug>/lot.py", observe.verifier, name="lot-verifier"),
    path("questions/<number:question_id>/", question.page, name="question"),
    path("questions/<number:question_id>/support", question.support, name="support"),
    path("questions/<number:question_id>/comment", question.comment, name="comment"),
    path("record/", record.page, name="record"),
    path("record/checkpoint", record.checkpoint, name="record-checkpoint"),
    path("record/vkey", record.vkey, name="record-vkey"),
    path("record/tile/<path:address>", record.tile, name="record-tile"),
    path("record/stamps/", record.stamps, name="record-stamps"),
    path("record/stamps/<number:size>", record.stamped, name="record-stamped"),
    path("record/stamps/<number:size>.tsr", record.stamp, name="record-stamp"),
    path("record/proof/<str:name>", record.receipt, name="record-receipt"),
    path("record/questions/<number:question_id>/", record.question, name="record-question"),
    path("record/verify.html", record.verifier, name="record-verifier"),
    path("record/townhall-verify.py", record.script, name="record-script"),
    path("sign-on/<slug:provider>/", sign_on.begin, name="sign-on"),
    path("sign-on/<slug:provider>/back/", sign_on.back, name="sign-on-back"),
    path("sign-on/done/<number:sign_on>/", sign_on.done, name="sign-on-done"),
    path("statistics/", statistics.page, name="statistics"),
    path("statistics/<slug:name>.csv", statistics.table, name="statistics-table"),
    path("redress/", redress.ask, name="redress"),
    path("redress/mine/", redress.own, name="redress-mine"),
    path("voice/<str:token>/", voice.page, name="voice"),
    path("voice/<str:token>/<say:verb>", voice.act, name="voice-act"),
    path("topics/", topics.page, name="topics"),
    path("topics/verify", topics.verify, name="topics-verify"),
    path("topics/vote", topics.vote, name="topics-vote"),
    path("topics/<number:topic_id>/support", topics.support, name="topics-support"),
    path("track/", track.find, name="track-find"),
    path("track/<str:receipt>/", track.page, name="track"),
    # Not a redirect, which browsers and proxies may keep with the receipt in it.
    path("track/<str:receipt>", track.page),
    path("track/<str:receipt>/data", own_data.page, name="own-data"),
    path("track/<str:receipt>/mail", track.mail, name="track-mail"),
    path("track/<str:receipt>/<act:verb>", track.act, name="track-act"),
    path("feeds/hours/<hour:slug>.atom", feeds.answers, name="feed"),
    path("feeds/answers.atom", feeds.every, name="feed-answers"),
    path("feeds/units/<number:unit_id>.atom", feeds.unit, name="feed-unit"),
    path("feeds/subjects/<slug:code>.atom", feeds.subject, name="feed-subject"),
    path("feeds/promises/<number:promise_id>.atom", feeds.promise, name="feed-promise"),
    path("feeds/hours.ics", calendar.series, name="feed-calendar"),
    path("units/", units.listing, name="units"),
    path("units/<number:unit_id>/", units.unit, name="unit"),
    path("suggestions/", units.suggestions, name="suggestions"),
    path("open/", open_data.page, name="open"),
    path("open/datapackage.json", open_data.package, name="open-package"),
    path("open/hours/<hour:slug>/<file:name>.<form:form>", open_data.of_hour, name="open-hour"),
    path("open/years/<year:year>/<file:name>.<form:form>", open_data.of_year, name="open-year"),
    path("oembed", machines.oembed, name="oembed"),
    path("robots.txt", machines.robots, name="robots"),
    path(".well-known/security.txt", machines.security, name="security"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("sitemaps/pages.xml", machines.sitemap_pages, name="sitemap-pages"),
    path("sitemaps/<mapped:what>-<number:part>.xml", machines.sitemap_part, name="sitemap-part"),
    path("sitemaps/<year:year>.xml", machines.sitemap_year, name="sitemap-year"),
    path("language/<language:lang>/", look.language, name="language"),
    path("look/", look.choices, name="looks"),
    path("look/<look:look>/", look.choose, name="look"),
    path("look.css", look.sheet, name="look-sheet"),
]
