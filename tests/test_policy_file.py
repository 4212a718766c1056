"""A policy document means what it says, or is refused with everything that is wrong in it."""

import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import policy as knobs
from rules.calendar import Weekday
from rules.policy import Policy
from stream import canonical
from stream.faults import FaultyInputError
from stream.policy_file import POLICY_BYTES_MAX, load_policy, policy_digest, read_policy_document
from stream.spans import tell_span

HERE = Path("policy.toml")


def read(document: str) -> Policy:
    """Read a document as if it lay in policy.toml."""
    return read_policy_document(document.encode(), HERE)


def refusals(document: str | bytes) -> list[str]:
    """Read a document that is wrong; give its faults as their reader sees them."""
    raw = document if isinstance(document, bytes) else document.encode()
    with pytest.raises(FaultyInputError) as caught:
        read_policy_document(raw, HERE)
    return [str(fault) for fault in caught.value.faults]


def test_a_policy_that_says_nothing_is_the_built_in_one() -> None:
    """Missing sections mean the defaults; nobody has to copy them."""
    assert read("") == Policy()


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (
            "[approvals]\n\nquorum = 0",
            "policy.toml:3: approvals.quorum: found 0; expected a whole number from 1 to 1,000,000",
        ),
        (
            "[approvals]\nquorum = true",
            (
                "policy.toml:2: approvals.quorum: found True; "
                "expected a whole number from 1 to 1,000,000"
            ),
        ),
        (
            "[approvals]\ngrace = 15",
            (
                "policy.toml:2: approvals.grace: found 15; expected a span with its unit: "
                'w, d, h, m, s, as in "15m", "1h30m", "2d" or "PT15M"'
            ),
        ),
        (
            "[evidence]\nreason_for = 'privilegd'",
            (
                "policy.toml:2: evidence.reason_for: found 'privilegd'; "
                "expected one of all, none, privileged (did you mean privileged?)"
            ),
        ),
        (
            "[settle]\naftr = '1d'",
            (
                "policy.toml:2: settle.aftr: found this key; expected one of after "
                "(did you mean after?)"
            ),
        ),
        (
            "approvals.quorum = 2\napprovals.quorum_privileged = 1",
            (
                "policy.toml:2: approvals.quorum_privileged: found 1; "
                "expected at least the quorum of ordinary entitlements, 2"
            ),
        ),
        (
            "[links]\nproofs = [\n  'hr',\n  'E-Mail',\n]",
            (
                "policy.toml:4: links.proofs[1]: found 'E-Mail'; "
                "expected a kind of proof; equal e-mail addresses or names are none"
            ),
        ),
        (
            "[sources.okta]\n[sources.acme]\nprogress = 'clok'",
            (
                "policy.toml:3: sources.acme.progress: found 'clok'; "
                "expected one of clock, events, told (did you mean clock?)"
            ),
        ),
        (
            "sources = { acme = { delay = '5 min' } }",
            (
                "policy.toml:1: sources.acme.delay: found '5 min'; expected a span with its unit: "
                'w, d, h, m, s, as in "15m", "1h30m", "2d" or "PT15M"'
            ),
        ),
        (
            "[policy]\nin_force_from = 2027-01-01T00:00:00",
            (
                "policy.toml:2: policy.in_force_from: found 2027-01-01 00:00:00; "
                "expected a time with its zone, as in 2026-12-31T00:00:00Z"
            ),
        ),
        ("approvals = 3", "policy.toml:1: approvals: found 3; expected a table"),
        (
            "[exceptions]\nrule = 'APR-001'",
            "policy.toml:1: exceptions: found {'rule': 'APR-001'}; expected [[exceptions]]",
        ),
        (
            "[automation]\nknown = 'svc'",
            "policy.toml:2: automation.known: found 'svc'; expected a list",
        ),
        (
            "[policy]\nversion = '1'\nversion = '2'",
            (
                "policy.toml:3: the syntax: found \"version = '2'\"; "
                "expected TOML (Cannot overwrite a value)"
            ),
        ),
        (
            "[policy]\nversion = ",
            "policy.toml:2: the syntax: found 'version ='; expected TOML (Invalid value)",
        ),
        (
            b"# fine\n[policy]\nowner = '\xff'",
            "policy.toml:3: the file: found b'\\xff'; expected UTF-8",
        ),
    ],
)
def test_a_fault_names_line_key_found_and_expected(document: str | bytes, fault: str) -> None:
    """Whoever repairs it should need nothing but the message."""
    assert refusals(document) == [fault]


def test_an_exception_says_what_it_lacks_where_it_stands() -> None:
    """Two exceptions, each wrong in its own way: the second one's line is the second one's."""
    faults = refusals(
        "[[exceptions]]\nrule = 'APR-001'\nreason = 'x'\nowner = 'ann'\n"
        "until = 2027-01-01T00:00:00Z\n\n"
        "[[exceptions]]\nrule = 'APR-001'\nreason = 'x'\nperson = 'bo'\n"
        "until = 2027-01-01T00:00:00Z\n"
    )

    assert faults == [
        (
            "policy.toml:1: exceptions[0]: found 'an exception to APR-001 for everybody'; "
            "expected one of person, account, entitlement, workflow"
        ),
        "policy.toml:7: exceptions[1].owner: found nothing; expected a value: it has no default",
    ]


def test_an_exception_to_a_rule_that_does_not_exist_is_a_typing_mistake() -> None:
    """It would never apply, and its author would think that it does."""
    [fault] = refusals(
        "[[exceptions]]\nrule = 'APR-0001'\nreason = 'x'\nowner = 'a'\nperson = 'b'\n"
        "until = 2027-01-01T00:00:00Z"
    )

    assert fault.startswith("policy.toml:2: exceptions[0].rule: found 'APR-0001'; expected one of ")
    assert fault.endswith("(did you mean APR-001?)")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    """Nobody wants to run the check nine times to repair nine things."""
    faults = refusals(
        "[settle]\nafter = 'soon'\n[approval]\nquorum = 2\n[evidence]\ngrace = ''\n"
        "template_reasons = ['ok', 7]\n"
    )

    assert [fault.split(": found")[0] for fault in faults] == [
        "policy.toml:2: settle.after",
        "policy.toml:3: approval",
        "policy.toml:6: evidence.grace",
        "policy.toml:7: evidence.template_reasons[1]",
    ]


def test_template_reasons_are_read_as_they_are_compared() -> None:
    """Rules compare folded texts, so "N/A." in a policy must mean "n/a"."""
    assert read("[evidence]\ntemplate_reasons = [' N/A. ']").evidence.template_reasons == ("n/a",)


def test_a_byte_order_mark_is_no_fault() -> None:
    """Some editors put one first, and nobody sees it."""
    assert read_policy_document(b"\xef\xbb\xbf[policy]\nversion = 'x'\n", HERE).version == "x"


def test_a_policy_that_is_not_one_is_refused_in_few_words(tmp_path: Path) -> None:
    """Missing, a directory, endless, or arrays without end: a sentence, not a traceback."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(FaultyInputError, match="expected a file that can be read"):
            load_policy(path)

    [large] = refusals(b"#" * (POLICY_BYTES_MAX + 1))
    [deep] = refusals("a = " + "[" * 100_000)

    assert large == "policy.toml: the file: found a larger file; expected at most 1,048,576 bytes"
    assert "policy.toml" in deep


SPANS = st.integers(1, 10**7).map(lambda seconds: timedelta(seconds=seconds))
WORDS = st.text("abc-", min_size=1, max_size=4)
LISTS = st.lists(WORDS, max_size=3)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(1, 9),
    timedelta: SPANS,
    str: WORDS,
    tuple[str, ...]: LISTS,
    knobs.Demand: st.sampled_from(list(knobs.Demand)),
    tuple[Weekday, ...]: st.lists(st.sampled_from(Weekday), min_size=1, max_size=3),
    tuple[date, ...]: st.lists(st.dates(), max_size=3),
}


@st.composite
def sections(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw some sections with some of their knobs turned."""
    tree: dict[str, dict[str, Any]] = {}
    for each in dataclasses.fields(Policy):
        group = getattr(Policy(), each.name)
        if dataclasses.is_dataclass(group) and draw(st.booleans()):
            tree[each.name] = {
                knob.name: draw(VALUES[knob.type])
                for knob in dataclasses.fields(group)
                if knob.name != "quorum" and draw(st.booleans())
            }
    tree["links"] = {"proofs": draw(LISTS)}
    return tree


def written(value: Any) -> str:
    """Write a value as TOML."""
    match value:
        case timedelta():
            return f'"{tell_span(value)}"'
        case list():
            return f"[{', '.join(map(written, value))}]"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


@given(sections())
def test_what_is_written_is_what_is_read_and_what_the_journal_keeps(
    tree: dict[str, dict[str, Any]],
) -> None:
    """Every knob arrives in the domain and survives the journal, emptied lists too."""
    document = "".join(
        f"[{name}]\n" + "".join(f"{key} = {written(value)}\n" for key, value in keys.items())
        for name, keys in tree.items()
    )
    policy = read(document)

    for name, keys in tree.items():
        for key, value in keys.items():
            wanted = tuple(value) if isinstance(value, list) else value
            holder = policy if name == "links" else getattr(policy, name)

            assert getattr(holder, "link_proofs" if name == "links" else key) == wanted
    assert canonical.read_policy(canonical.write(policy)) == policy


def test_a_digest_names_the_content_not_the_document() -> None:
    """A comment does not make another policy; a knob does."""
    plain = read("[settle]\nafter = '1d'")
    commented = read("# since the audit\nsettle.after = 'PT24H'\n[sources]")

    assert policy_digest(plain) == policy_digest(commented) == policy_digest(Policy())
    assert policy_digest(read("[settle]\nafter = '2d'")) != policy_digest(plain)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", policy_digest(plain))


def test_the_order_of_sources_does_not_matter() -> None:
    """Tables have no order; neither has what follows from them."""
    one = read("[sources.a]\ndelay = '1m'\n[sources.b]\ndelay = '2m'")
    two = read("[sources.b]\ndelay = '2m'\n[sources.a]\ndelay = '1m'")

    assert one == two
