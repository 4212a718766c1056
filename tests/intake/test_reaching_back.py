"""What reaches back: only what changes the past is told, and it says what intake would stamp."""

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from rules.machines.contract import Record
from rules.machines.late import LateFacts
from rules.machines.routing import Layout
from stream.canonical import CODEC, read_event
from stream.intake.facts import Facts
from stream.intake.learning import Learning
from stream.intake.reaching_back import differences
from tests.intake.stamping import NOON, learned, link

LAYOUT = Layout(journal=2, links=1)
EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)


def told(before: Facts, after: Facts) -> list[dict[str, Any]]:
    """What reaches back at noon."""
    return list(differences(before, after, NOON))


def test_a_link_that_was_not_known_reaches_back() -> None:
    """The account is named, and what has been so since when."""
    (fact,) = told(learned(), learned(link()))

    known = {"person": "ann", "proof": "hr"}
    assert fact == {
        "account": "a1",
        "ways": [{"source": "*", "namespace": None, "since": [[None, known]]}],
    }


def test_what_begins_later_does_not_reach_back() -> None:
    """Intake stamps it by itself once it is so."""
    assert told(learned(), learned(link(**{"from": LATER.isoformat()}))) == []


def test_a_link_that_is_taken_out_of_the_feed_is_told_as_nobody() -> None:
    """Otherwise what was stamped with it would stand for ever."""
    (fact,) = told(learned(link()), learned())

    assert fact["ways"] == [{"source": "*", "namespace": None, "since": [[None, {}]]}]


def test_a_leaver_takes_the_machines_that_they_owned_along() -> None:
    """The machine's own record has not changed; who answers for it has."""
    bot: dict[str, object] = {"account": "bot", "kind": "service", "owner": "ann"}
    left: dict[str, object] = {"person": "ann", "status": "left", "from": EARLIER.isoformat()}

    (fact,) = told(learned(bot), learned(bot, left))

    assert fact["account"] == "bot"
    assert fact["ways"][0]["since"] == [
        [None, {"kind": "service", "owner": "ann"}],
        [EARLIER, {"kind": "service"}],
    ]


RECORDS: tuple[dict[str, object], ...] = (
    link(),
    link(person="bo", source="acme"),
    link(person="bo", **{"from": EARLIER.isoformat()}),
    link(namespace="display"),
    {"account": "a1", "kind": "service", "owner": "ann", "source": "other"},
    {"person": "ann", "status": "left", "from": EARLIER.isoformat()},
    {"id": "pay", "privileged": True, "system": "SAP"},
    {"id": "pay", "criticality": "high", "source": "acme"},
    {"id": "pay", "criticality": "critical", "from": EARLIER.isoformat()},
)


@given(
    st.lists(st.sampled_from(RECORDS), max_size=4),
    st.lists(st.sampled_from(RECORDS), max_size=4),
    st.tuples(
        st.sampled_from(["acme", "other", "third"]),
        st.sampled_from([None, "display"]),
        st.sampled_from([None, "SAP", "ORA"]),
        st.sampled_from([EARLIER - timedelta(hours=1), EARLIER, NOON]),
    ),
)
@example(
    # In one system somebody else claims it too: there it is nobody's.
    first=[{"person": "ann", "account": "a1", "proof": "hr"}],
    more=[{"person": "bo", "account": "a1", "proof": "hr", "source": "acme"}],
    asked=("acme", None, None, NOON),
)
def test_laid_over_it_is_what_intake_would_have_stamped(
    first: list[dict[str, object]],
    more: list[dict[str, object]],
    asked: tuple[str, str | None, str | None, datetime],
) -> None:
    """Stamped early with some facts and corrected late is stamped with all of them at once."""
    source, namespace, system, at = asked

    def stamped(facts: Facts) -> bytes:
        party = {"account": "a1", "namespace": namespace} if namespace else {"account": "a1"}
        right = {"id": "pay", "system": system} if system else {"id": "pay"}
        tree = {"id": "1", "source": source, "action": "approved", "occurred_at": at}
        tree |= {"actor": party, "entitlement": right}
        facts.stamp(tree)
        return CODEC.write(tree)

    before, after = learned(*first), learned(*first, *more)
    late = LateFacts(CODEC)
    # As the journal has them.
    late.take({"facts": json.loads(CODEC.write(told(before, after)))})

    got, wanted = late.read(stamped(before)), read_event(stamped(after))
    assert (got.actor, got.entitlement) == (wanted.actor, wanted.entitlement)


def record(offset: int, told: dict[str, object]) -> Record:
    """A record of the facts topic, taken at noon."""
    return Record(offset, json.dumps(told).encode(), int(NOON.timestamp() * 1000))


def test_a_topic_of_facts_tells_every_partition_and_passes_over_what_it_can_not_read() -> None:
    """One fact that is news, the same again, and two that nobody can read."""
    machine = Learning(LAYOUT, learned())
    garbage = [Record(2, b"{", 0), Record(3, b'{"scim": 1}', 0), Record(4, b"[]", 0)]

    out = machine.feed([record(0, link()), record(1, link()), *garbage])

    assert [each.partition for each in out] == [0, 1]


def test_a_topic_of_facts_can_be_taken_over_anywhere() -> None:
    """Rows of a checkpoint and the rest of the topic: the same words, the same head."""
    records = [record(n, each) for n, each in enumerate([*RECORDS, *reversed(RECORDS)])]
    for cut in range(len(records)):
        one, other = Learning(LAYOUT, learned()), Learning(LAYOUT, learned())
        before = one.feed(records[:cut])
        other.restore((name, row) for name, row in one.changes() if row is not None)

        assert other.feed(records[cut:]) == one.feed(records[cut:])
        assert other.head() == one.head()
        assert before is not None
