"""What one delivery holds: one change, or for people all changes of a group that ring together."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stream.desk.alert_groups import Group, Waiting
from stream.desk.delivery import ID_HEX_DIGITS, Delivery, Kind, delivery_id
from stream.desk.routing import WORST_LAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery, the changes of a group that it tells, and why it is made."""

    group: Group
    delivery: Delivery
    told: Sequence[Waiting]
    reason: str
    is_repeat: bool = False

    @property
    def place(self) -> int:
        """Where among all that was heard it is told: a group where its first was."""
        return self.told[0].place


def packed(
    group: Group, ready: Sequence[Waiting], reason: str, *, folds: bool, is_repeat: bool = False
) -> Iterator[Parcel]:
    """Pack what is ready of a group: a parcel for each change, or one for each kind."""
    kinds = [[each for each in ready if each.delivery.kind is kind] for kind in Kind]
    runs = [run for run in kinds if run] if folds else [[each] for each in ready]
    for run in runs:
        delivery = run[0].delivery if len(run) == 1 else _folded(run)
        yield Parcel(group=group, delivery=delivery, told=run, reason=reason, is_repeat=is_repeat)


def _folded(run: Sequence[Waiting]) -> Delivery:
    """The worst of them, and the others with it, under an id that names them all."""
    ids = "\x1f".join(each.delivery.id for each in run)
    lead = max(run, key=lambda each: WORST_LAST.index(each.finding.severity))
    return replace(
        lead.delivery,
        id=f"msg_{hashlib.sha256(ids.encode()).hexdigest()[:ID_HEX_DIGITS]}",
        also=tuple(each.delivery for each in run if each is not lead),
    )


def under_another_id(delivery: Delivery, group: Group) -> Delivery:
    """The same, to be heard by who drops what came under its own id before."""
    source = f"{delivery.destination}\x1f{group.repeats + 1}"
    finding = delivery.finding
    return replace(delivery, id=delivery_id(source, finding.finding, finding.number))
