"""Spans of time as people write them: "15m", "1h30m", "2d", or ISO 8601 ("PT15M")."""

import re
from datetime import timedelta

SPAN_DAYS_MAX = 36_500
SPAN_EXPECTED = 'a span with its unit: w, d, h, m, s, as in "15m", "1h30m", "2d" or "PT15M"'

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_AMOUNT = r"(?:(?P<%s>[0-9]{1,9}) *%s)?"
_SHORT = re.compile(" *".join(_AMOUNT % (name, unit) for unit, name in _UNITS.items()))
_ISO = re.compile(
    r"P(?=[0-9T])"
    + "".join(_AMOUNT % (_UNITS[unit], unit.upper()) for unit in "wd")
    + r"(?:T(?=[0-9])"
    + "".join(_AMOUNT % (_UNITS[unit], unit.upper()) for unit in "hms")
    + r")?"
)


def read_span(text: str) -> timedelta:
    """Read a span, units from long to short, each at most once. Raises ValueError.

    Months and years have no fixed length and are refused, as is a number without a unit.
    """
    wanted = text.strip()
    match = _ISO.fullmatch(wanted) or _SHORT.fullmatch(wanted)
    amounts = match.groupdict() if match else {}
    told = {unit: int(amount) for unit, amount in amounts.items() if amount is not None}
    if not told:
        raise ValueError(SPAN_EXPECTED)
    # Compared as whole seconds: a timedelta of 10**9 weeks can not even be built.
    seconds = sum(n * _SECONDS[unit] for unit, n in told.items())
    if seconds > SPAN_DAYS_MAX * _SECONDS["days"]:
        message = f"a span of at most {SPAN_DAYS_MAX} days"
        raise ValueError(message)
    return timedelta(seconds=seconds)


def tell_span(span: timedelta) -> str:
    """Tell a span of whole seconds as it would be written: "1h30m"; nothing at all is "0s"."""
    left = round(span.total_seconds())
    parts = []
    for unit, name in list(_UNITS.items())[1:]:
        amount, left = divmod(left, _SECONDS[name])
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
