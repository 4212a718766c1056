"""A small OpenID provider with real keys: it signs somebody in at once, and checks who asks."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "foureyes", "s3cret/+"


@dataclass
class Somebody:
    """Whom the provider signs in, and what it says that is not so."""

    name: str = "ann"
    groups: tuple[str, ...] = ()
    lies: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)


@dataclass
class OpenId:
    """The provider's mind: keys, codes that it has given out, who comes by next."""

    now: datetime
    issuer: str = ""
    somebody: Somebody = field(default_factory=Somebody)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on, and forget the old one."""
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
        key.ensure_kid()
        self.keys = [key]

    async def configuration(self, _: web.Request) -> web.Response:
        """What it says of itself."""
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def jwks(self, _: web.Request) -> web.Response:
        """Its public keys."""
        return web.json_response(KeySet([*self.keys]).as_dict(private=False))

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        """Sign somebody in without asking."""
        asked = dict(request.query)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        told = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{told}")

    async def token(self, request: web.Request) -> web.Response:
        """Give an ID token for a code: once, to the client that began, who proves it (PKCE)."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        asked = self.codes.pop(form["code"], None)
        expected = base64.b64encode(f"{CLIENT}:s3cret%2F%2B".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and request.headers.get("Authorization") == f"Basic {expected}"
            and asked["code_challenge"] == challenge
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == form["redirect_uri"]
        )
        if asked is None or not is_right:
            self.refused.append(form["code"])
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self._signed(asked["nonce"]), "token_type": "Bearer"})

    def _signed(self, nonce: str) -> str:
        at = int(self.now.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "u-1",
            "aud": CLIENT,
            "iat": at,
            "exp": at + int(timedelta(minutes=5).total_seconds()),
            "nonce": nonce,
            "preferred_username": self.somebody.name,
            "groups": list(self.somebody.groups),
            **self.somebody.lies,
        }
        told = {k: v for k, v in claims.items() if v is not None}
        header = {"alg": "RS256", "kid": self.keys[0].kid, **self.somebody.header}
        return jwt.encode(header, told, self.keys[0])


@asynccontextmanager
async def open_id(now: datetime) -> AsyncIterator[OpenId]:
    """A provider that answers on this machine."""
    provider = OpenId(now)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.configuration)
    app.router.add_get("/keys", provider.jwks)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    async with TestServer(app) as server:
        provider.issuer = str(server.make_url("")).rstrip("/")
        yield provider


def asked_in(address: str) -> dict[str, str]:
    """What an address asks for."""
    return {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}
