"""Whether an entry names somebody: as a whole, wherever it stands."""

import json

import pytest

from stream.archive.person_names import PersonNames


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ann", "ann"),
        ("ann", "Approved by Ann, who asked for it."),
        ("ann", "it was ann."),
        ("ann", "first line\nann's second"),
        ("ann@acme.example", "told by ann@acme.example."),
        ('ann, the "boss"', 'ann, the "boss"'),
        ("Jürgen", "für Jürgen: ja"),
        ("okta:00u1", "actor okta:00u1"),
    ],
)
def test_a_name_is_seen_where_it_stands_as_a_whole(name: str, words: str) -> None:
    """In a field, in a sentence, in another case, at the end of it."""
    body = json.dumps({"justification": words}, ensure_ascii=False).encode()

    assert PersonNames([name]).are_in(body)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ann", "anna"),
        ("ann", "ann-marie"),
        ("ann", "ann@acme.example"),
        ("ann", "mary.ann"),
        ("ann", "ann.lee"),
        ("ann", "okta:ann"),
        ("ann", "planning"),
    ],
)
def test_another_name_that_has_it_in_it_is_another_name(name: str, words: str) -> None:
    """Somebody else is not forgotten along with them."""
    assert not PersonNames([name]).are_in(json.dumps({"summary": words}).encode())


def test_accounts_and_persons_that_are_told_together_belong_together() -> None:
    """On an event, and in a fact that became known late."""
    event = {"actor": {"account": "ann", "person": "P-1"}, "beneficiary": {"account": "cy"}}
    known = [[None, {"person": "P-1", "proof": "hr"}]]
    fact = {"facts": [{"account": "ann-admin", "ways": [{"source": "*", "since": known}]}]}

    assert PersonNames(["ann"]).more_in(json.dumps(event).encode()) == {"P-1"}
    assert PersonNames(["P-1"]).more_in(json.dumps(fact).encode()) == {"ann-admin"}
    assert PersonNames(["bo"]).more_in(json.dumps(event).encode()) == set()
