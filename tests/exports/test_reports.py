"""The last report before an entry is the same, whether it is asked for or remembered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.archive.leaves import Kind
from stream.exports.reports import Reports
from tests.exports.office import Office


@pytest.fixture(scope="module")
def reports(office: Office) -> Reports:
    """Those of the first log, asked by every example after the other."""
    return Reports(office.archive, 0, office.archive.logs()[0].size)


@given(st.data())
def test_what_is_remembered_is_what_the_archive_tells(
    office: Office, reports: Reports, data: st.DataObject
) -> None:
    """Before any entry of the log, in any order."""
    size = office.archive.logs()[0].size
    before = data.draw(st.integers(0, size))

    assert reports.last(before) == office.archive.last_header(Kind.REPORTED, 0, before)
