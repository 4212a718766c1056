"""What follows from what ids turn out to mean: where events go, which cases are one, what parts."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from rules.events import UNLINKED_CASE, Event
from rules.machines.contract import Codec
from rules.machines.ids import SAME_CASE, Ids, case_name, is_unnamed, parted
from rules.machines.lying import Lies, Lying
from rules.machines.shelf import Shelf
from rules.machines.uses import Uses
from rules.machines.waiting import Parked, Waiting

NAMES_TRIED_MAX = 10_000
"""So many names are tried for a case that has to be on a certain partition of the journal."""


class Linking(ABC):
    """Decides, and leaves it to the linker to say so.

    In the end, whatever the order of arrival, an event lies in the case that its ids mean when all
    is known (`rules.machines.ids`), and where they mean none in a case that nobody named.
    """

    def __init__(self, codec: Codec) -> None:
        self._shelf = Shelf()
        self._uses = Uses(self._shelf, codec)
        self._ids = Ids(self._shelf, codec)
        self._waiting = Waiting()
        self._lying = Lying(self._shelf, codec)

    # --- what the linker says -----------------------------------------------------------------

    @abstractmethod
    def _say_forward(self, came: Parked, case: str) -> None:
        """An event goes to a case."""

    @abstractmethod
    def _say_joined(self, case: str, into: str, because: str) -> None:
        """A case is judged with another from now on."""

    @abstractmethod
    def _say_parted(self, case: str, into: str, events: Sequence[Lies], because: str) -> None:
        """Some events of a case are another's; `into` the same: they may be that case's again."""

    @abstractmethod
    def _partition(self, case: str) -> int:
        """On which partition of the journal a case is."""

    # --- what comes ---------------------------------------------------------------------------

    def _take(self, came: Parked, said: Sequence[str]) -> None:
        """An event that names no case, unless some of its links do so outright."""
        if said:
            self._belongs(came, said)
            return
        before = self._forwarded(came)
        case = self._ids.meant(came.ids) if before is None else before.case
        if case is None:
            self._waiting.add(came)
        else:
            self._forward(came, case)
        if len(came.ids) > 1 and self._ids.put_together(came.ids):
            self._look_again(came.ids, words(came.event))

    def _belongs(self, came: Parked, said: Sequence[str]) -> None:
        """An event names its case after all, as a link: what it carries is that case's."""
        event = came.event
        case = case_name(event.tenant, said[0].removeprefix(SAME_CASE))
        for link in said[1:]:
            self._say_same(case, event.tenant, link, words(event))
        self._say_forward(came, self._ids.called(case))
        for each in came.ids:
            self._name(each, case, words(event))

    def _say_same(self, case: str, tenant: str | None, link: str, because: str) -> None:
        """Two cases are one: ids that meant neither may mean it."""
        other = case_name(tenant, link.removeprefix(SAME_CASE))
        if self._join(case, other, because):
            found = {*self._ids.unsettled(), *self._waiting.ids()}
            self._look_again(sorted(found), because)

    def _id_of(self, tenant: str | None, link: str, at: datetime, because: str) -> str:
        """Name the id that a link is; uses of it that were apart may turn out to be one."""
        id_, *same = self._uses.ids_of(tenant, link, at)
        if same:
            before = self._ids.together([id_, *same])
            self._ids.make_alike([id_, *same])
            self._look_again(before, because)
        return id_

    def _name(self, id_: str, case: str, because: str) -> None:
        """Somebody's event carries an id and names a case: it may mean more now, or less."""
        # What was reached through it may be out of reach.
        before = [id_] if self._ids.is_open(id_) else self._ids.together([id_])
        if self._ids.name(id_, case):
            self._look_again(before, because)

    # --- what follows ---------------------------------------------------------------------------

    def _look_again(self, ids: Iterable[str], because: str) -> None:
        """Something is known that was not: all that belongs together is looked at, each once."""
        seen: set[str] = set()
        for each in ids:
            if each not in seen:
                together = self._ids.together([each])
                seen.update(together)
                self._settle(together, because)

    def _settle(self, together: list[str], because: str) -> None:
        """Forward what is explained, put right what lies elsewhere, unite what nobody named."""
        for came in self._waiting.carrying(together):
            case = self._ids.meant(came.ids)
            if case is not None:
                self._waiting.remove(came)
                self._forward(came, case)
        self._put_right(together, because)
        self._unite([each for each in together if self._ids.is_open(each)], because)

    def _put_right(self, together: list[str], because: str) -> None:
        """Have events lie where their ids say now."""
        together = list(filter(self._ids.is_known, together))
        for lies in self._lying.carrying(together):
            if not is_unnamed(lies.case) and self._ids.meant(lies.ids) is None:
                own = self._own_case(lies.ids, lies.told.id, self._partition(lies.case))
                self._part([lies], own, because)
                self._unite([each for each in lies.ids if self._ids.is_open(each)], because)
        moving: dict[tuple[str, str], list[Lies]] = {}
        for lies in self._lying.carrying(together):
            meant = self._ids.meant(lies.ids)
            if meant is not None and meant != lies.case:
                moving.setdefault((lies.case, meant), []).append(lies)
        for (case, meant), events in moving.items():
            self._bring(events, case, meant, because)

    def _bring(self, events: list[Lies], case: str, meant: str, because: str) -> None:
        """Bring events of a case to another: the whole case if they are all of it, unnamed."""
        if not is_unnamed(case) or len(events) < len(self._lying.in_case(case)):
            # First into a case of their own beside it, so that nobody hears of them too early.
            case = self._fresh(events[0].ids, events[0].told.id, self._partition(case))
            self._part(events, case, because)
        self._join(case, meant, because)

    def _unite(self, unknown: list[str], because: str) -> None:
        """Make one of the cases that nobody named and that these ids were made for."""
        first, *others = self._ids.unexplained(self._ids.together(unknown)) or [""]
        for case in others:
            self._join(first, case, because)

    def _part(self, events: Sequence[Lies], own: str, because: str) -> None:
        case = events[0].case
        self._say_parted(case, own, events, because)
        for lies in events:
            self._lie(lies._replace(left=tuple(sorted({*lies.left, case}))), own)

    def _lie(self, lies: Lies, case: str) -> None:
        """An event lies in a case by now; if it was taken out of it before, that is over."""
        if case in lies.left:
            self._say_parted(case, case, [lies], "")
        self._loosen(lies.ids, case)
        self._lying.move(lies, case, left=tuple(each for each in lies.left if each != case))

    def _join(self, one: str, other: str, because: str) -> bool:
        moving = self._ids.join(one, other)
        for case, into in moving:
            for lies in self._lying.in_case(case):
                self._lie(lies, into)
            self._say_joined(case, into, because)
        return bool(moving)

    def _forward(self, came: Parked, case: str) -> None:
        if self._forwarded(came) is None:
            self._ids.meet(came.ids)
            self._loosen(came.ids, case)
            self._lying.add(came.event, came.ids, case)
        self._say_forward(came, case)

    def _forwarded(self, came: Parked) -> Lies | None:
        """How an event was forwarded before, if it was: then its ids are known."""
        return self._lying.get(came.event) if any(map(self._ids.is_known, came.ids)) else None

    def _loosen(self, ids: Iterable[str], case: str) -> None:
        """What lies in a case that nobody named may have to go elsewhere."""
        if is_unnamed(case):
            self._ids.loosen(ids)

    # --- cases that nobody named ----------------------------------------------------------------

    def _let_go(self, lane: str, until: datetime, grace: timedelta) -> None:
        """Give a case of its own to what nobody has explained for long enough."""
        for came in self._waiting.over(lane, until, grace):
            self._waiting.remove(came)
            before = self._forwarded(came)
            own = before.case if before else self._own_case(came.ids, came.event.id, None)
            self._forward(came, own)

    def _own_case(self, ids: Sequence[str], event: str, home: int | None) -> str:
        """Find or make the case of what carries these ids and is not explained."""
        unknown = [each for each in ids if self._ids.is_open(each)]
        if not unknown:
            return self._fresh(ids, event, home)
        known = self._ids.unexplained(self._ids.together(unknown))
        at_home = [each for each in known if home in (None, self._partition(each))]
        case = at_home[0] if at_home else self._fresh(unknown, None, home)
        for each in unknown:
            self._ids.name(each, case)
        return case

    def _fresh(self, ids: Sequence[str], event: str | None, home: int | None) -> str:
        """Name a case after an id, and an event that stands alone; on a partition, if it has to."""
        tenant, link = parted(ids[0])
        name = UNLINKED_CASE + link.replace("\x1f", "@") + ("" if event is None else f"/{event}")
        more = (f"{name}#{number}" for number in range(2, NAMES_TRIED_MAX))
        cases = (case_name(tenant, each) for each in chain([name], more))
        return next(case for case in cases if self._is_free(case, home))

    def _is_free(self, case: str, home: int | None) -> bool:
        is_taken = self._ids.into.get(case) is not None or self._lying.is_case(case)
        return not is_taken and home in (None, self._partition(case))


def words(event: Event) -> str:
    """Say what an event told, as a reason."""
    links = " and ".join(event.links)
    return f"{event.source} told of {event.action.replace('_', ' ')} ({event.id}) with {links}"
