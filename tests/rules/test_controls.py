"""Rules speak for controls that exist: an outdated id embarrasses whoever shows it around."""

import json
from pathlib import Path

import pytest

from rules.catalog import CATALOG
from rules.controls import FRAMEWORKS, control_of
from rules.errors import UnknownControlError

SHARED = Path(__file__).parents[2].parent / "shared" / "controls"
FILES = {
    "CSF": "nist-csf-2.0.json",
    "53": "nist-sp-800-53-5.2.0.json",
    "ISO": "iso-iec-27001-2022-annex-a.json",
    "TSC": "soc2-tsc-2017.json",
    "NHI": "owasp-nhi-top10-2025.json",
    "AI": "nist-ai-rmf-1.0.json",
}


def test_every_rule_maps_to_controls_that_are_in_force() -> None:
    """Unknown and withdrawn ids fail here, before anybody prints them."""
    assert [control_of(name)[1].is_active for rule in CATALOG for name in rule.controls]


def test_a_withdrawn_control_is_refused_with_its_successor() -> None:
    """PR.AC-4 was CSF 1.1; products still print it."""
    with pytest.raises(UnknownControlError, match=r"withdrawn it in favour of PR\.AA-05"):
        control_of("CSF PR.AC-04")


def test_an_unknown_control_is_refused() -> None:
    """An id with a slip of the pen is no id."""
    with pytest.raises(UnknownControlError, match="no framework here has it"):
        control_of("CSF PR.AA-5")


def test_no_id_stands_twice() -> None:
    """A list that is written by hand may repeat itself."""
    for framework in FRAMEWORKS:
        ids = [control.id for control in framework.controls]

        assert len(ids) == len(set(ids))


@pytest.mark.skipif(not SHARED.exists(), reason="the published lists are not beside the checkout")
@pytest.mark.parametrize("short", FILES)
def test_the_lists_are_the_published_ones(short: str) -> None:
    """Id by id, status and successors, against the lists they were taken from."""
    told = json.loads((SHARED / FILES[short]).read_text())["controls"]
    published = [(c["id"], c["status"] == "active", tuple(c["moved_to"])) for c in told]
    ours = next(framework for framework in FRAMEWORKS if framework.short == short)

    assert [(c.id, c.is_active, c.moved_to) for c in ours.controls] == published
