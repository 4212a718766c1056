"""Webhook payloads, told apart by their fields: what kind of event it is stands in a header.

So do the delivery's id and time, which a payload lacks. Where a delivery is read from the
deliveries API, both are there; else ids come from the content, and two equal payloads (added,
removed, added again) are taken for one event told twice.
"""

from collections.abc import Mapping
from typing import Any

from stream.connectors.github.terms import user
from stream.connectors.table import (
    Form,
    Record,
    Term,
    computed,
    needed,
    one_of,
    one_of_words,
    text,
    utc_time,
)

SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"workflow_run", "since"}), "deployment_review"),
    (frozenset({"review", "pull_request"}), "pull_request_review"),
    (frozenset({"team", "member"}), "membership"),
    (frozenset({"team", "repository"}), "team"),
    (frozenset({"member", "repository"}), "member"),
    (frozenset({"membership", "organization"}), "organization"),
    (frozenset({"rule", "repository"}), "branch_protection_rule"),
    (frozenset({"repository_ruleset"}), "repository_ruleset"),
    (frozenset({"hook", "hook_id"}), "meta"),
    (frozenset({"key", "repository"}), "deploy_key"),
)
"""Fields that only one kind of payload has together."""
OF_INSTALLATION = frozenset(
    {"action", "enterprise", "installation", "repositories", "requester", "sender", "_delivery"}
)
"""All that an installation's payload may have: others name the installation beside their own."""


def word(record: Record) -> str | None:
    """Tell a payload as the header would: `membership.added`."""
    keys = record.keys()
    kind = next((kind for shape, kind in SHAPES if shape <= keys), None)
    if kind is None and "installation" in keys and keys <= OF_INSTALLATION:
        kind = "installation"
    return f"{kind}.{record.get('action')}" if kind else None


def delivered(record: Record) -> Record:
    """Take a payload out of a delivery as the deliveries API gives it."""
    request = record.get("request")
    payload = request.get("payload") if type(request) is dict else None
    if type(payload) is not dict or "guid" not in record:
        return record
    return {**payload, "_delivery": {"guid": record["guid"], "at": record.get("delivered_at")}}


_GUID = text("_delivery.guid")
DELIVERED_AT = utc_time("_delivery.at")


def event_id(suffix: str = "") -> Term:
    """Name an event by its delivery, where that is told."""

    def read(record: Record) -> str | None:
        guid = _GUID.read(record)
        return None if guid is None else f"{guid}{suffix}"

    return computed("guid of the delivery", read)


def form(title: str, words: tuple[str, ...], rows: Mapping[str, Term], **more: Any) -> Form:
    return Form(
        title=title,
        recognised_by=f"the fields of {words[0].partition('.')[0]}, and action",
        words=frozenset(words),
        rows={"id": event_id(), "occurred_at": DELIVERED_AT, "actor": user("sender"), **rows},
        **more,
    )


def rights(kind: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    """A form for payloads of one kind whose `action` tells ours."""
    names = tuple(f"{kind}.{action}" for action in words)
    action = needed(one_of("action", words), one_of_words(words))
    return form(", ".join(names), names, {"action": action, **rows})
