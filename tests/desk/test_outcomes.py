"""What became of an alert: the last decision of each desk, and whoever looks after its group."""

from dataclasses import replace
from datetime import timedelta

from rules.finding import Change
from stream.desk.decisions import Did
from stream.desk.notes import fold
from stream.desk.outcomes import Outcomes
from stream.desk.saying import looked_after
from tests.desk.findings import NOON, OPENED, changed
from tests.desk.test_alerts import MINUTE, Box

OTHER = replace(OPENED, finding="APR-009-other")
HOUR = timedelta(hours=1)


def test_the_last_decision_of_each_desk_counts() -> None:
    """Held here, dropped there; and told once its time has come."""
    people = Box("people", destinations=("people",), wait="5m")
    webhook = Box("webhook", destinations=("people",))
    for box in (people, webhook):
        box.hear(OPENED)
    before = Outcomes([*people.decisions(), *webhook.decisions()], fold([])).of(OPENED.finding)
    people.look(NOON + 5 * MINUTE)
    after = Outcomes([*people.decisions(), *webhook.decisions()], fold([])).of(OPENED.finding)

    assert [(each.destination, each.did) for each in before.decisions] == [
        ("people", Did.HELD),
        ("webhook", Did.DROPPED),
    ]
    assert [each.did for each in after.decisions] == [Did.TOLD, Did.DROPPED]
    assert after.whose is None


def test_who_looks_after_one_looks_after_what_is_told_with_it() -> None:
    """For as long as that one stands. The desk itself is quiet until the whole group is over."""
    box = Box(group_by="case", repeat="1h")
    box.hear(OPENED, OTHER)
    box.notes = fold([looked_after(OPENED.finding, by="ann", now=NOON)])
    assert box.look(NOON + HOUR) == []
    both = Outcomes(box.decisions(), box.notes)
    box.hear(changed(OPENED, Change.WITHDRAWN), at=NOON + HOUR)
    left = Outcomes(box.decisions(), box.notes)

    assert both.of(OPENED.finding).note == both.of(OTHER.finding).group_note
    assert both.of(OTHER.finding).note is None
    assert left.of(OTHER.finding).group_note is None
    assert both.of("unheard of") == Outcomes([], fold([])).of("unheard of")
