"""Alerts worth waking for: routed, grouped, held, and each with a decision that says why."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import UnreadableRecordError
from rules.finding import Change, Finding, Severity
from stream.desk.alerts import Alerts
from stream.desk.decisions import DECISIONS_MAX, Decision, Did, read_decisions
from stream.desk.delivery import Delivery, Kind
from stream.desk.notes import Cover, Manner, Note, Notes, Said, fold
from stream.desk.routing import Routes
from tests.desk.findings import NOON, OPENED, changed, line, lives

MINUTE = timedelta(minutes=1)
OTHER = replace(OPENED, finding="APR-009-other")
CRITICAL = replace(OPENED, finding="APR-002-worse", severity=Severity.CRITICAL)

ACKNOWLEDGED = Note(id="1", said=Said.ACKNOWLEDGED, by="ann", at=NOON, about=OPENED.finding)


def silenced(manner: Manner = Manner.SILENCE, **told: Any) -> Notes:
    """A silence until one o'clock that Cy wants and Dee agrees to."""
    end = NOON + timedelta(hours=1)
    proposed = Note(
        id="1",
        said=Said.PROPOSED,
        by="Cy",
        at=NOON,
        about="S-1",
        until=end,
        reason="moving",
        covers=Cover(**told),
        manner=manner,
    )
    return fold([proposed, Note(id="2", said=Said.APPROVED, by="Dee", at=NOON, about="S-1")])


class Box:
    """Alerts of one destination, with all the rows they ever gave."""

    def __init__(self, destination: str = "people", *, folds: bool = False, **route: Any) -> None:
        told = [{"name": "r", **route}] if route else []
        self.routes = Routes.model_validate({"route": told})
        self._destination, self._folds = destination, folds
        self.alerts = self._make()
        self.notes = Notes()
        self.rows: dict[str, bytes] = {}

    def _make(self) -> Alerts:
        return Alerts(self._destination, resends=True, folds=self._folds, routes=self.routes)

    def hear(self, *findings: Finding, at: datetime = NOON) -> list[Delivery]:
        """Hear these, and give what is told at once."""
        for each in findings:
            self.alerts.take(line(each), at)
        return self.look(at)

    def look(self, at: datetime, refused: Iterable[Delivery] = ()) -> list[Delivery]:
        """Give what is due by then, and let it arrive; then begin anew from the rows."""
        self.alerts.heed(self.notes)
        told = self.alerts.due(at)
        self.alerts.settle(refused, at)
        self.save()
        return told

    def save(self) -> None:
        """Keep the rows, and go on with alerts that know only those."""
        for name, row in self.alerts.changes():
            if row is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = row
        self.alerts = self._make()
        self.alerts.restore(self.rows.items())

    def decisions(self) -> list[Decision]:
        """What was decided, the latest last."""
        return read_decisions(self.rows.items())

    def last(self) -> tuple[Did, str]:
        """The latest decision."""
        decision = self.decisions()[-1]
        return decision.did, decision.reason


def findings(told: Iterable[Delivery]) -> list[str]:
    """Which findings are told."""
    return [each.finding.finding for each in told]


def test_a_route_to_others_drops_with_the_reason() -> None:
    """The decision says whom the route tells."""
    box = Box(destinations=("webhook",))

    assert box.hear(OPENED) == []
    assert box.last() == (Did.DROPPED, "route r tells webhook")
    assert box.alerts.standing(NOON) == []


def test_a_case_rings_once() -> None:
    """What comes while the first waits for company is told with it, the worst first."""
    box = Box(folds=True, group_by="case", wait="30s")

    held = box.hear(OPENED, OTHER, CRITICAL)
    (told,) = box.look(NOON + timedelta(seconds=30))

    assert held == []
    assert told.finding == CRITICAL
    assert findings(told.also) == [OPENED.finding, OTHER.finding]
    assert {each.did for each in box.decisions()} == {Did.HELD, Did.TOLD}


def test_who_is_told_of_single_findings_hears_all_of_a_group() -> None:
    """Grouping joins messages; to a destination that tells no groups each change goes by itself."""
    box = Box(group_by="person", wait="30s")

    box.hear(OPENED, OTHER)

    assert findings(box.look(NOON + MINUTE)) == [OPENED.finding, OTHER.finding]


def test_a_finding_that_is_withdrawn_while_it_is_held_wakes_nobody() -> None:
    """Neither the bell nor the all-clear is told; both are decided, with the reason."""
    box = Box(wait="5m")
    box.hear(OPENED)

    told = box.hear(changed(OPENED, Change.WITHDRAWN, because="the approval came late"))

    assert told == []
    assert box.look(NOON + timedelta(hours=1)) == []
    assert [each.did for each in box.decisions()] == [Did.HELD, Did.DROPPED, Did.DROPPED]
    assert "the approval came late" in box.decisions()[1].reason


def test_a_withdrawal_stands_a_told_alert_down_even_in_quiet_hours() -> None:
    """Good news rings nobody."""
    box = Box(quiet=({"begins": "12:30", "ends": "13:30"},))
    box.hear(OPENED)

    (told,) = box.hear(changed(OPENED, Change.WITHDRAWN), at=NOON + 31 * MINUTE)

    assert told.kind is Kind.RESOLVED


def test_quiet_hours_hold_what_is_not_critical() -> None:
    """A high one waits for the morning; a critical one rings."""
    box = Box(quiet=({"begins": "11:00", "ends": "13:00"},))

    assert findings(box.hear(OPENED, CRITICAL)) == [CRITICAL.finding]
    assert box.decisions()[0].until == NOON + timedelta(hours=1)
    assert findings(box.look(NOON + timedelta(hours=1))) == [OPENED.finding]


def test_a_rate_limit_holds_and_never_hides_a_critical_one() -> None:
    """The third of an hour waits until the first is an hour old."""
    box = Box(rate={"rings": 2, "within": "1h"})
    third = replace(OPENED, finding="third")
    box.hear(OPENED)
    box.hear(OTHER, at=NOON + MINUTE)

    assert box.hear(third, at=NOON + 2 * MINUTE) == []
    assert findings(box.hear(CRITICAL, at=NOON + 3 * MINUTE)) == [CRITICAL.finding]
    assert box.look(NOON + 60 * MINUTE) == []
    assert findings(box.look(NOON + 61 * MINUTE)) == ["third"]


def test_a_rate_limit_that_is_told_to_holds_a_critical_one_too() -> None:
    """Whoever wants that has to say so."""
    box = Box(rate={"rings": 1, "within": "1h", "also_critical": True})
    box.hear(OPENED)

    assert box.hear(CRITICAL, at=NOON + MINUTE) == []


def test_an_alert_rings_again_until_it_is_acknowledged() -> None:
    """Under another id each time: who drops repeats is to hear it."""
    box = Box(repeat="1h")
    first = box.hear(OPENED)
    again = [box.look(NOON + timedelta(hours=hours)) for hours in (0.5, 1, 2)]
    box.notes = fold([ACKNOWLEDGED])

    assert [findings(each) for each in again] == [[], [OPENED.finding], [OPENED.finding]]
    assert len({each.id for told in (first, *again) for each in told}) == 3
    assert box.look(NOON + timedelta(hours=9)) == []


def test_what_nobody_acknowledges_escalates() -> None:
    """The others hear of it after a quarter of an hour, and of its end."""
    box = Box(destinations=("webhook",), escalate={"after": "15m", "to": ("people",)})

    assert box.hear(OPENED) == []
    assert findings(box.look(NOON + 15 * MINUTE)) == [OPENED.finding]
    assert box.last() == (Did.TOLD, "nobody has acknowledged it")
    assert findings(box.hear(changed(OPENED, Change.WITHDRAWN))) == [OPENED.finding]


def test_what_somebody_looks_after_does_not_escalate() -> None:
    """Its withdrawal is no news there either."""
    box = Box(destinations=("webhook",), escalate={"after": "15m", "to": ("people",)})
    box.hear(OPENED)
    box.notes = fold([ACKNOWLEDGED])

    assert box.look(NOON + 15 * MINUTE) == []
    assert box.last() == (Did.DROPPED, "acknowledged by ann")
    assert box.hear(changed(OPENED, Change.WITHDRAWN)) == []
    assert box.last() == (Did.DROPPED, "it was never told here")


def test_an_alert_does_not_flap() -> None:
    """What comes back within the calm waits; gone again meanwhile, nobody hears of it."""
    box = Box(calm="10m")
    withdrawn = changed(OPENED, Change.WITHDRAWN)
    reopened = changed(withdrawn, Change.OPENED)
    gone = changed(reopened, Change.WITHDRAWN)
    box.hear(OPENED)
    box.hear(withdrawn, at=NOON + MINUTE)

    assert box.hear(reopened, at=NOON + 2 * MINUTE) == []
    assert box.hear(gone, at=NOON + 3 * MINUTE) == []
    assert box.look(NOON + timedelta(hours=1)) == []
    back = changed(gone, Change.OPENED)
    assert findings(box.hear(back, at=NOON + timedelta(hours=2))) == [OPENED.finding]


def test_something_worse_rings_within_the_calm() -> None:
    """The calm is for more of the same."""
    box = Box(group_by="case", calm="10m")
    box.hear(OPENED)

    assert box.hear(OTHER, at=NOON + MINUTE) == []
    worse = changed(OPENED, Change.UPDATED, severity=Severity.CRITICAL)
    assert findings(box.hear(worse, at=NOON + 2 * MINUTE)) == [OTHER.finding, OPENED.finding]


def test_a_silence_holds_what_it_covers_until_its_end() -> None:
    """The reason names both people; what it does not cover rings; afterwards it rings too."""
    box = Box(group_by="case")
    box.notes = silenced(case="REQ-7")
    elsewhere = replace(OTHER, case="REQ-8")

    assert findings(box.hear(OPENED, elsewhere)) == [elsewhere.finding]
    assert box.decisions()[0].reason == "silence S-1 by Cy, agreed by Dee: moving"
    assert findings(box.look(NOON + timedelta(hours=1))) == [OPENED.finding]


def test_a_suppression_drops_what_it_covers() -> None:
    """Neither the alert nor its end is told, and it does not stand."""
    box = Box()
    box.notes = silenced(Manner.SUPPRESSION, person="Ann*")

    assert box.hear(OPENED) == []
    assert box.hear(changed(OPENED, Change.CONFIRMED)) == []
    assert box.hear(changed(changed(OPENED, Change.CONFIRMED), Change.WITHDRAWN)) == []
    assert {each.did for each in box.decisions()} == {Did.DROPPED}
    assert box.alerts.standing(NOON) == []


def test_an_alert_that_was_told_stands_down_whatever_is_silenced() -> None:
    """Whoever has heard of it hears that it is over."""
    box = Box()
    box.hear(OPENED)
    box.notes = silenced(Manner.SUPPRESSION)

    assert findings(box.hear(changed(OPENED, Change.WITHDRAWN))) == [OPENED.finding]


def test_nobody_silences_what_is_about_themselves() -> None:
    """A finding about who made the silence, or agreed to it, rings nevertheless."""
    box = Box()
    box.notes = silenced()

    assert box.hear(OPENED) == []
    for name in ("cy", " DEE", "Cyrus Vance (cy)"):
        about = replace(OTHER, finding=name, who=("Bo", name))
        assert findings(box.hear(about)) == [name]


def test_silences_are_by_the_names_behind_pseudonyms() -> None:
    """What they cover, and whom they never cover; where nobody can tell names, they cover none."""
    names: dict[str, str] = {"~1": "Ann Lee", "~2": "cy"}

    def in_clear(finding: Finding) -> Finding | None:
        return replace(finding, who=tuple(names[each] for each in finding.who)) if names else None

    told = {name: replace(OPENED, finding=name, who=(name,)) for name in names}
    notes = silenced(person="Ann*")
    everything = silenced()

    assert notes.over(told["~1"], NOON, in_clear) is not None
    assert everything.over(told["~1"], NOON, in_clear) is not None
    assert everything.over(told["~2"], NOON, in_clear) is None
    names.clear()
    assert everything.over(told["~1"], NOON, in_clear) is None


def test_a_held_alert_is_not_told_by_a_reminder() -> None:
    """What was never told does not stand."""
    box = Box(wait="5m")
    box.hear(OPENED)
    before = box.alerts.standing(NOON)
    box.look(NOON + 5 * MINUTE)

    assert before == []
    assert findings(box.alerts.standing(NOON)) == [OPENED.finding]


def test_what_a_destination_refuses_for_good_is_decided_as_such() -> None:
    """It is not told again."""
    box = Box()
    box.alerts.take(line(OPENED), NOON)
    box.look(NOON, refused=box.alerts.due(NOON))

    assert box.last()[0] is Did.REFUSED
    assert box.alerts.standing(NOON) == []


def test_a_damaged_row_is_refused() -> None:
    """By its name."""
    with pytest.raises(UnreadableRecordError, match="alert:x"):
        Box().alerts.restore([("alert:x", b"{}")])


def test_decisions_are_bounded() -> None:
    """The oldest makes room."""
    box = Box(destinations=("webhook",))

    for number in range(DECISIONS_MAX + 5):
        box.alerts.take(line(replace(OPENED, finding=f"f-{number}")), NOON)
    box.save()

    assert [each.number for each in (box.decisions()[0], box.decisions()[-1])] == [6, 1005]


ROUTED = st.fixed_dictionaries(
    {
        "group_by": st.sampled_from(["finding", "case", "person", "workflow"]),
        "wait": st.sampled_from(["0s", "2m"]),
        "calm": st.sampled_from(["0s", "3m"]),
        "rate": st.sampled_from([None, {"rings": 1, "within": "5m"}]),
        "quiet": st.sampled_from([(), ({"begins": "11:58", "ends": "12:04"},)]),
        "destinations": st.sampled_from([(), ("people",), ("webhook",)]),
        "escalate": st.sampled_from([None, {"after": "4m", "to": ("people",)}]),
    }
)


@given(route=ROUTED, told=lives(), folds=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_finding_is_lost_under_any_route(
    route: dict[str, Any], told: list[Finding], *, folds: bool
) -> None:
    """Each change is told or dropped; a critical one is held by no rate limit and no quiet hours.

    A minute goes by between two changes, and nine hours at the end. What stands in the log then was
    told, unless its route tells others; what was withdrawn stands nowhere.
    """
    box, heard = Box(folds=folds, **route), list[Delivery]()
    for minute, each in enumerate(told):
        heard += box.hear(each, at=NOON + minute * MINUTE)
    for hour in range(1, 10):
        heard += box.look(NOON + timedelta(hours=hour))

    final = {(each.finding, each.change): each.did for each in box.decisions()}
    assert set(final) == {(each.finding, each.number) for each in told}
    assert set(final.values()) <= {Did.TOLD, Did.DROPPED}
    last = {each.finding: each for each in told}
    concerned = box.routes.route[0].tells("people") or route["escalate"] is not None
    standing = {key for key, each in last.items() if each.change is not Change.WITHDRAWN}
    assert set(findings(box.alerts.standing(NOON))) == (standing if concerned else set())
    for decision in box.decisions():
        if decision.did is Did.HELD and decision.severity == Severity.CRITICAL:
            assert "quiet hours" not in decision.reason
            assert "its route has rung" not in decision.reason
