"""The desk tells each change once, whatever is repeated, and knows what still stands."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.errors import UnreadableRecordError
from rules.finding import Change, Finding, Severity
from stream.desk.delivery import Delivery, Kind
from stream.desk.desk import Desk, Memory
from stream.desk.reading import read_finding
from tests.desk.findings import NOON, OPENED, changed, chunks, line, lives, with_repeats


def desk(memory: Memory | None = None) -> Desk:
    """A desk that remembers what its findings say."""
    return Desk("alertmanager", remembers=True, memory=memory)


def taken(by: Desk, findings: Iterable[Finding]) -> list[Delivery]:
    """What is to be delivered when these come in."""
    offered = [by.take(line(each), NOON) for each in findings]
    return [each for each in offered if each is not None]


def rows(of: Desk) -> list[tuple[str, bytes]]:
    """What a desk would be restored from, had it never been saved before."""
    return [(finding, row) for finding, row in of.changes() if row is not None]


def standing(of: Desk) -> list[str]:
    """The findings that stand."""
    return [each.finding.finding for each in of.standing(NOON)]


@given(st.data())
def test_repeats_change_nothing(data: st.DataObject) -> None:
    """The log may tell a change again, late and in any place: it is delivered once, in order."""
    told = data.draw(lives())

    repeated = taken(desk(), data.draw(with_repeats(told)))

    assert repeated == taken(desk(), told)
    assert [each.finding for each in repeated] == told


@given(st.data())
def test_a_desk_restored_anywhere_goes_on_as_if_nothing_had_happened(data: st.DataObject) -> None:
    """Rows carry everything: cut the log anywhere, go on with a new desk, the same is told."""
    told = data.draw(lives())
    whole, current, rows_kept = desk(), desk(), dict[str, bytes | None]()
    deliveries: list[Delivery] = []

    for chunk in data.draw(chunks([line(each) for each in told])):
        offered = [current.take(each, NOON) for each in chunk]
        deliveries += [each for each in offered if each is not None]
        rows_kept |= dict(current.changes())
        current = desk()
        current.restore((key, row) for key, row in rows_kept.items() if row is not None)

    assert deliveries == taken(whole, told)
    assert current.standing(NOON) == whole.standing(NOON)


@given(lives())
def test_what_stands_is_what_was_opened_and_not_withdrawn(told: list[Finding]) -> None:
    """An alert stands from its opening until it is withdrawn; being confirmed keeps it standing."""
    last = {each.finding: each for each in told}
    expected = {key for key, each in last.items() if each.change is not Change.WITHDRAWN}
    one = desk()

    taken(one, told)

    assert set(standing(one)) == expected
    assert {each.kind for each in one.standing(NOON)} <= {Kind.FIRING}


@given(lives())
def test_a_change_rings_stands_down_or_is_noted(told: list[Finding]) -> None:
    """Opened and updated ring, withdrawn stands down, confirmed is noted without a bell."""
    kinds = {
        Change.OPENED: Kind.FIRING,
        Change.UPDATED: Kind.FIRING,
        Change.WITHDRAWN: Kind.RESOLVED,
        Change.CONFIRMED: Kind.EVENT,
    }

    deliveries = taken(desk(), told)

    assert [each.kind for each in deliveries] == [kinds[each.change] for each in told]


@given(lives())
def test_what_is_told_again_has_the_id_it_had(told: list[Finding]) -> None:
    """A receiver that has seen a delivery can drop its reminder."""
    one = desk()
    ids = {each.finding.finding: each.id for each in taken(one, told)}

    again = one.standing(NOON)

    assert [each.id for each in again] == [ids[each.finding.finding] for each in again]


@given(lives())
def test_ids_tell_deliveries_apart(told: list[Finding]) -> None:
    """One id per change and destination, fit for a header and without a full stop."""
    here = [each.id for each in taken(desk(), told)]
    there = [each.id for each in taken(Desk("webhook", remembers=False), told)]

    assert len({*here, *there}) == 2 * len(told)
    assert all(each.isascii() and "." not in each for each in here)


def test_a_cases_alerts_are_shown_together() -> None:
    """Groups are by tenant and case; the same case number of two tenants is two cases."""
    findings = [
        replace(OPENED, finding="f-1"),
        replace(OPENED, finding="f-2", tenant=None),
        replace(OPENED, finding="f-3"),
        replace(OPENED, finding="f-4", case="REQ-8"),
    ]
    one = desk()
    taken(one, findings)

    groups = {
        group: [each.finding for each in members] for group, members in one.groups(NOON).items()
    }

    assert groups == {
        (None, "REQ-7"): ["f-2"],
        ("acme", "REQ-7"): ["f-1", "f-3"],
        ("acme", "REQ-8"): ["f-4"],
    }


def test_an_update_knows_what_was_said_before() -> None:
    """So that a destination can take back what it was told under another severity."""
    update = changed(OPENED, Change.UPDATED, severity=Severity.CRITICAL)

    deliveries = taken(desk(), [OPENED, update])

    assert [each.before for each in deliveries] == [None, OPENED]


@pytest.mark.parametrize("change", [Change.WITHDRAWN, Change.CONFIRMED])
def test_a_closed_finding_leaves_after_its_time(change: Change) -> None:
    """A week after it was closed it is neither told again nor remembered; not a moment before."""
    one = desk(Memory(closed_for=timedelta(days=7)))
    taken(one, [OPENED, changed(OPENED, change)])
    early, late = NOON + timedelta(days=7, seconds=-1), NOON + timedelta(days=7)

    stood = len(one.standing(early)), len(one.standing(late))
    one.take(line(replace(OPENED, finding="f-2")), early)
    before = len(one)
    one.take(line(replace(OPENED, finding="f-3")), late)

    assert stood == (1 if change is Change.CONFIRMED else 0, 0)
    assert (before, len(one)) == (2, 2)
    assert dict(one.changes())[OPENED.finding] is None


@given(st.integers(1, 3), st.lists(st.booleans(), max_size=8))
def test_closed_findings_are_never_more_than_the_limit(limit: int, closes: list[bool]) -> None:
    """Memory is bounded: the one that was closed first leaves first, open ones never do."""
    opened = [replace(OPENED, finding=f"f-{number}") for number in range(len(closes))]
    closing = [
        changed(each, Change.WITHDRAWN)
        for each, is_to_close in zip(opened, closes, strict=True)
        if is_to_close
    ]
    one = desk(Memory(closed_max=limit))

    taken(one, [*opened, *closing])

    is_open = {each.finding for each in opened} - {each.finding for each in closing}
    remembered = {finding for finding, row in one.changes() if row is not None}
    assert remembered == is_open | {each.finding for each in closing[-limit:]}


def test_a_finding_opened_again_is_no_longer_on_its_way_out() -> None:
    """Withdrawn and then seen again: it stands, and stays past the time it was to leave."""
    one = desk(Memory(closed_for=timedelta(days=7)))
    withdrawn = changed(OPENED, Change.WITHDRAWN)
    reopened = changed(withdrawn, Change.OPENED)

    taken(one, [OPENED, withdrawn, reopened])
    one.take(line(replace(OPENED, finding="f-2")), NOON + timedelta(days=8))

    assert standing(one) == [OPENED.finding, "f-2"]


def test_a_desk_that_is_told_once_keeps_numbers_only() -> None:
    """A destination that needs no reminder needs no copy of the findings either."""
    one = Desk("webhook", remembers=False)

    taken(one, [OPENED])

    assert rows(one) == [(OPENED.finding, b'{"number":1}')]
    assert one.standing(NOON) == []


def test_a_refused_alert_is_not_told_again() -> None:
    """What its destination will never take is dropped, and a repeat of it stays a repeat."""
    one = desk()
    (delivery,) = taken(one, [OPENED])

    one.drop(delivery.finding.finding)
    one.drop("never heard of")

    assert (one.standing(NOON), one.stands(delivery)) == ([], False)
    assert taken(one, [OPENED]) == []


def test_only_the_last_word_stands() -> None:
    """A reminder that was prepared before an update is out of date after it."""
    one = desk()
    (first,) = taken(one, [OPENED])
    (second,) = taken(one, [changed(OPENED, Change.UPDATED)])

    assert (one.stands(first), one.stands(second)) == (False, True)
    taken(one, [changed(second.finding, Change.WITHDRAWN)])
    assert not one.stands(second)


@given(lives())
def test_the_log_is_read_back_as_it_was_written(told: list[Finding]) -> None:
    """Write and read: nothing is lost, also where a field is empty and left out."""
    bare = [replace(each, tenant=None, who=(), evidence=(), controls=()) for each in told]

    assert [read_finding(line(each)) for each in told + bare] == told + bare


@given(st.binary() | st.sampled_from([b"{}", b'{"finding":"f","number":"one"}', b"[]", b"1"]))
def test_garbage_is_refused_by_name(garbage: bytes) -> None:
    """What is no finding, and no row of ours, raises one error that says so."""
    with pytest.raises(UnreadableRecordError):
        desk().take(garbage, NOON)
    with pytest.raises(UnreadableRecordError):
        desk().restore([("f-1", garbage)])


def test_what_is_in_shadow_is_told_to_nobody_unless_it_was_told_before() -> None:
    """A rule that goes into shadow does not leave its alerts ringing for ever."""
    hidden = replace(OPENED, shadow=True)
    gone = changed(hidden, Change.WITHDRAWN)

    assert taken(desk(), [hidden, gone]) == []
    assert len(taken(desk(), [OPENED, gone])) == 2
