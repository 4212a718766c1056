"""Where the day is written: the company, its feed, and the strokes that every story needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stream.demo.chance import Chance
from stream.demo.company import Company, Person, Right
from stream.demo.feed import BEGINS, Feed
from stream.demo.vendors import accessdesk, gateway
from stream.demo.vendors.accessdesk import Desk, Tickets
from stream.demo.words import HOOKS, REASONS

FIRST_NUMBER = 20_000
SECONDS_A_NUMBER = 12
"""Case numbers grow with the day, so that a higher one is a later case."""


@dataclass(slots=True)
class Scene:
    """What whoever writes a story has at hand."""

    company: Company
    chance: Chance
    feed: Feed
    tickets: Tickets = field(init=False)
    _numbers: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Open the ticket desk."""
        self.tickets = Tickets(self.feed)

    def play(self, stories: "Iterable[Story]") -> None:
        """Write stories, each about somebody else where that matters."""
        for tell, at in stories:
            tell(self, at + self.chance.minutes(0, 6))

    def desk(self, at: datetime, workflow: Mapping[str, str] = accessdesk.WORKFLOW) -> Desk:
        """Open a case at the access desk, with the next number that is free."""
        number = FIRST_NUMBER + int((at - BEGINS).total_seconds()) // SECONDS_A_NUMBER
        while number in self._numbers:
            number += 1
        self._numbers.add(number)
        return Desk(self.feed, f"AR-{number}", workflow)

    def reason(self) -> str:
        """Give a reason as people write them."""
        return self.chance.pick(REASONS)

    def number(self) -> str:
        """Give the number of a ticket."""
        return f"CHG-{self.chance.between(40_000, 49_999)}"

    def back(self, case: str, who: Person, decided_at: datetime) -> None:
        """File the ticket that a decision rests on, in time."""
        at = decided_at + self.chance.minutes(3, 40)
        self.tickets.file(case, who, self.number(), at)

    def ask(  # noqa: PLR0913 - who asks for what, for whom, why and on what grounds
        self,
        desk: Desk,
        at: datetime,
        *,
        asks: Person,
        right: Right,
        gets: Person | None = None,
        reason: str | None = None,
        backed: bool = True,
    ) -> None:
        """Ask for a right at the desk; `backed`: the request names its ticket."""
        fields = {"evidence": accessdesk.ticket(self.number())} if backed else {}
        desk.tell(
            "requested",
            at,
            actor=accessdesk.person(asks),
            beneficiary=accessdesk.person(gets or asks),
            entitlement=accessdesk.right_of(right),
            justification=self.reason() if reason is None else reason,
            **fields,
        )

    def approve(self, desk: Desk, at: datetime, by: Person, account: str | None = None) -> None:
        """Approve at the desk, with one's own account or another one of one's own."""
        desk.tell(
            "approved",
            at,
            actor=accessdesk.person(by, account),
            stage="manager",
            outcome="approved",
        )

    def give(self, desk: Desk, at: datetime, gets: Person, right: Right, **terms: object) -> None:
        """Give a right at its system; `terms`: how far and how long, where that is told."""
        desk.tell(
            "provisioned",
            at,
            actor=accessdesk.machine("svc-provision"),
            beneficiary=accessdesk.person(gets),
            entitlement=accessdesk.right_of(right),
            outcome="ok",
            **terms,
        )

    def call(self, desk: Desk, at: datetime, *links: str, stream: str = gateway.GATEWAY) -> None:
        """Let the workflow call out, and the gateway log it; `links`: what else the call names."""
        call = gateway.new_call(self.chance, HOOKS[stream])
        desk.call(at, call, *links)
        at += timedelta(milliseconds=self.chance.between(20, 1_500))
        # What the other side is called with beyond the place is not for the log to keep.
        seen = call._replace(url=f"{call.url}?case={desk.case}")
        gateway.log_call(self.feed, self.chance, at, stream, seen)


Story = tuple[Callable[[Scene, datetime], None], datetime]
"""What is told, and when it begins, give or take."""
