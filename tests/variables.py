"""Settings from a few variables, for tests."""

import base64

import pytest

from stream.faults import FaultyInputError
from stream.settings import Settings

SHARED = "correct-horse-battery"
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def load(**variables: object) -> Settings:
    """Load settings from FOUREYES_… variables, and what else an environment has."""
    told = {f"FOUREYES_{name}": str(value) for name, value in variables.items()}
    return Settings.load({"PATH": "/bin", "FOUREYE": "x", **told})


def refusals(**variables: object) -> list[str]:
    """Load settings that are wrong; give what is said of each."""
    with pytest.raises(FaultyInputError) as caught:
        load(**variables)
    assert str(caught.value).startswith("the environment can not be used:")
    return [str(fault).removeprefix("environment: FOUREYES_") for fault in caught.value.faults]
