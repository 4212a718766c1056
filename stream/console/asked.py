"""What an address asks for, and the address that asks for it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from rules.errors import FoureyesError
from rules.finding import Severity
from stream.archive.standings import Place, Wanted
from stream.faults import one_of

TEXT_CHARS_MAX = 1_024
STATES = {"standing": True, "withdrawn": False, "all": None}
FILTERS = (
    "severity", "rule", "source", "tenant", "workflow", "state", "person", "from", "until",
)  # fmt: skip
NO_TENANT = "-"
"""What an address has in the place of a tenant for findings that have none."""
_PLACE = re.compile(r"(\d{1,17})\.(\d{1,19})")


class UnclearAddressError(FoureyesError):
    """An address asks for something that is not to be had: what, and what was expected."""

    def __init__(self, *, name: str, found: str, expected: str) -> None:
        self.name = name
        self.found = found
        self.expected = expected
        super().__init__(f"{name} is {found!r}; expected {expected}")


def filters_in(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address that say something."""
    told = {name: query.get(name, "").strip() for name in FILTERS}
    for name, value in told.items():
        if len(value) > TEXT_CHARS_MAX:
            expected = f"{TEXT_CHARS_MAX:,} characters at most"
            raise UnclearAddressError(name=name, found=f"{value[:20]}…", expected=expected)
    return {name: value for name, value in told.items() if value}


def wanted_by(filters: Mapping[str, str]) -> Wanted:
    """The findings that filters are for. Raises UnclearAddressError."""
    state = filters.get("state", "standing")
    if state not in STATES:
        raise UnclearAddressError(name="state", found=state, expected=one_of(state, STATES))
    begin, end = _day(filters, "from"), _day(filters, "until")
    tenant = filters.get("tenant")
    return Wanted(
        severity=_severity(filters.get("severity")),
        rule=filters.get("rule"),
        source=filters.get("source"),
        tenant="" if tenant == NO_TENANT else tenant,
        workflow=filters.get("workflow"),
        stands=STATES[state],
        person=filters.get("person"),
        begin=begin,
        # The day that is named is one of those that are meant.
        end=None if end is None else end + timedelta(days=1),
    )


def place_in(query: Mapping[str, str]) -> Place | None:
    """Where in the findings an address goes on. Raises UnclearAddressError."""
    told = query.get("after")
    if not told:
        return None
    found = _PLACE.fullmatch(told)
    if found is None:
        raise UnclearAddressError(name="after", found=told[:40], expected="a place in a list")
    return Place(int(found[1]), int(found[2]))


def written(place: Place) -> str:
    """Write a place into an address."""
    return f"{place.at}.{place.entry}"


def local(path: str) -> str:
    """A place on this console; anything else is its first page."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"


def moment_in(query: Mapping[str, str], name: str) -> datetime:
    """A time that an address or a form has to have; without a zone it is UTC.

    Raises UnclearAddressError.
    """
    told = required(query, name)
    try:
        at = datetime.fromisoformat(told)
    except ValueError as error:
        expected = "a time, YYYY-MM-DDTHH:MM"
        raise UnclearAddressError(name=name, found=told[:40], expected=expected) from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def required(query: Mapping[str, str], name: str) -> str:
    """A text that an address has to have. Raises UnclearAddressError."""
    told = query.get(name, "").strip()
    if not 0 < len(told) <= TEXT_CHARS_MAX:
        expected = f"1 to {TEXT_CHARS_MAX:,} characters"
        raise UnclearAddressError(name=name, found=told[:20], expected=expected)
    return told


def _severity(told: str | None) -> Severity | None:
    if told is None:
        return None
    if told not in set(Severity):
        raise UnclearAddressError(name="severity", found=told, expected=one_of(told, Severity))
    return Severity(told)


def _day(filters: Mapping[str, str], name: str) -> datetime | None:
    told = filters.get(name)
    if told is None:
        return None
    try:
        return datetime.combine(datetime.strptime(told, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007 - a day
    except ValueError as error:
        raise UnclearAddressError(name=name, found=told, expected="a day, YYYY-MM-DD") from error
