"""Up to when the sources have reported: the only time that a machine knows."""

from datetime import datetime

from rules.events import Action
from rules.machines.joining import through_judge
from rules.machines.records import EVERY_SOURCE, SourceDeclared, first_lane


class Horizon:
    """What has been declared of each source and up to when each of its lanes has been heard.

    A source has reported up to the least of its lanes (one that tells itself: of the lanes that it
    has been heard in); what could have been brought by several
    sources is decided when the last of them has reported. Times never go back.

    Where cases of other partitions are judged here, what these have heard counts as well.
    """

    __slots__ = ("_known", "_ways", "declared", "heard", "homes", "log_time", "moved", "stood")

    def __init__(self) -> None:
        self.declared: dict[str, SourceDeclared] = {}
        self.heard: dict[str, dict[str, datetime]] = {}
        """lane → source (or every source) → up to when."""
        self.log_time: datetime | None = None
        """The latest time that a lane has reached, together with what goes through the linker."""
        self.moved = False
        """Whether anything has been heard since somebody last wrote down how far all have come."""
        self.homes: list[int] = []
        """The other partitions whose cases are judged here, in order."""
        self.stood: dict[str, datetime] = {}
        """How far each source had come when the last of them was added."""
        self._ways: dict[str, set[str]] = {}
        """lane → itself and the lanes in which the linker forwards what it holds."""
        self._known: dict[frozenset[Action], datetime | None] = {}

    def declare(self, source: SourceDeclared) -> bool:
        """Take what intake says of a source; whether that is news."""
        known = self.declared.get(source.source)
        if known is not None:
            source = SourceDeclared(
                source=source.source,
                connector=source.connector,
                carries=tuple(sorted({*known.carries, *source.carries})),
                tells=tuple(sorted({*known.tells, *source.tells})),
                lanes=tuple(sorted({*known.lanes, *source.lanes})),
                heard_in=tuple(sorted({*known.heard_in, *source.heard_in})),
                told=known.told or source.told,
            )
        if source == known:
            return False
        self.declared[source.source] = source
        self.moved = True
        for lane in source.lanes:
            self._ways.setdefault(first_lane(lane), set()).add(lane)
        self._known.clear()
        return True

    def tick(self, lane: str, until: dict[str, datetime]) -> None:
        """Move a lane's time forward."""
        heard = self.heard.setdefault(lane, {})
        for source, at in until.items():
            if source not in heard or heard[source] < at:
                heard[source] = at
                self.moved = True
        self._known.clear()
        self._pass(lane)

    def wait_for(self, home: int) -> None:
        """Have another partition's progress count from now on; what has been reached stays so."""
        if home in self.homes:
            return
        self.stood.update(self.reached())
        self.homes = sorted([*self.homes, home])
        self._known.clear()

    def _pass(self, lane: str) -> None:
        """Move the log's time as far as all ways of a lane have come."""
        known = self._ways.get(first_lane(lane), {lane})
        ways = [*known, *(through_judge(way, home) for way in known for home in self.homes)]
        if not all(self.heard.get(way) for way in ways):
            return
        # Intake's tick is here before the linker's: until both are, nobody may count as silent.
        reached = min(max(self.heard[way].values()) for way in ways)
        if self.log_time is None or self.log_time < reached:
            self.log_time = reached

    def until(self, source: str) -> datetime | None:
        """Up to when a source has reported in all of its lanes."""
        declared = self.declared[source]
        times: list[datetime | None] = []
        for lane in declared.lanes:
            if declared.told and first_lane(lane) not in (declared.heard_in or declared.lanes):
                continue
            times.append(self._heard_of(lane, declared))
            times += [self._heard_of(through_judge(lane, home), declared) for home in self.homes]
        known = [at for at in times if at is not None]
        stood = self.stood.get(source)
        if not known or len(known) < len(times):
            return stood
        return min(known) if stood is None else max(stood, min(known))

    def _heard_of(self, lane: str, declared: SourceDeclared) -> datetime | None:
        heard = self.heard.get(lane, {})
        return heard.get(declared.source, None if declared.told else heard.get(EVERY_SOURCE))

    def known_until(self, source: str) -> datetime | None:
        """Up to when a source has reported, if it is known at all."""
        return self.until(source) if source in self.declared else None

    def reached(self) -> dict[str, datetime]:
        """Up to when each source has reported; those that never have are left out."""
        found = {name: self.until(name) for name in self.declared}
        return {name: at for name, at in found.items() if at is not None}

    def reported(self, actions: frozenset[Action]) -> datetime | None:
        """Up to when everybody has reported who could bring one of `actions`."""
        if actions in self._known:
            return self._known[actions]
        bringing = [
            self.until(name)
            for name, source in self.declared.items()
            if not actions.isdisjoint(source.carries)
        ]
        known = [at for at in bringing if at is not None]
        result = min(known) if known and len(known) == len(bringing) else None
        self._known[actions] = result
        return result

    def expects(self, actions: frozenset[Action]) -> bool:
        """Whether anybody is known who could bring one of `actions`."""
        return any(not actions.isdisjoint(each.carries) for each in self.declared.values())

    def silent(self, actions: frozenset[Action], due: datetime) -> str:
        """Say who it is that has not reported up to `due`, for a reader."""
        words = " or ".join(sorted(action.replace("_", " ") for action in actions))
        bringing = [
            n for n, s in sorted(self.declared.items()) if not actions.isdisjoint(s.carries)
        ]
        if not bringing:
            return f"no source is known that could tell of {words}"
        late = []
        for name in bringing:
            until = self.until(name)
            if until is None:
                late.append(f"{name} has never reported")
            elif until < due:
                late.append(f"{name} has not reported since {until:%Y-%m-%d %H:%M:%SZ}")
        return "; ".join(late)

    def tells(self, source: str, field: str) -> bool:
        """Whether a source can carry a field of the event at all."""
        declared = self.declared.get(source)
        return declared is None or field in declared.tells
