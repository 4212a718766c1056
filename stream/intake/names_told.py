"""Which case a link was said to mean, so that the linker is not told the same over and over."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rules.policy import Policy

NAMES_REMEMBERED_MAX = 100_000
"""Links whose case was told to the linker and need not be told again; a cache, not a record."""


class NamesTold:
    """The links of one lane that were told together with a case."""

    def __init__(self, policy: Policy) -> None:
        self._reused = frozenset(policy.webhooks.reused_links)
        self._tell_again = policy.webhooks.reused_after / 2
        self._known: dict[tuple[str | None, str, str], datetime | None] = {}
        """Tenant, link and case that were told together; when, of links that are used again."""

    def news(
        self, tenant: str | None, links: Iterable[str], case: str, at: datetime
    ) -> Iterator[str]:
        """Give those of an event's links of which the linker has to hear, and remember them."""
        for link in links:
            key = tenant, link, case
            told_at = self._known.get(key, at)
            if key in self._known and (told_at is None or abs(at - told_at) <= self._tell_again):
                continue
            if len(self._known) >= NAMES_REMEMBERED_MAX:
                self._known.clear()
            self._known[key] = at if link.partition(":")[0] in self._reused else None
            yield link
