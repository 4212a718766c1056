"""Who may speak for a source: the right secret or signature, and nobody else."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.web.manners import MANNERS, InvalidSecretError, Manner
from stream.web.manners.bearer import Bearer
from stream.web.manners.github import GitHub
from stream.web.manners.manner import TOLERANCE, Head, Sent
from stream.web.manners.standard_webhooks import StandardWebhooks
from tests.web.client import JSON, Answer, post
from tests.web.serving import NOON, Serving, serving

BODY = b'{"id": "REQ-7-2", "note": "r\xc3\xb4le"}'
KEY = b"a key of at least sixteen bytes"
OLD_KEY = b"the key that was used until May"
WHSEC = "whsec_" + base64.b64encode(KEY).decode()
NOW = int(NOON.timestamp())


def sources() -> dict[str, Manner | None]:
    """One source for each way to prove oneself, each with the key before the last one as well."""
    return {
        "token": Bearer.made("token", [KEY.decode().replace(" ", "-"), "an-older-token-of-ours"]),
        "signed": StandardWebhooks.made("signed", [WHSEC, base64.b64encode(OLD_KEY).decode()]),
        "github": GitHub.made("github", [KEY.decode(), OLD_KEY.decode()]),
    }


def with_token(token: str) -> dict[str, str]:
    """Headers with a bearer token."""
    return {**JSON, "Authorization": f"Bearer {token}"}


def signed(body: bytes, *, key: bytes = KEY, at: int = NOW, id: str = "msg_1") -> dict[str, str]:
    """Headers as a Standard Webhooks sender computes them."""
    signature = base64.b64encode(hmac.digest(key, f"{id}.{at}.".encode() + body, "sha256"))
    return {
        **JSON,
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature.decode()}",
    }


def hub_signed(body: bytes, key: bytes = KEY) -> dict[str, str]:
    """Headers as GitHub computes them."""
    return {**JSON, "X-Hub-Signature-256": f"sha256={hmac.digest(key, body, 'sha256').hex()}"}


async def test_each_right_proof_is_accepted_and_so_is_the_key_before_it() -> None:
    """While a secret is being exchanged, both are good."""
    proofs = {
        "token": (
            with_token("a-key-of-at-least-sixteen-bytes"),
            with_token("an-older-token-of-ours"),
        ),
        "signed": (signed(BODY), signed(BODY, key=OLD_KEY, id="msg_2")),
        "github": (hub_signed(BODY), hub_signed(BODY, OLD_KEY)),
    }
    async with serving(sources()) as running:
        answers = [await say(running, name, each) for name, two in proofs.items() for each in two]

    assert [each.status for each in answers] == [202] * 6
    assert running.shelf.stored == [(name, BODY) for name in proofs for _ in range(2)]


@pytest.mark.parametrize(
    ("source", "headers", "reason"),
    [
        ("token", JSON, "no bearer token; expected 'Authorization: Bearer …'"),
        (
            "token",
            {**JSON, "Authorization": "Basic YTpi"},
            "no bearer token; expected 'Authorization: Bearer …'",
        ),
        ("token", with_token("a-guess"), "the bearer token is not this source's"),
        ("token", with_token(""), "the bearer token is not this source's"),
        ("signed", JSON, "no webhook-id header; expected a Standard Webhooks signature"),
        (
            "signed",
            {**signed(BODY), "webhook-signature": ""},
            "no webhook-signature header; expected a Standard Webhooks signature",
        ),
        (
            "signed",
            {**signed(BODY), "webhook-timestamp": "noon"},
            "webhook-timestamp is not a number of seconds since 1970",
        ),
        (
            "signed",
            {**signed(BODY), "webhook-timestamp": "9" * 4000},
            "webhook-timestamp is not a number of seconds since 1970",
        ),
        (
            "signed",
            signed(BODY, at=NOW - 301),
            "webhook-timestamp is 301 s away from our clock; expected at most 300 s",
        ),
        (
            "signed",
            signed(BODY, at=NOW + 301),
            "webhook-timestamp is 301 s away from our clock; expected at most 300 s",
        ),
        ("signed", signed(BODY, key=b"somebody else"), "webhook-signature does not fit the body"),
        ("signed", signed(b"another body"), "webhook-signature does not fit the body"),
        (
            "signed",
            {**signed(BODY), "webhook-id": "msg_2"},
            "webhook-signature does not fit the body",
        ),
        (
            "signed",
            {**signed(BODY), "webhook-timestamp": str(NOW + 1)},
            "webhook-signature does not fit the body",
        ),
        (
            "signed",
            {**signed(BODY), "webhook-signature": signed(BODY)["webhook-signature"][3:]},
            "webhook-signature does not fit the body",
        ),
        (
            "signed",
            {**signed(BODY), "webhook-signature": "v2," + signed(BODY)["webhook-signature"][3:]},
            "webhook-signature does not fit the body",
        ),
        ("github", JSON, "no signature; expected 'X-Hub-Signature-256: sha256=…'"),
        (
            "github",
            {**JSON, "X-Hub-Signature-256": "sha1=00"},
            "no signature; expected 'X-Hub-Signature-256: sha256=…'",
        ),
        ("github", hub_signed(b"another"), "X-Hub-Signature-256 does not fit the body"),
        ("github", hub_signed(BODY, b"else"), "X-Hub-Signature-256 does not fit the body"),
    ],
)
async def test_everybody_else_is_told_why_not(
    source: str, headers: dict[str, str], reason: str
) -> None:
    """401 with the reason; the body is not kept, the attempt is counted."""
    async with serving(sources()) as running:
        answer = await say(running, source, headers)

    assert answer.status == 401
    assert answer.told == {"error": f"{source}: {reason}", "source": source}
    assert "www-authenticate" in answer.headers
    assert running.shelf.stored == []
    assert running.counted(source, "unauthenticated") == 1


async def test_a_signature_is_good_up_to_the_tolerance_and_no_longer() -> None:
    """Five minutes by our clock, either way."""
    async with serving(sources()) as running:
        headers = signed(BODY)
        running.clock.advance(TOLERANCE)
        on_time = await say(running, "signed", headers)
        running.clock.advance(timedelta(seconds=1))
        late = await say(running, "signed", headers)

    assert (on_time.status, late.status) == (202, 401)


async def test_one_right_signature_among_several_is_enough() -> None:
    """A sender that exchanges its key signs with both; versions we do not know are passed over."""
    right = signed(BODY)["webhook-signature"]
    several = {**signed(BODY), "webhook-signature": f"v1a,abc v1,{'A' * 43}= {right}"}
    async with serving(sources()) as running:
        answer = await say(running, "signed", several)

    assert answer.status == 202


async def test_the_example_that_other_implementations_are_held_to_fits() -> None:
    """The one that the Standard Webhooks libraries are tested with, in all their languages."""
    example = {
        **JSON,
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    source = {"s": StandardWebhooks.made("s", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])}
    async with serving(source) as running:
        running.clock.advance(timedelta(seconds=1614265330 - NOW))
        answer = await post(running.port, "/in/s", b'{"test": 2432232314}', example)

    assert answer.status == 202


@given(st.binary(max_size=200), st.data())
def test_a_changed_byte_never_fits(body: bytes, drawn: st.DataObject) -> None:
    """Whatever is signed: flip one bit of it, and the signature does not fit."""
    whole = b"." + body
    place = drawn.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= drawn.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
    proofs = sources()

    for source, headers in (("signed", signed(whole)), ("github", hub_signed(whole))):
        proof = proofs[source]
        assert proof is not None
        assert proof.faults(Sent(Head("POST", headers, {}), whole, NOON)) is None
        assert proof.faults(Sent(Head("POST", headers, {}), bytes(changed), NOON)) is not None


async def test_a_token_is_refused_before_the_body_is_read() -> None:
    """A stranger can not make us read a megabyte."""
    async with serving(sources()) as running:
        big = {**with_token("a-guess"), "Content-Length": "999999"}
        answer = await post(running.port, "/in/token", b"", big)

    assert answer.status == 401


@pytest.mark.parametrize(
    ("scheme", "secrets", "expected"),
    [
        ("bearer", ["short"], "at least 16 bytes"),
        ("bearer", [], "at least 16 bytes"),
        ("bearer", ["long enough, but with blanks"], "printable ASCII without blanks"),
        ("bearer", ["long-enough-with-a-newline\n"], "printable ASCII without blanks"),
        ("github", ["short"], "at least 16 bytes"),
        ("standard-webhooks", ["whsec_c2hvcnQ="], "at least 16 bytes"),
        (
            "standard-webhooks",
            ["whsec_not base64 at all"],
            "base64, with or without 'whsec_' before it",
        ),
    ],
)
def test_a_secret_that_is_none_is_refused_at_the_start(
    scheme: str, secrets: list[str], expected: str
) -> None:
    """With what was expected, and without the secret."""
    with pytest.raises(InvalidSecretError) as caught:
        MANNERS[scheme].made("acme", secrets)

    assert str(caught.value) == f"acme: a secret for {scheme} is not usable; expected {expected}"


def test_a_proof_does_not_print_its_secrets() -> None:
    """It may end up in a log or a traceback."""
    shown = repr(sources())

    assert hashlib.sha256(KEY).hexdigest() not in shown
    assert "sixteen" not in shown
    assert "older" not in shown


async def say(running: Serving, source: str, headers: dict[str, str]) -> Answer:
    """Send the body."""
    return await post(running.port, f"/in/{source}", BODY, headers)
