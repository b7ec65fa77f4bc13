"""The file of identity providers: nonsense is refused by name, secrets come from the environment only."""

from __future__ import annotations

from pathlib import Path

import pytest

from townhall.config import environment
from townhall.people.providers.adapter import Adapter
from townhall.people.providers.openid import OpenID

GOOD = """
[[provider]]
kind = "openid"
name = "city"
title = "市统一身份认证"
issuer = "https://id.city.example"
client_id = "townhall"

[[provider]]
kind = "adapter"
name = "province"
title = "省平台"
login = "https://id.province.example/authorize"
token = "https://id.province.example/token"
client_id = "townhall"
subject_at = "data.userId"
state = "address"
authorize_with = { service = "initService" }
"""


def read(folder: Path, text: str, secrets: str = "") -> list[object]:
    path = folder / "sign-on.toml"
    path.write_text(text, encoding="utf-8")
    given = {"TOWNHALL_SIGN_ON_FILE": str(path), "TOWNHALL_SIGN_ON_SECRETS": secrets}
    return environment.sign_on(environment.read(given))


def test_providers_are_described_by_a_file_and_get_their_secrets_apart(tmp_path: Path) -> None:
    city, province = read(tmp_path, GOOD, "city=s1,province=s2")
    assert isinstance(city, OpenID) and city.secret == "s1"
    assert isinstance(province, Adapter) and province.secret == "s2"
    assert province.authorize_with == {"service": "initService"}
    assert province.addresses() == ["https://id.province.example/token"]


def test_without_a_file_there_is_none() -> None:
    assert environment.sign_on(environment.read({})) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "openid"', 'kind = "saml"', "city: kind"),
        ('name = "city"', 'name = "City"', "name"),
        ('name = "city"', 'name = "province"', "two providers"),
        ('title = "省平台"', "", "province: title is missing"),
        ("https://id.city", "http://id.city", "city: issuer"),
        ('issuer = "https://id.city.example"', "issuer = 7", "city: issuer"),
        ('state = "address"', 'state = "none"', "province: state"),
        ('state = "address"', 'pkce = "no"', "province: pkce: write true or false"),
        ('state = "address"', "colour = 1", "province: colour"),
        ('state = "address"', 'secret = "s"', "TOWNHALL_SIGN_ON_SECRETS"),
        ('{ service = "initService" }', "{ service = 1 }", "province: authorize_with"),
        ("[[provider]]", "[[providers]]", "[[provider]]"),
        ("[[provider]]", "[provider", "sign-on.toml"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(environment.BadSetting) as found:
        read(tmp_path, GOOD.replace(old, new))
    assert told in str(found.value)


def test_a_secret_of_nobody_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(environment.BadSetting) as found:
        read(tmp_path, GOOD, "country=very-secret")
    assert "country" in str(found.value) and "very-secret" not in str(found.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(environment.BadSetting):
        environment.read({"TOWNHALL_SIGN_ON_FILE": str(tmp_path / "none.toml")})
