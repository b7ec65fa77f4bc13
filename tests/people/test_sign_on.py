"""Each kind of provider proves a person; whatever it gets wrong proves nobody and leaves nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools.provider import CLIENT, MOBILE, SECRET, SUBJECT, MockProvider
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt, keyed_hash
from townhall.people import citizen_actions, identity
from townhall.people.citizen_actions import Form, NotSignedOn, SignedOn
from townhall.people.models import Contact, SignOn
from townhall.people.providers import calls, described, openid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

pytestmark = pytest.mark.django_db
BROWSER = "browser-1"
FORM = Form("/topics/verify", [("title", "夜间公交"), ("title", "两次")], "back", "back")


@pytest.fixture
def mock(frozen: object, settings: Any) -> Iterator[MockProvider]:
    openid.forget_kept()
    running = MockProvider()
    tables: list[dict[str, Any]] = [
        {
            "kind": "openid",
            "name": "city",
            "title": "市统一身份认证",
            "issuer": running.url,
            "client_id": CLIENT,
        },
        {
            "kind": "cas",
            "name": "campus",
            "title": "校园",
            "server": f"{running.url}/cas",
            "mobile": "mobile",
        },
        adapter(running),
    ]
    use(settings, tables)
    yield running
    running.close()


def adapter(running: MockProvider, **more: Any) -> dict[str, Any]:
    return {
        "kind": "adapter", "name": "province", "title": "省平台", "login": f"{running.url}/login",
        "token": f"{running.url}/token", "person": f"{running.url}/userinfo", "client_id": CLIENT,
        "subject_at": "sub", "mobile_at": "phone_number", **more,
    }  # fmt: skip


def use(settings: Any, tables: list[dict[str, Any]]) -> None:
    secrets = {table["name"]: SECRET for table in tables if table["kind"] != "cas"}
    settings.SIGN_ON = described.with_secrets(tables, secrets)
    settings.SIGN_ON_ADDRESSES = [address for one in settings.SIGN_ON for address in one.addresses()]


def query_of(address: str) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(address).query))


def walk(mock: MockProvider, name: str = "city", **change: str) -> SignedOn:
    """There and back, in one browser; what comes back can be changed on the way."""
    query = query_of(mock.sign_on(citizen_actions.begin(name, BROWSER, FORM)))
    return citizen_actions.arrive(name, BROWSER, {**query, **change})


def refused(mock: MockProvider, name: str = "city", **change: str) -> NotSignedOn:
    with pytest.raises(NotSignedOn) as found:
        walk(mock, name, **change)
    assert not Contact.objects.exists()
    assert "短信" in str(found.value.message)
    assert found.value.form == FORM
    return found.value


@pytest.mark.parametrize("name", ["city", "campus", "province"])
def test_who_signs_on_is_the_person_behind_an_sms_to_the_same_mobile(mock: MockProvider, name: str) -> None:
    sms = identity.keep_contact(MOBILE)
    arrived = walk(mock, name)
    assert identity.person_of(arrived.token) == sms.id
    contact = Contact.objects.get()
    assert decrypt(contact.mobile_sealed) == MOBILE
    assert contact.verified_at == clock.now()
    assert citizen_actions.form_of(arrived.id, BROWSER) == FORM
    assert citizen_actions.form_of(arrived.id, "another") is None


@pytest.mark.parametrize("name", ["city", "campus", "province"])
@pytest.mark.parametrize("mobile", ["", "+1 202 555 0100"])
def test_without_a_mobile_in_this_country_a_keyed_hash_is_kept(
    mock: MockProvider, name: str, mobile: str
) -> None:
    mock.person["phone_number"] = mobile
    first, again = walk(mock, name), walk(mock, name)
    contact = Contact.objects.get()
    assert identity.person_of(first.token) == identity.person_of(again.token) == contact.id
    assert (contact.mobile_sealed, contact.mobile_index) == ("", keyed_hash("subject", f"{name}:{SUBJECT}"))
    assert not identity.has_mobile(first.token)


def test_a_mobile_that_the_provider_has_not_verified_is_none(mock: MockProvider) -> None:
    mock.person["phone_number_verified"] = False
    walk(mock)
    assert Contact.objects.get().mobile_sealed == ""


def test_the_same_subject_of_two_providers_is_two_persons(mock: MockProvider) -> None:
    mock.person["phone_number"] = ""
    assert identity.person_of(walk(mock, "city").token) != identity.person_of(walk(mock, "province").token)


def test_nothing_that_was_typed_lies_open(mock: MockProvider) -> None:
    citizen_actions.begin("city", BROWSER, FORM)
    row = SignOn.objects.values().get()
    assert "夜间公交" not in json.dumps(row, default=str, ensure_ascii=False)
    assert BROWSER not in json.dumps(row, default=str)


# -- OpenID Connect ---------------------------------------------------------------------------------------


def test_the_way_there_carries_state_nonce_and_challenge_and_each_is_new(mock: MockProvider) -> None:
    one, two = (query_of(citizen_actions.begin("city", BROWSER, FORM)) for _ in range(2))
    assert one["code_challenge_method"] == "S256" and one["response_type"] == "code"
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) >= 43 and one[name] != two[name]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_tokens_of_every_usual_algorithm_are_taken(mock: MockProvider, algorithm: str) -> None:
    mock.algorithm = algorithm
    assert walk(mock).token


@pytest.mark.parametrize("algorithm", ["none", "HS256", "forged"])
def test_a_token_that_nobody_or_somebody_else_signed_is_refused(mock: MockProvider, algorithm: str) -> None:
    mock.algorithm = algorithm
    assert refused(mock).code == "untrusted"


def seconds(delta: int) -> int:
    return int(clock.now().timestamp()) + delta


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("nonce", "another"), ("nonce", None), ("nonce", 1), ("iss", "https://other.invalid"), ("iss", None),
        ("aud", "another"), ("aud", [CLIENT, "another"]), ("aud", None), ("aud", {CLIENT: 1}), ("azp", "another"),
        ("sub", ""), ("sub", None), ("sub", 7), ("sub", "x" * 256), ("exp", None), ("exp", "tomorrow"), ("exp", True),
        ("iat", None), ("exp", -61), ("iat", -601), ("iat", 61),
    ],
)  # fmt: skip
def test_a_claim_that_is_wrong_or_missing_proves_nobody(mock: MockProvider, claim: str, value: Any) -> None:
    mock.claims[claim] = seconds(value) if claim in {"exp", "iat"} and type(value) is int else value
    assert refused(mock).code == "untrusted"


def test_only_a_sign_on_as_strong_and_as_new_as_asked_for_is_taken(mock: MockProvider, settings: Any) -> None:
    strict = {
        "kind": "openid", "name": "city", "title": "市统一身份认证", "issuer": mock.url, "client_id": CLIENT,
        "strengths": ["face", "real-name"], "newest": 3600,
    }  # fmt: skip
    use(settings, [strict])
    asked = query_of(citizen_actions.begin("city", BROWSER, FORM))
    assert (asked["acr_values"], asked["max_age"]) == ("face real-name", "3600")
    good = {"acr": "real-name", "auth_time": seconds(-3600)}
    for wrong in (
        {"acr": "password"}, {"acr": None}, {"acr": ["face"]}, {"auth_time": None}, {"auth_time": seconds(-3661)},
        {"auth_time": seconds(61)}, {"auth_time": True}, {"auth_time": "now"},
    ):  # fmt: skip
        mock.claims = good | wrong
        assert refused(mock).code == "untrusted"
    mock.claims = good
    assert walk(mock).token


def test_a_token_that_has_expired_is_refused(mock: MockProvider) -> None:
    mock.claims = {"iat": seconds(-400), "exp": seconds(-100)}
    assert refused(mock).code == "untrusted"


def test_a_new_key_of_the_provider_is_asked_for_but_not_at_every_try(
    mock: MockProvider, monkeypatch: Any
) -> None:
    keys, mock.keys = mock.keys, []
    assert refused(mock).code == "untrusted"
    mock.keys = keys
    assert refused(mock).code == "untrusted"
    assert [path for path, _sent, _headers in mock.asked].count("/keys") == 1
    monkeypatch.setattr(openid, "KEPT_AT_LEAST", -1.0)
    assert walk(mock).token


def test_an_answer_of_another_provider_is_refused(mock: MockProvider) -> None:
    assert refused(mock, iss="https://other.invalid").code == "untrusted"


def test_a_provider_that_promises_to_name_itself_must(mock: MockProvider) -> None:
    mock.discovery["authorization_response_iss_parameter_supported"] = True
    assert refused(mock).code == "untrusted"
    assert walk(mock, iss=mock.url).token


def test_user_info_of_somebody_else_is_refused(mock: MockProvider) -> None:
    mock.person["sub"] = "another"
    assert refused(mock).code == "untrusted"


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_a_discovery_that_leads_elsewhere_is_not_followed(mock: MockProvider, name: str) -> None:
    mock.discovery[name] = "https://inside.invalid/secret"
    assert refused(mock).code == "unreachable"


@pytest.mark.parametrize(
    "change",
    [{"issuer": "https://other.invalid"}, {"token_endpoint": "http://plain.example/x"}, {"jwks_uri": None}],
)
def test_a_discovery_that_does_not_fit_is_refused(mock: MockProvider, change: dict[str, Any]) -> None:
    mock.discovery |= change
    assert refused(mock).code == "untrusted"


# -- every kind ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["city", "campus", "province"])
@pytest.mark.parametrize("state", ["", "another"])
def test_a_wrong_state_is_refused(mock: MockProvider, name: str, state: str) -> None:
    assert refused(mock, name, state=state).code == "state"


@pytest.mark.parametrize("name", ["city", "campus", "province"])
def test_a_way_back_works_in_the_browser_that_began_it_only(mock: MockProvider, name: str) -> None:
    query = query_of(mock.sign_on(citizen_actions.begin(name, BROWSER, FORM)))
    with pytest.raises(NotSignedOn) as found:
        citizen_actions.arrive(name, "somebody else's", query)
    assert found.value.code == "state" and found.value.form is None
    assert citizen_actions.arrive(name, BROWSER, query).token


@pytest.mark.parametrize("name", ["city", "campus", "province"])
def test_a_way_back_works_once(mock: MockProvider, name: str) -> None:
    query = query_of(mock.sign_on(citizen_actions.begin(name, BROWSER, FORM)))
    citizen_actions.arrive(name, BROWSER, query)
    with pytest.raises(NotSignedOn) as found:
        citizen_actions.arrive(name, BROWSER, query)
    assert found.value.code == "used"


@pytest.mark.parametrize(("name", "field"), [("city", "code"), ("campus", "ticket"), ("province", "code")])
def test_a_code_or_ticket_that_was_used_is_refused(mock: MockProvider, name: str, field: str) -> None:
    first = query_of(mock.sign_on(citizen_actions.begin(name, BROWSER, FORM)))
    citizen_actions.arrive(name, BROWSER, first)
    Contact.objects.all().delete()
    assert refused(mock, name, **{field: first[field]}).code == "untrusted"


@pytest.mark.parametrize("name", ["city", "campus", "province"])
def test_after_a_quarter_of_an_hour_it_is_over_and_swept_away(
    mock: MockProvider, name: str, frozen: datetime, monkeypatch: Any
) -> None:
    query = query_of(mock.sign_on(citizen_actions.begin(name, BROWSER, FORM)))
    late = clock.now() + citizen_actions.LIFE
    monkeypatch.setattr(clock, "now", lambda: late)
    with pytest.raises(NotSignedOn) as found:
        citizen_actions.arrive(name, BROWSER, query)
    assert found.value.code == "state"
    identity.forget_spent_codes()
    assert not SignOn.objects.exists() and not Contact.objects.exists()


@pytest.mark.parametrize(
    ("name", "path"), [("city", "/token"), ("campus", "/cas/p3/serviceValidate"), ("province", "/userinfo")]
)
def test_a_provider_that_is_down_slow_or_talks_nonsense_proves_nobody(
    mock: MockProvider, name: str, path: str, monkeypatch: Any
) -> None:
    for status, code in ((500, "unreachable"), (503, "unreachable"), (302, "untrusted"), (404, "untrusted")):
        mock.bodies[path] = status
        assert refused(mock, name).code == code
    for body in (b"", b"<html>", b"[]", b"{", b"null", b"\xff\xfe", b"x" * (calls.LARGEST + 1)):
        mock.bodies[path] = body
        assert refused(mock, name).code == "untrusted"
    mock.bodies.clear()
    openid.forget_kept()
    address = citizen_actions.begin(name, BROWSER, FORM)
    monkeypatch.setattr(calls, "SECONDS", 0.2)
    mock.delay = 0.5
    with pytest.raises(NotSignedOn) as found:
        citizen_actions.arrive(name, BROWSER, query_of(mock.sign_on(address)))
    assert found.value.code == "unreachable"
    openid.forget_kept()
    mock.close()
    with pytest.raises(NotSignedOn) as found:
        citizen_actions.begin("city", BROWSER, FORM)
    assert found.value.code == "unreachable"


@pytest.mark.parametrize("name", ["city", "province"])
def test_whoever_declines_is_told_so(mock: MockProvider, name: str) -> None:
    assert refused(mock, name, error="access_denied").code == "declined"
    assert refused(mock, name, error="server_error").code == "untrusted"


def test_slow_providers_do_not_take_every_thread(mock: MockProvider) -> None:
    places = [citizen_actions._AT_ONCE.acquire(blocking=False) for _ in range(3)]
    assert all(places)
    try:
        with pytest.raises(NotSignedOn) as found:
            citizen_actions.begin("campus", BROWSER, FORM)
    finally:
        for _ in places:
            citizen_actions._AT_ONCE.release()
    assert found.value.code == "unreachable"


def test_one_browser_keeps_a_few_forms_and_none_that_is_too_large(mock: MockProvider) -> None:
    for _ in range(8):
        citizen_actions.begin("campus", BROWSER, FORM)
    assert SignOn.objects.count() == citizen_actions.MOST_BEGUN
    with pytest.raises(NotSignedOn):
        citizen_actions.begin("campus", BROWSER, Form("/", [("text", "长" * 66_000)], "", ""))


# -- CAS ----------------------------------------------------------------------------------------------------

ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<serviceResponse><authenticationSuccess><user>&a;</user></authenticationSuccess></serviceResponse>"""


@pytest.mark.parametrize(
    "body",
    [
        ENTITIES,
        ENTITIES.decode().replace('<?xml version="1.0"?>', "").encode("utf-16"),
        b"<r><authenticationSuccess><user></user></authenticationSuccess></r>",
        b"<r><authenticationSuccess><user>a</user><user>b</user></authenticationSuccess></r>",
        b"<r><authenticationSuccess><user>a</user></authenticationSuccess><authenticationFailure/></r>",
        b"<r><other><authenticationSuccess><user>a</user></authenticationSuccess></other></r>",
        b"<r><authenticationSuccess><user>a</user>",
    ],
    ids=["entity", "entity in utf-16", "nobody", "two users", "both", "deeper", "cut off"],
)
def test_xml_that_is_not_plainly_an_answer_is_refused(mock: MockProvider, body: bytes) -> None:
    mock.bodies["/cas/p3/serviceValidate"] = body
    assert refused(mock, "campus").code == "untrusted"


@pytest.mark.parametrize("ticket", ["", "PGT-1", "ST-", "ST-a b", "ST-" + "x" * 300, "ST-é"])
def test_what_is_no_service_ticket_is_never_sent_on(mock: MockProvider, ticket: str) -> None:
    assert refused(mock, "campus", ticket=ticket).code == "untrusted"
    assert not mock.asked


# -- what is only like OAuth --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ({}, b'\xef\xbb\xbf{"access_token": "t"}'),
        ({}, b'"{\\"access_token\\": \\"t\\"}"'),
        ({}, b'callback( {"access_token": "t"} );'),
        ({"token_at": "data.token", "good_at": "code", "good": "0"}, b'{"code": 0, "data": {"token": "t"}}'),
        ({"reply": "text"}, b" t\n"),
        ({"reply": "form", "person": ""}, b"access_token=t&sub=u-1042"),
        ({"method": "get"}, None),
        ({"method": "json"}, None),
        ({"person_by": "query"}, None),
        ({"person_by": "form", "names": {"access_token": "accessToken"}}, None),
        ({"pkce": False}, None),
        ({"state": "address"}, None),
        ({"state": "cookie"}, None),
    ],
    ids=str,
)
def test_odd_replies_and_odd_ways_of_asking_are_understood(
    mock: MockProvider, settings: Any, more: dict[str, Any], body: bytes | None
) -> None:
    use(settings, [adapter(mock, **more)])
    if body is not None:
        mock.bodies["/token"] = body
    if "good" in more:
        mock.bodies["/userinfo"] = b'{"code": "0", "sub": "u-1042"}'
    if more.get("reply") in {"text", "form"}:
        mock.bodies["/userinfo"] = b"sub=u-1042" if more["reply"] == "form" else b'{"sub": "u-1042"}'
    query = query_of(mock.sign_on(citizen_actions.begin("province", BROWSER, FORM)))
    if more.get("state") == "cookie":
        assert "state" not in query
    assert identity.person_of(citizen_actions.arrive("province", BROWSER, query).token)


@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": ""}', b'{"access_token": ["t"]}', b'{"access_token": "a", "access_token": "b"}',
        b'{"access_token": "a\\r\\nX: y"}', b'{"access_token": "\xc3\xa9"}', b'{"code": 40029}', b'"t"',
    ],
)  # fmt: skip
def test_replies_that_hold_no_token_are_refused(mock: MockProvider, body: bytes) -> None:
    mock.bodies["/token"] = body
    assert refused(mock, "province").code == "untrusted"


def test_its_own_names_and_parameters_are_used(mock: MockProvider, settings: Any) -> None:
    names = {"response_type": "", "state": "relay", "code": "authCode", "client_id": "appId"}
    use(settings, [adapter(mock, names=names, authorize_with={"service": "initService"}, pkce=False)])
    asked = query_of(citizen_actions.begin("province", BROWSER, FORM))
    assert asked["service"] == "initService" and asked["appId"] == CLIENT and "response_type" not in asked
    mock.bodies["/token"] = b'{"access_token": "t"}'
    citizen_actions.arrive("province", BROWSER, {"relay": asked["relay"], "authCode": "c"})
    _path, sent, _headers = next(one for one in mock.asked if one[0] == "/token")
    assert sent["authCode"] == "c" and sent["appId"] == CLIENT


def open_sealed(body: bytes, provider: Any) -> dict[str, str]:
    """A hook as an operator writes one: verifies, then opens."""
    sealed = json.loads(body)
    if sealed["sign"] != keyed_hash(provider.secret, sealed["data"]):
        raise ValueError("sign")
    return {"sub": sealed["data"][::-1]}


def test_a_hook_opens_what_is_sealed_and_refuses_what_is_forged(mock: MockProvider, settings: Any) -> None:
    use(settings, [adapter(mock, hook=f"{__name__}.open_sealed")])
    for sign in ("forged", None):
        mock.bodies["/userinfo"] = json.dumps({"data": "2401-u", "sign": sign}).encode()
        assert refused(mock, "province").code == "untrusted"
    good = {"data": "2401-u", "sign": keyed_hash(SECRET, "2401-u")}
    mock.bodies["/userinfo"] = json.dumps(good).encode()
    walk(mock, "province")
    assert Contact.objects.get().mobile_index == keyed_hash("subject", f"province:{SUBJECT}")
