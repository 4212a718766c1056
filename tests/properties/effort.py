"""How hard the properties look: quickly by default, for as long as it takes when asked to.

`FOUREYES_TESTS=thorough make test-quick ARGS=tests/properties` looks fifty times as often and
begins elsewhere each time; the quick run takes the same examples every time.
"""

import os

from hypothesis import HealthCheck, settings

VARIABLE = "FOUREYES_TESTS"
THOROUGH = os.environ.get(VARIABLE) == "thorough"
TIMES_AS_OFTEN = 50
ORDINARY = 40
"""Examples of a property that does not say how many."""


def looks(examples: int) -> settings:
    """Make a property look at so many examples, and at many more in a thorough run."""
    return settings(
        max_examples=examples * TIMES_AS_OFTEN if THOROUGH else examples,
        derandomize=not THOROUGH,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=True,
    )


def set_ordinary_effort() -> None:
    """Make every property look so that does not say it itself."""
    settings.register_profile("foureyes", parent=looks(ORDINARY))
    settings.load_profile("foureyes")
