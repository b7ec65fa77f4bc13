"""An identity provider on this machine: OpenID Connect, CAS and something like OAuth, with real keys; it misbehaves on demand."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from townhall.kernel import clock

CLIENT, SECRET = "townhall", "between us & them"
SUBJECT, MOBILE = "u-1042", "13800001111"


def text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number64(number: int) -> str:
    return text64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


@lru_cache(maxsize=4)
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@lru_cache(maxsize=1)
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def web_keys() -> list[dict[str, str]]:
    large, curve = rsa_key("ours").public_key().public_numbers(), curve_key().public_key().public_numbers()
    return [
        {"kty": "RSA", "kid": "large", "use": "sig", "n": number64(large.n), "e": number64(large.e)},
        {
            "kty": "EC", "kid": "curve", "crv": "P-256",
            "x": text64(curve.x.to_bytes(32, "big")), "y": text64(curve.y.to_bytes(32, "big")),
        },
    ]  # fmt: skip


def signed(claims: dict[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    """A token as this algorithm signs it; ``forged`` is signed with a key of nobody."""
    forged = algorithm == "forged"
    algorithm = "RS256" if forged else algorithm
    head = {"alg": algorithm, "kid": "curve" if algorithm == "ES256" else "large", **header}
    body = ".".join(text64(json.dumps(part).encode()) for part in (head, claims))
    return f"{body}.{text64(_signature(body.encode(), algorithm, 'theirs' if forged else 'ours'))}"


def _signature(body: bytes, algorithm: str, whose: str) -> bytes:
    if algorithm == "ES256":
        halves = decode_dss_signature(curve_key().sign(body, ec.ECDSA(SHA256())))
        return b"".join(half.to_bytes(32, "big") for half in halves)
    if algorithm == "RS256":
        return rsa_key(whose).sign(body, padding.PKCS1v15(), SHA256())
    if algorithm == "PS256":
        return rsa_key(whose).sign(body, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    if algorithm.startswith("HS"):  # with what anybody knows: the public key
        return hashlib.sha256(json.dumps(web_keys()).encode() + body).digest()
    return b""


class MockProvider:
    """Gives codes and tickets that work once, to whoever asks, and remembers what it was asked.

    :ivar person: what it knows of the person
    :ivar claims: claims of the ID token that are other than they should be; ``None`` leaves one out
    :ivar algorithm: how ID tokens are signed: also ``none``, ``HS256``, ``forged``
    :ivar bodies: answers of a path, other than they should be: bytes, or a status
    :ivar delay: seconds before each answer
    """

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"phone_number": MOBILE, "phone_number_verified": True}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.bodies: dict[str, bytes | int] = {}
        self.discovery: dict[str, Any] = {}
        self.keys = web_keys()
        self.delay = 0.0
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self._given: dict[str, dict[str, str]] = {}
        self._visits = self._now = 0
        self._nonce = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(dict(parse_qs(urlsplit(self.path).query, keep_blank_values=True)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                sent = json.loads(body) if body.startswith("{") else parse_qs(body, keep_blank_values=True)
                self._answer(
                    {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
                )

            def _answer(self, sent: dict[str, list[str]]) -> None:
                time.sleep(outer.delay)
                one = {name: values[0] for name, values in sent.items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, content = outer.answer(urlsplit(self.path).path, one, headers)
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # -- the person's browser ----------------------------------------------------------------------------

    def sign_on(self, address: str) -> str:
        """What the browser is sent back to, once the person has signed on at this address."""
        self._visits += 1
        self._now = int(
            clock.now().timestamp()
        )  # a clock that a test has stopped goes on in the server's thread
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        code = f"{'ST-' if 'service' in asked else 'code-'}{self._visits}"
        self._given[code] = asked
        back = asked.get("service") or asked["redirect_uri"]
        more = {"ticket" if "service" in asked else "code": code}
        if "state" in asked:
            more["state"] = asked["state"]
        return f"{back}{'&' if '?' in back else '?'}{urlencode(more)}"

    # -- what it answers to us -----------------------------------------------------------------------------

    def answer(self, path: str, sent: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append((path, sent, headers))
        instead = self.bodies.get(path)
        if isinstance(instead, int):
            return instead, b"{}"
        if instead is not None:
            return 200, instead
        if path == "/token" and not self._may(sent, headers):
            return 400, b'{"error": "invalid_grant"}'
        made: Callable[[dict[str, str]], dict[str, Any]] | None = {
            "/.well-known/openid-configuration": self._about, "/keys": self._web_keys,
            "/token": self._tokens, "/userinfo": self._user,
        }.get(path)  # fmt: skip
        if path == "/cas/p3/serviceValidate":
            content = self._validated(sent)
        elif path == "/authorize":
            content = self._page(sent)
        elif made is None:
            return 404, b""
        else:
            content = json.dumps(made(sent)).encode()
        return 200, content

    def _page(self, sent: dict[str, str]) -> bytes:
        """What a person sees there: one link, which is the way back."""
        back = html.escape(self.sign_on(f"{self.url}/authorize?{urlencode(sent)}"))
        return (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><link rel="icon" href="data:,"><title>登录</title>'
            f'<a href="{back}">同意并返回</a></html>'
        ).encode()

    def _about(self, _sent: dict[str, str]) -> dict[str, Any]:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo", "code_challenge_methods_supported": ["S256"],
            **self.discovery,
        }  # fmt: skip

    def _web_keys(self, _sent: dict[str, str]) -> dict[str, Any]:
        return {"keys": self.keys}

    def _user(self, _sent: dict[str, str]) -> dict[str, Any]:
        return {"sub": SUBJECT, **self.person}

    def _may(self, sent: dict[str, str], headers: dict[str, str]) -> bool:
        """Secret, code (once), return address and PKCE, each as it was said before."""
        basic = base64.b64encode(f"{CLIENT}:between+us+%26+them".encode()).decode()
        known = headers.get("authorization") == f"Basic {basic}" or SECRET in sent.values()
        code = sent.get("code") or sent.get("ticket") or ""
        asked = self._given.pop(code, None)
        if not known or asked is None or asked.get("redirect_uri") != sent.get("redirect_uri"):
            return False
        challenge = text64(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        self._nonce = asked.get("nonce", "")
        return asked.get("code_challenge") in {None, challenge}

    def _tokens(self, _sent: dict[str, str]) -> dict[str, Any]:
        now = self._now
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": SUBJECT, "iat": now, "exp": now + 300, "nonce": self._nonce,
            **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return {
            "access_token": "at-1",
            "token_type": "Bearer",
            "id_token": signed(claims, self.algorithm, **self.header),
        }

    def _validated(self, sent: dict[str, str]) -> bytes:
        asked = self._given.pop(sent["ticket"], None)
        if asked is None or asked["service"] != sent["service"]:
            said = '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
        else:
            mobile = f"<cas:mobile>{self.person.get('phone_number', '')}</cas:mobile>"
            said = (
                f"<cas:authenticationSuccess><cas:user>{SUBJECT}</cas:user><cas:attributes>{mobile}"
                "<cas:role>a</cas:role><cas:role>b</cas:role></cas:attributes></cas:authenticationSuccess>"
            )
        text = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{said}</cas:serviceResponse>'
        return text.encode()
