"""How hard every property looks that does not say it itself; no clock fails one that is slow."""

from tests.properties.effort import set_ordinary_effort

set_ordinary_effort()
