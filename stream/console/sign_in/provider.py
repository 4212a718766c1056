"""An OpenID provider: where it is asked, with which keys it signs, what its ID token says."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from rules.errors import FoureyesError
from stream.clock import Clock
from stream.pulling.settings import is_safe

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519")
"""What an ID token may be signed by; never by what both sides share, nor by nothing."""
LEEWAY_SECONDS = 60
ANSWER_BYTES_MAX = 1 << 20
ANSWER_SECONDS_MAX = 10.0
KNOWN_SECONDS = 3_600.0
"""How long what the provider says of itself counts."""
KEYS_AGAIN_SECONDS = 30.0
"""How soon its keys may be asked for again when a token is signed by an unknown one."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderError(FoureyesError):
    """The provider does not answer as it should: where, what it said, what was expected."""

    def __init__(self, *, where: str, found: object, expected: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        super().__init__(f"the OpenID provider, {where}: {found}; expected {expected}")


class UnprovenError(FoureyesError):
    """An ID token does not prove who signs in."""

    def __init__(self, *, found: str) -> None:
        self.found = found
        super().__init__(f"the ID token: {found}; expected one that the provider made for us now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to a provider, and whom it is."""

    issuer: str
    client: str
    secret: str | None
    redirect: str


@dataclass(slots=True)
class _Known:
    endpoints: dict[str, str]
    keys: KeySet
    at: float


class Provider:
    """Asks a provider. Raises ProviderError and UnprovenError."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.client = client
        self._clock = clock
        self._known: _Known | None = None

    async def endpoint(self, name: str) -> str:
        """Where something is asked for."""
        return (await self._knowing(KNOWN_SECONDS)).endpoints[name]

    async def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What a code stands for: the claims of an ID token that was made for this sign-in."""
        client = self.client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect,
            "code_verifier": verifier,
        }
        headers = {}
        if client.secret is None:
            form["client_id"] = client.client
        else:
            headers["Authorization"] = aiohttp.encode_basic_auth(
                quote_plus(client.client), quote_plus(client.secret)
            )
        told = await _asked(await self.endpoint("token_endpoint"), form, headers)
        return await self._proven(str(told.get("id_token", "")), nonce)

    async def _proven(self, token: str, nonce: str) -> Mapping[str, Any]:
        known = await self._knowing(KNOWN_SECONDS)
        try:
            claims = _signed(token, known.keys)
        except JoseError:
            # It may have changed its keys since.
            known = await self._knowing(KEYS_AGAIN_SECONDS)
            try:
                claims = _signed(token, known.keys)
            except (JoseError, ValueError) as error:
                raise UnprovenError(found=str(error)) from error
        except ValueError as error:
            raise UnprovenError(found=str(error)) from error
        self._check(claims, nonce)
        return claims

    def _check(self, claims: dict[str, Any], nonce: str) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise UnprovenError(found=str(error)) from error
        if claims.get("azp", self.client.client) != self.client.client:
            raise UnprovenError(found="it was made for another client")

    async def _knowing(self, seconds: float) -> _Known:
        now = self._clock.monotonic()
        if self._known is None or now - self._known.at > seconds:
            self._known = await self._discovered(now)
        return self._known

    async def _discovered(self, now: float) -> _Known:
        issuer = self.client.issuer
        where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        told = await _asked(where)
        if told.get("issuer") != issuer:
            raise ProviderError(where=where, found=told.get("issuer"), expected=f"issuer {issuer}")
        endpoints = {name: str(told.get(name, "")) for name in _ENDPOINTS}
        for name, url in endpoints.items():
            if not is_safe(url):
                raise ProviderError(where=where, found=f"{name} {url!r}", expected="https://")
        keys = await _asked(endpoints["jwks_uri"])
        try:
            return _Known(endpoints, KeySet.import_key_set({"keys": keys["keys"]}), now)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderError(
                where=endpoints["jwks_uri"], found=str(error), expected="a set of keys"
            ) from error


def _signed(token: str, keys: KeySet) -> dict[str, Any]:
    return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)


async def _asked(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Ask for a JSON document, or bring a form for one."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS_MAX)
    method = "GET" if form is None else "POST"
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(
                method, url, data=form, headers=headers, allow_redirects=False
            ) as answer,
        ):
            body = await answer.content.read(ANSWER_BYTES_MAX)
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ProviderError(
            where=url, found=str(error) or "silence", expected="an answer"
        ) from error
    return _document(url, status, body)


def _document(url: str, status: int, body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except ValueError as error:
        raise ProviderError(
            where=url, found=f"status {status}, no JSON", expected="JSON"
        ) from error
    if status != HTTPStatus.OK or not isinstance(told, dict):
        found = told.get("error", "no reason") if isinstance(told, dict) else "no object"
        raise ProviderError(where=url, found=f"status {status}, {found}", expected="status 200")
    return told
