"""What a path shows at a glance: one bit for each action on record, and for a few facts beside."""

from rules.events import MACHINES, Action, Event

TOLD_TWICE = "told_twice"
"""One id was used for two contents."""
BY_MACHINE = "by_machine"
"""A machine took a step."""
FOR_MACHINE = "for_machine"
"""A machine is named as the one who gets the access."""
MACHINE_APPROVED = "machine_approved"
"""A machine gave an approval."""
REPRESENTED = "represented"
"""An approval was given on behalf of somebody."""
LIMITED = "limited"
"""A step tells a scope or how long access lasts."""
SEVERAL_RIGHTS = "several_rights"
"""More than one right is named."""

_BESIDE = (
    TOLD_TWICE,
    BY_MACHINE,
    FOR_MACHINE,
    MACHINE_APPROVED,
    REPRESENTED,
    LIMITED,
    SEVERAL_RIGHTS,
)

BIT: dict[str, int] = {word: 1 << number for number, word in enumerate((*Action, *_BESIDE))}
"""One bit for each: what a case has seen is one small integer."""

_BY_MACHINE, _FOR_MACHINE, _LIMITED = BIT[BY_MACHINE], BIT[FOR_MACHINE], BIT[LIMITED]
_MACHINE_APPROVED, _REPRESENTED = BIT[MACHINE_APPROVED], BIT[REPRESENTED]
_APPROVED = Action.APPROVED


def mask_of(*words: str) -> int:
    """Write some of these as one mask."""
    return sum(BIT[word] for word in {*words})


def shown_by(event: Event) -> int:
    """Give what one event shows: its action, and what is said of it above."""
    action, actor = event.action, event.actor
    shown = BIT[action]
    if actor is not None and actor.kind in MACHINES:
        shown |= _BY_MACHINE | _MACHINE_APPROVED if action is _APPROVED else _BY_MACHINE
    if event.beneficiary is not None and event.beneficiary.kind in MACHINES:
        shown |= _FOR_MACHINE
    if event.scope or event.duration:
        shown |= _LIMITED
    if action is _APPROVED and event.on_behalf_of is not None:
        shown |= _REPRESENTED
    return shown
