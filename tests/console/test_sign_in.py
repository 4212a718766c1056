"""Signing in: by a provider that signs what it says, and by a proxy's word; and how it fails."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from joserfc.jwk import RSAKey

from stream.clock import FixedClock
from stream.console.sessions import Sessions
from stream.console.sign_in import SignIn
from stream.console.sign_in.oidc import Asking, OidcSignIn
from stream.console.sign_in.provider import Client, Provider
from stream.console.sign_in.proxy import Proxy, ProxySignIn
from stream.console.viewers import Admission
from tests.archive.trails import NINE
from tests.console.openid import CLIENT, SECRET, OpenId, Somebody, asked_in, open_id
from tests.console.staged import Browser, console_over, views_in
from tests.exports.office import Office

NOW = NINE + timedelta(days=5)
ADMISSION = Admission(readers=frozenset({"audit", "ann"}), analysts=frozenset({"soc"}))
CALLBACK = "http://127.0.0.1/sign-in/callback"


def by_openid(provider: OpenId) -> Callable[[Sessions], SignIn]:
    """A console whose people sign in there."""
    client = Client(issuer=provider.issuer, client=CLIENT, secret=SECRET, redirect=CALLBACK)
    asking = Asking(scopes="openid", name_claim="preferred_username", groups_claim="groups")
    clock = FixedClock(NOW)
    return lambda sessions: OidcSignIn(sessions, Provider(client, clock), asking, ADMISSION, clock)


async def sent_back(browser: Browser, to: str = "/findings") -> str:
    """Begin to sign in, let the provider do its part; give where it sends the browser."""
    async with browser.get("/sign-in", params={"to": to}, allow_redirects=False) as answer:
        there = answer.headers["Location"]
    async with browser.session.get(there, allow_redirects=False) as answer:
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


async def end_of(browser: Browser, address: str) -> tuple[int, str, str]:
    """Come back; give the status, where it leads, and what is said."""
    async with browser.get(address, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_somebody_signs_in_with_the_provider_and_lands_where_they_wanted(
    office: Office,
) -> None:
    """By code, PKCE, state and nonce; the session has the name and the role of their group."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        provider.somebody = Somebody("bo", ("soc",))
        async with browser.get("/findings?rule=APR-001", allow_redirects=False) as answer:
            assert asked_in(answer.headers["Location"]) == {"to": "/findings?rule=APR-001"}
        status, there, _ = await end_of(browser, await sent_back(browser, "/findings?rule=APR-001"))
        async with browser.get(there) as answer:
            text = await answer.text()

    assert (status, there) == (303, "/findings?rule=APR-001")
    assert "bo <small>analyst</small>" in text
    assert views_in(office)[-1]["viewer"] == "bo"
    assert provider.refused == []


LIES: list[tuple[str, Somebody]] = [
    ("another nonce", Somebody(lies={"nonce": "x"})),
    ("no nonce", Somebody(lies={"nonce": None})),
    ("another audience", Somebody(lies={"aud": "other"})),
    ("another issuer", Somebody(lies={"iss": "https://evil.example"})),
    ("over", Somebody(lies={"exp": 1, "iat": 0})),
    ("without an end", Somebody(lies={"exp": None})),
    ("for another client", Somebody(lies={"azp": "other"})),
    ("groups of another form", Somebody(lies={"groups": "soc"})),
]


@pytest.mark.parametrize(("what", "somebody"), LIES, ids=[what for what, _ in LIES])
async def test_a_token_that_was_not_made_for_this_sign_in_lets_nobody_in(
    office: Office, what: str, somebody: Somebody
) -> None:
    """Signed by the right key, and yet for somebody else, another time or another client."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        provider.somebody = somebody
        status, _, text = await end_of(browser, await sent_back(browser))
        async with browser.get("/findings", allow_redirects=False) as answer:
            assert answer.status == 303, what

    assert status == web.HTTPForbidden.status_code
    assert "the ID token" in text


async def test_a_token_by_a_key_that_the_provider_does_not_show_is_not_believed(
    office: Office,
) -> None:
    """Whoever can answer in the provider's place has not its key."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        address = await sent_back(browser)
        shown = provider.keys[0]
        forged = RSAKey.generate_key(2048, private=True)
        forged.ensure_kid()
        provider.keys = [forged]
        provider.somebody = Somebody(header={"kid": shown.kid})
        status, _, text = await end_of(browser, address)

    assert status == web.HTTPForbidden.status_code
    assert "the ID token" in text


async def test_a_sign_in_is_ended_by_the_browser_that_began_it_and_once(office: Office) -> None:
    """Nobody is led into somebody else's session, and no code counts twice."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        address = await sent_back(browser)
        browser.session.cookie_jar.clear()
        other = await end_of(browser, address)
        mine = await sent_back(browser)
        first = await end_of(browser, mine)
        again = await end_of(browser, mine)

    assert [each[0] for each in (other, first, again)] == [403, 303, 403]


@pytest.mark.parametrize("more", ["&error=access_denied", "&iss=https://evil.example"])
async def test_what_the_provider_did_not_grant_is_no_sign_in(office: Office, more: str) -> None:
    """An error, or another provider's answer."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        address = (await sent_back(browser)).partition("&iss=")[0]
        status, _, _ = await end_of(browser, address + more)

    assert status == web.HTTPForbidden.status_code


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
async def test_nobody_is_led_away_after_signing_in(office: Office, to: str) -> None:
    """Only to a page of ours."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        _, there, _ = await end_of(browser, await sent_back(browser, to))

    assert there == "/"


async def test_whom_nobody_named_is_not_admitted(office: Office) -> None:
    """The provider knows more people than those who may look."""
    async with (
        open_id(NOW) as provider,
        console_over(office, sign_in=by_openid(provider)) as browser,
    ):
        provider.somebody = Somebody("dee", ("hr",))
        status, _, text = await end_of(browser, await sent_back(browser))

    assert (status, "dee is not admitted here" in text) == (403, True)


async def test_a_provider_that_is_away_is_told_and_nobody_let_in(office: Office) -> None:
    """With what was asked, and what came."""
    async with open_id(NOW) as provider:
        made = by_openid(provider)
    async with console_over(office, sign_in=made) as browser:
        status, _, text = await end_of(browser, "/sign-in")

    assert status == web.HTTPBadGateway.status_code
    assert "the OpenID provider" in text


# --- a proxy -----------------------------------------------------------------------------------


def by_proxy(network: str) -> Callable[[Sessions], SignIn]:
    """A console that believes whatever comes from a network."""
    proxy = Proxy(
        networks=(ip_network(network),),
        user_header="X-Forwarded-User",
        groups_header="X-Forwarded-Groups",
    )
    return lambda sessions: ProxySignIn(sessions, proxy, ADMISSION)


async def test_a_proxys_word_counts_and_only_the_proxys(office: Office) -> None:
    """The header is anybody's to send; where it comes from is not."""
    headers = {"X-Forwarded-User": "bo", "X-Forwarded-Groups": "hr, soc"}
    async with console_over(office, sign_in=by_proxy("127.0.0.1/32")) as browser:
        async with browser.get("/findings", headers=headers) as answer:
            text = await answer.text()
        async with browser.get("/findings") as answer:
            assert answer.status == web.HTTPUnauthorized.status_code
        async with browser.get("/findings", headers={"X-Forwarded-User": "dee"}) as answer:
            assert answer.status == web.HTTPForbidden.status_code
    async with (
        console_over(office, sign_in=by_proxy("10.0.0.0/8")) as browser,
        browser.get("/findings", headers=headers) as answer,
    ):
        refused = answer.status

    assert "bo <small>analyst</small>" in text
    assert refused == web.HTTPForbidden.status_code


async def test_a_session_is_not_carried_over_to_another_person(office: Office) -> None:
    """One browser, two people after each other: each has their own, with their own form key."""
    async with console_over(office, sign_in=by_proxy("127.0.0.1/32")) as browser:
        cookies = []
        for name in ("ann", "ann", "audit"):
            async with browser.get("/rules", headers={"X-Forwarded-User": name}) as answer:
                assert answer.status == 200
            cookies.append(next(iter(browser.session.cookie_jar)).value)

    assert cookies[0] == cookies[1]
    assert cookies[1] != cookies[2]
