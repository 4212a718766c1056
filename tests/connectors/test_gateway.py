"""The gateway's log: the other side of a call, without anything secret of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.events import Action, ActorKind
from stream.connectors.gateway import GATEWAY
from tests.connectors.reading import NOON, Json, events, refusal

CALL: dict[str, Any] = {
    "id": "call-1",
    "time": "2026-10-01T08:00:00Z",
    "method": "POST",
    "url": "https://user:secret@hooks.acme.example/hr/notify?token=secret#x",
    "invocation": "inv-1",
    "execution": "exec-1",
    "caller": "svc-workflow",
    "extension": "notify-hr",
    "version": "3",
    "status": 200,
    "signature": "ok",
    "duration_ms": 1031,
}
EXAMPLES = (CALL,)


def test_a_call_is_a_recorded_step_of_its_execution() -> None:
    """Which execution called is a link; the linker finds the case."""
    (event,) = events(GATEWAY, CALL)

    assert (event.id, event.action, event.case) == ("call-1", Action.STEP_RECORDED, None)
    assert event.links == ("execution:exec-1",)
    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("svc-workflow", ActorKind.SERVICE)
    assert event.step is not None
    assert (event.step.invocation, event.step.extension, event.step.version) == (
        "inv-1",
        "notify-hr",
        "3",
    )
    assert (event.outcome, event.duration) == ("200 signature:ok", "PT1.031S")
    assert event.scope == ("method:POST",)
    assert event.occurred_at == datetime(2026, 10, 1, 8, tzinfo=UTC)


def test_of_a_url_only_the_place_is_kept() -> None:
    """User, password, query and fragment may be secrets."""
    (event,) = events(GATEWAY, CALL)

    assert event.step is not None
    assert event.step.destination == "https://hooks.acme.example/hr/notify"


def test_an_engine_that_is_named_counts_for_itself() -> None:
    """Two engines both have an execution 7; a request that the body names is a link as well."""
    (event,) = events(GATEWAY, {**CALL, "engine": "n8n", "execution": "7", "request": "REQ-7"})

    assert event.links == ("n8n-execution:7", "request:REQ-7")


def test_a_call_that_knows_its_case_also_teaches_the_link() -> None:
    """Whoever knows both joins the calls of that execution which know only one."""
    (event,) = events(GATEWAY, {**CALL, "case": "REQ-7"})

    assert (event.case, event.links) == ("REQ-7", ("execution:exec-1",))


def test_the_least_that_a_gateway_can_say() -> None:
    """A URL was called: no time, no answer, no caller."""
    (event,) = events(GATEWAY, {"url": "https://hooks.acme.example"})

    assert (event.occurred_at, event.outcome, event.actor) == (NOON, "no answer", None)
    assert event.step is not None
    assert event.step.destination == "https://hooks.acme.example"


@pytest.mark.parametrize("signature", ["bad", "missing"])
def test_a_signature_that_does_not_hold_is_told(signature: str) -> None:
    """A call may succeed and still be nobody's."""
    (event,) = events(GATEWAY, {**CALL, "signature": signature})

    assert event.outcome == f"200 signature:{signature}"


REFUSALS: dict[str, tuple[Json, str]] = {
    "no-url": (
        {**CALL, "url": None},
        "acme: field 'url' is missing; expected a URL such as https://host/path",
    ),
    "no-place": (
        {**CALL, "url": "hooks.acme.example/hr"},
        "acme: field 'url' is 'hooks.acme.example/hr'; expected a URL such as https://host/path",
    ),
    "unknown-signature": (
        {**CALL, "signature": "yes"},
        "acme: field 'signature' is 'yes'; expected one of ['bad', 'missing', 'ok']",
    ),
    "status-as-text": (
        {**CALL, "status": "200"},
        "acme: field 'status' is '200'; expected a whole number",
    ),
    "back-in-time": (
        {**CALL, "duration_ms": -1},
        "acme: field 'duration_ms' is -1; expected milliseconds, 0 or more",
    ),
    "empty-execution": (
        {**CALL, "execution": ""},
        "acme: field 'execution' is ''; expected text that is not empty",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever writes the log reads what was expected."""
    assert refusal(GATEWAY, document) == sentence
