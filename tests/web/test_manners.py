"""Each vendor's manner, held to one contract, and the handshakes that only it has."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors import CONNECTORS, Delivery, Tree, documents
from stream.web.manners import MANNERS, InvalidSecretError, Manner, manner_of
from stream.web.manners.bearer import Bearer
from stream.web.manners.event_grid import EventGrid
from stream.web.manners.github import GitHub
from stream.web.manners.graph import Graph
from stream.web.manners.manner import Head, Sent
from stream.web.manners.okta import Okta
from stream.web.manners.sailpoint import SailPoint
from stream.web.manners.standard_webhooks import StandardWebhooks
from stream.web.manners.taken_out import TAKEN_OUT
from tests.web.client import ask, post
from tests.web.manner_contract import SOURCE, MannerContract, Spoken, report, say
from tests.web.serving import NOON

NOW = timedelta(0)


class TestBearer(MannerContract):
    """Anybody who was given a token."""

    manner = Bearer

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """A token in the head."""
        return Spoken(report(number, late), {"Authorization": f"Bearer {secret}"})

    def bare(self) -> Spoken:
        """No token."""
        return Spoken(report(1), {})


class TestStandardWebhooks(MannerContract):
    """As the specification signs: id, time and body."""

    manner = StandardWebhooks
    key = f"whsec_{base64.b64encode(bytes(range(24))).decode()}"
    other = f"whsec_{base64.b64encode(bytes(range(24, 48))).decode()}"
    signs_body = signs_time = names_delivery = True

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """Signed with the standard library alone."""
        body, stamp = report(number, late), int((NOON + late).timestamp())
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"msg_{number}.{stamp}.".encode() + body
        signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        headers = {
            "webhook-id": f"msg_{number}",
            "webhook-timestamp": str(stamp),
            "webhook-signature": f"v1,{signature}",
        }
        return Spoken(body, headers)

    def bare(self) -> Spoken:
        """An id and a time without a signature."""
        return Spoken(report(1), {"webhook-id": "msg_1", "webhook-timestamp": "1"})


class TestGitHub(MannerContract):
    """As GitHub signs: the body."""

    manner = GitHub
    signs_body = names_delivery = True

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """With the delivery's id and the event's name beside it, as GitHub sends them."""
        body = report(number, late)
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Delivery": f"72d3162e-cc78-11e3-81ab-00000000000{number}",
            "X-GitHub-Event": "membership",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        return Spoken(body, headers)

    def bare(self) -> Spoken:
        """A hook without a secret is not signed."""
        return Spoken(report(1), {"X-GitHub-Delivery": "72d3162e", "X-GitHub-Event": "ping"})

    def kept(self, body: bytes) -> bytes:
        """The payload as it came, inside the shape of the deliveries API."""
        return (
            b'{"guid":"72d3162e-cc78-11e3-81ab-000000000001","event":"membership",'
            b'"request":{"payload":' + body + b"}}"
        )

    async def test_added_removed_and_added_again_are_three_events(self) -> None:
        """Two payloads are equal to the byte; only the deliveries tell them apart."""
        membership = {
            "scope": "team",
            "member": {"login": "bo", "id": 7, "type": "User"},
            "sender": {"login": "ann", "id": 4, "type": "User"},
            "team": {"id": 9, "name": "admins"},
            "organization": {"login": "acme", "id": 1},
        }
        async with self.listening() as running:
            for number, action in enumerate(("added", "removed", "added"), start=1):
                body = json.dumps({"action": action, **membership}).encode()
                headers = dict(self.spoken(self.key, number=number).headers)
                signature = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
                headers["X-Hub-Signature-256"] = f"sha256={signature}"
                await say(running, Spoken(body, headers))
        events = [event for _, body in running.shelf.stored for event in read(body, "github")]

        assert [each["action"] for each in events] == ["provisioned", "revoked", "provisioned"]
        assert len({each["id"] for each in events}) == 3

    async def test_a_body_that_is_no_object_is_kept_as_it_is(self) -> None:
        """Intake refuses it and keeps its bytes; nothing is put around what nobody can read."""
        async with self.listening() as running:
            for number, body in enumerate((b"not json", b"[1]"), start=1):
                signature = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
                headers = {
                    "X-Hub-Signature-256": f"sha256={signature}",
                    "X-GitHub-Delivery": str(number),
                }
                await say(running, Spoken(body, headers))

        assert [body for _, body in running.shelf.stored] == [b"not json", b"[1]"]


class TestOkta(MannerContract):
    """The hook's secret, as it is, in the header that the hook names."""

    manner = Okta

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """An event hook's delivery."""
        return Spoken(report(number, late), {"Authorization": secret})

    def bare(self) -> Spoken:
        """A hook without authentication."""
        return Spoken(report(1), {})

    async def test_the_one_time_verification_is_said_back_to_whoever_has_the_secret(self) -> None:
        """Okta asks by GET, with the header of the hook; a stranger is told what is missing."""
        challenge = {"X-Okta-Verification-Challenge": "Me_rShK8JHs.TnbyYrWX-L"}
        async with self.listening() as running:
            right = await ask(
                running.port, "GET", f"/in/{SOURCE}", Authorization=self.key, **challenge
            )
            wrong = await ask(
                running.port, "GET", f"/in/{SOURCE}", Authorization=self.other, **challenge
            )
            bare = await ask(running.port, "GET", f"/in/{SOURCE}", **challenge)
            none = await ask(running.port, "GET", f"/in/{SOURCE}", Authorization=self.key)

        assert (right.status, right.told) == (200, {"verification": "Me_rShK8JHs.TnbyYrWX-L"})
        assert right.headers["content-type"] == "application/json"
        assert [wrong.status, bare.status, none.status] == [401, 401, 405]
        assert running.counted(SOURCE, "greeted") == 1
        assert running.shelf.stored == []

    async def test_a_delivery_is_answered_with_nothing_to_read(self) -> None:
        """Okta asks for an empty answer."""
        async with self.listening() as running:
            answer = await say(running, self.spoken(self.key))

        assert (answer.status, answer.body) == (204, b"")


class TestGraph(MannerContract):
    """The subscription's clientState, in each notification."""

    manner = Graph

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """Two notifications in one body."""
        told = {"changeType": "updated", "clientState": secret, "resource": "users/approved"}
        return Spoken(
            json.dumps({"value": [told, {**told, "number": number, "late": str(late)}]}).encode(),
            {},
        )

    def kept(self, body: bytes) -> bytes:
        """The secret is in no record, and the record says so; a blank more or less is no matter."""
        clean = body.replace(self.key.encode(), TAKEN_OUT.encode()).replace(
            self.other.encode(), TAKEN_OUT.encode()
        )
        return json.dumps(json.loads(clean), separators=(",", ":")).encode()

    def bare(self) -> Spoken:
        """A subscription without a clientState."""
        return Spoken(json.dumps({"value": [{"changeType": "updated"}]}).encode(), {})

    async def test_the_validation_token_is_said_back_as_plain_text(self) -> None:
        """Decoded, and never as a page: it is a stranger's text."""
        async with self.listening() as running:
            answer = await post(
                running.port,
                f"/in/{SOURCE}?validationToken=Validation%3A+%3Cscript%3E%C3%A4",
                b"",
                {"Content-Type": "text/plain; charset=utf-8"},
            )

        assert (answer.status, answer.body) == (200, "Validation: <script>ä".encode())
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert running.counted(SOURCE, "greeted") == 1
        assert running.shelf.stored == []

    async def test_one_notification_of_another_subscription_spoils_the_body(self) -> None:
        """It names which: nothing of a body is taken whose sender is not proven for all of it."""
        told = [{"clientState": self.key}, {"clientState": self.other}, {}]
        async with self.listening() as running:
            wrong = await say(running, Spoken(json.dumps({"value": told[:2]}).encode(), {}))
            bare = await say(running, Spoken(json.dumps({"value": told[::2]}).encode(), {}))
            empty = await say(running, Spoken(b'{"value": []}', {}))

        assert [each.told["error"] for each in (wrong, bare, empty)] == [
            f"{SOURCE}: the clientState of value[1] is not this source's",
            f"{SOURCE}: value[1] has no clientState",
            f"{SOURCE}: no notifications; expected a list 'value', each item with its clientState",
        ]
        assert running.shelf.stored == []


class TestEventGrid(MannerContract):
    """A secret in the address."""

    manner = EventGrid

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """A batch of one event."""
        body = json.dumps(
            [{"eventType": "approved", "data": {"number": number, "late": str(late)}}]
        ).encode()
        return Spoken(body, {"aeg-event-type": "Notification"}, {"code": secret})

    def bare(self) -> Spoken:
        """An address without its code."""
        return Spoken(report(1), {"aeg-event-type": "Notification"})

    @pytest.mark.parametrize("by", ["code", "header"])
    async def test_the_validation_code_is_given_back_to_whoever_has_the_secret(
        self, by: str
    ) -> None:
        """Event Grid's own schema: a batch of one validation event. It is no report."""
        validation = [
            {
                "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
                "topic": "/subscriptions/x",
                "subject": "",
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "eventTime": "2026-11-01T12:00:00Z",
                "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
                "dataVersion": "1",
            }
        ]
        said = Spoken(
            json.dumps(validation).encode(),
            {"aeg-event-type": "SubscriptionValidation"}
            | ({"Authorization": f"Bearer {self.key}"} if by == "header" else {}),
            {"code": self.key} if by == "code" else {},
        )
        async with self.listening() as running:
            right = await say(running, said)
            stranger = await say(running, said._replace(query={}, headers={"aeg-event-type": "x"}))

        assert (right.status, right.told) == (
            200,
            {"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
        )
        assert stranger.status == 401
        assert running.shelf.stored == []
        assert running.counted(SOURCE, "greeted") == 1

    async def test_the_cloudevents_schema_asks_by_options(self) -> None:
        """The origin is allowed to whoever has the secret."""
        origin = {"WebHook-Request-Origin": "eventgrid.azure.net"}
        async with self.listening() as running:
            right = await ask(running.port, "OPTIONS", f"/in/{SOURCE}?code={self.key}", **origin)
            wrong = await ask(running.port, "OPTIONS", f"/in/{SOURCE}?code={self.other}", **origin)

        assert (right.status, wrong.status) == (200, 401)
        assert right.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
        assert right.headers["webhook-allowed-rate"] == "*"


class TestSailPoint(MannerContract):
    """A subscription with a bearer token."""

    manner = SailPoint

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """A trigger's invocation."""
        return Spoken(report(number, late), {"Authorization": f"Bearer {secret}"})

    def bare(self) -> Spoken:
        """A subscription without authentication."""
        return Spoken(report(1), {})

    async def test_the_invocations_own_secret_is_in_no_record_and_the_record_says_so(self) -> None:
        """All else keeps its bytes: numbers that no machine holds, and a form's field "secret"."""
        said = self.spoken(self.key)
        sent = (
            b'{"state":"approved","form":{"secret": 1.10},"number":123456789012345678901234567890,'
            b'"_metadata":{"secret":"%s","invocationId":"9c5a"}}'
        )
        async with self.listening() as running:
            await say(running, said._replace(body=sent % b"hush-0b7e"))

        assert [body for _, body in running.shelf.stored] == [sent % TAKEN_OUT.encode()]


class TestSailPointBasic(TestSailPoint):
    """A subscription with basic authentication."""

    key = "basic:foureyes:a-password-of-16-bytes-or-so"
    other = "basic:foureyes:another-password-of-some-length"

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """User and password as RFC 7617 writes them."""
        pair = base64.b64encode(secret.removeprefix("basic:").encode()).decode()
        return Spoken(report(number, late), {"Authorization": f"Basic {pair}"})


class TestSailPointHeader(TestSailPoint):
    """A header that something in between puts on."""

    key = "header:X-From-SailPoint:a-value-of-16-bytes"
    other = "header:X-From-SailPoint:another-value-of-16-bytes"

    def spoken(self, secret: str, *, number: int = 1, late: timedelta = NOW) -> Spoken:
        """The header and its value."""
        _, name, value = secret.split(":")
        return Spoken(report(number, late), {name: value})


def read(body: bytes, name: str) -> list[Tree]:
    """What a connector makes of a body that was kept."""
    delivery = Delivery(source=name, observed_at=NOON, digest="sha256:x", place="here")
    reader = CONNECTORS[name]
    trees: list[Tree] = []
    for _, document in documents(body, name, reader.apart):
        trees += [each for each in reader.read(document, delivery) if isinstance(each, dict)]
    return trees


SECRETS = {"standard-webhooks": TestStandardWebhooks.key}
HEADERS = (
    "Authorization",
    "X-Hub-Signature-256",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "aeg-event-type",
)


@given(
    st.sampled_from(sorted(MANNERS)),
    st.binary(max_size=300),
    st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=50)),
)
def test_garbage_is_refused_and_never_crashes(
    name: str, body: bytes, headers: dict[str, str]
) -> None:
    """Whatever stands in the headers that vendors use, and whatever the body is."""
    made = MANNERS[name].made(SOURCE, [SECRETS.get(name, TestBearer.key)])
    head = Head("POST", headers, {"code": "x", "validationToken": "x"})
    sent = Sent(head, body, NOON)

    assert made.lacks(head) is not None or made.faults(sent) is not None
    assert made.handshake(sent) is None
    assert body in made.kept(sent)


UNUSABLE: tuple[tuple[type[Manner], str, str], ...] = (
    (Okta, "short", "at least 16 bytes"),
    (EventGrid, "ärger-mit-umlauten-im-schlüssel", "printable ASCII without blanks"),
    (Graph, "x" * 129, "at most 128 characters"),
    (
        SailPoint,
        "basic:nobody-without-a-password",
        "a token, basic:<user>:<password> or header:<name>:<value>",
    ),
    (SailPoint, "header:X-Name:short-value", "a token, basic:<user>:<password>"),
)


@pytest.mark.parametrize(("manner", "secret", "expected"), UNUSABLE)
def test_a_secret_that_is_none_is_refused_at_the_start(
    manner: type[Manner], secret: str, expected: str
) -> None:
    """With what was expected, and without the secret."""
    with pytest.raises(InvalidSecretError) as caught:
        manner.made("acme", [secret])

    assert expected in str(caught.value)
    assert secret not in str(caught.value)


def test_every_manner_is_held_to_the_contract() -> None:
    """And every connector's vendor has one."""
    held: set[type[Manner]] = {each.manner for each in MannerContract.__subclasses__()}
    own = {manner_of(name).name for name in CONNECTORS}

    assert held == set(MANNERS.values())
    assert own == {"bearer", "github", "okta", "event-grid", "sailpoint"}
