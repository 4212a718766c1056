"""What is declared of the sources of one lane: what each can carry, and where it may report."""

from collections.abc import Iterable, Mapping
from typing import Any

from rules.events import Action
from rules.machines.records import SourceDeclared, lane_through
from stream.intake.lane import Lane


class Declarations:
    """Every source that a lane has heard, as it was declared last."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._declared: dict[str, SourceDeclared] = {}

    def __len__(self) -> int:
        return len(self._declared)

    def news(self, source: str, action: str | None, *, told: bool) -> SourceDeclared | None:
        """Take note of a source and what it has told; what is to be declared, if that is news.

        `told` is whether it says itself up to when it has reported.
        """
        known = self._declared.get(source)
        if known is not None and known.told == told and (action is None or action in known.carries):
            return None
        connector = self._lane.connector
        carries: set[Action] = set() if connector.open_vocabulary else set(connector.carries)
        if known is not None:
            carries.update(known.carries)
        if action is not None:
            carries.add(Action(action))
        declared = self._declared[source] = SourceDeclared(
            source=source,
            connector=connector.name,
            carries=tuple(sorted(carries)),
            tells=tuple(sorted(connector.tells)),
            lanes=tuple(self._lanes()),
            heard_in=(self._lane.name,),
            told=told,
        )
        return declared

    def _lanes(self) -> list[str]:
        lanes = list(self._lane.lanes)
        if self._lane.connector.may_lack_case:
            lanes += [
                lane_through(lane, partition)
                for lane in self._lane.lanes
                for partition in range(self._lane.layout.links)
            ]
        return lanes

    def state(self) -> list[SourceDeclared]:
        """All of them, for `restore` to take back."""
        return [self._declared[name] for name in sorted(self._declared)]

    def restore(self, state: Iterable[Mapping[str, Any]]) -> list[SourceDeclared]:
        """Take back what `state` gave, as plain trees; the same as declarations."""
        for told in state:
            self._declared[told["source"]] = SourceDeclared(
                source=told["source"],
                connector=told["connector"],
                carries=tuple(Action(word) for word in told.get("carries", ())),
                tells=tuple(told.get("tells", ())),
                lanes=tuple(told["lanes"]),
                heard_in=tuple(told["heard_in"]),
                told=told["told"],
            )
        return self.state()
