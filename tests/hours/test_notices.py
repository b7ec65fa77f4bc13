"""Public lines about an hour are read in two languages, whatever the person who caused them speaks."""

from django.utils import translation

from tests.fixtures import District
from townhall.hours import planning, published


def test_who_signs_is_said_in_the_readers_language(live: District) -> None:
    leader = {
        "name": live.accounts["deputy"].name,
        "name_en": "Zhou Min",
        "office": "副区长",
        "office_en": "Deputy Mayor",
    }
    planning.introduce(live.hour, [leader], [])
    with translation.override("en"):
        live.hour_does("change_signer", username="deputy")
        shown = published.get_hour(live.hour.slug)
    assert shown is not None
    assert shown["notices"][0]["person"] == "Zhou Min, Deputy mayor"
    shown = published.get_hour(live.hour.slug)
    assert shown is not None
    assert shown["notices"][0]["person"] == "deputy甲 副区长"
