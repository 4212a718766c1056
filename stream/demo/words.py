"""The words the company is made of: what people, departments and rights are called."""

COMPANY = "Skerrow Ferries"
DOMAIN = "skerrow.example"

_FIRST = """
    Ada Aled Amara Anouk Arne Asha Bela Birgit Bram Calla Cato Chidi Dagny Darius Edda Elif
    Emre Enid Esme Ewan Faye Femi Finn Freya Gaia Gwen Hamza Hana Ida Idris Inga Ivo Jamila
    Jonas Jun Kaia Kofi Lena Leif Lior Mads Maeve Malik Mara Mina Nadia Nils Noor Odile Olek
    Orla Pia Quinn Rafa Rhea Rune Samir Selma Sunniva Tariq Tove Ulla Vera Wim Yara Yusuf Zoe
"""
_LAST = """
    Abara Ainsley Bakke Barlow Brandt Carrow Castell Dahl Devaney Dorn Ekholm Eriks Farrow
    Farouk Fenn Garrick Gorman Haddad Halloran Harlan Holm Ibsen Imani Jansky Juul Kasai Keller
    Kerr Lachlan Lindqvist Lorne Marsh Mendes Moreau Nakata Nyland Obi Okafor Olsen Pascoe
    Penrose Quist Rask Reyes Rowan Saarinen Sand Silva Skarsten Tamm Thorne Toivo Udell Vance
    Varga Vos Wade Waverly Wren Yilmaz Zander
"""
FIRST_NAMES, LAST_NAMES = tuple(_FIRST.split()), tuple(_LAST.split())

DEPARTMENTS: dict[str, int] = {
    "Crew": 22,
    "Engineering": 14,
    "Harbours": 16,
    "Ticketing": 14,
    "Freight": 10,
    "Finance": 9,
    "People": 5,
    "IT": 10,
}
"""How people spread over the departments, as weights."""
ENGINEERS = ("Engineering", "IT")
"""Whose people have an account at Teleport."""
BOARD = "Board"

ACCESSDESK, TICKETS, ROSTERS = "accessdesk", "tickets", "rosters"
SAILPOINT, TELEPORT, ENTRA = "sailpoint", "teleport", "entra"

RIGHTS: tuple[tuple[str, str, str, str, str], ...] = (
    # reported by, right, system, criticality, department of its owner
    (ACCESSDESK, "Crew roster editor", "Roster", "medium", "Crew"),
    (ACCESSDESK, "Crew hours clerk", "Roster", "medium", "Crew"),
    (ACCESSDESK, "Berth planner", "Harbour control", "medium", "Harbours"),
    (ACCESSDESK, "Remote lock control", "Harbour control", "critical", "Harbours"),
    (ACCESSDESK, "Fuel order clerk", "Fuel", "low", "Engineering"),
    (ACCESSDESK, "Fuel release", "Fuel", "high", "Engineering"),
    (ACCESSDESK, "Timetable editor", "Bookings", "medium", "Ticketing"),
    (ACCESSDESK, "Fare table editor", "Bookings", "high", "Ticketing"),
    (ACCESSDESK, "Refund clerk", "Bookings", "medium", "Ticketing"),
    (ACCESSDESK, "Freight manifest viewer", "Freight", "low", "Freight"),
    (ACCESSDESK, "Customs declarations", "Freight", "medium", "Freight"),
    (ACCESSDESK, "Payments operator", "Ledger", "critical", "Finance"),
    (ACCESSDESK, "Invoice clerk", "Ledger", "medium", "Finance"),
    (ACCESSDESK, "Ledger viewer", "Ledger", "low", "Finance"),
    (ACCESSDESK, "Crew pay editor", "Payroll", "medium", "Crew"),
    (ACCESSDESK, "Crew pay release", "Payroll", "medium", "Finance"),
    (ACCESSDESK, "Mailbox", "Directory", "low", "IT"),
    (ACCESSDESK, "Intranet", "Directory", "low", "IT"),
    (SAILPOINT, "Passenger figures", "Warehouse", "medium", "Ticketing"),
    (SAILPOINT, "Harbour office files", "Files", "medium", "Harbours"),
    (SAILPOINT, "Freight desk", "Freight", "medium", "Freight"),
    (SAILPOINT, "Personnel files", "People", "high", "People"),
    (SAILPOINT, "Board papers", "Files", "medium", "Finance"),
    (TELEPORT, "harbour-cameras", "skerrow-prod", "medium", "Harbours"),
    (TELEPORT, "timetable-reader", "skerrow-prod", "medium", "Ticketing"),
    (TELEPORT, "roster-deployer", "skerrow-prod", "medium", "IT"),
    (TELEPORT, "bookings-writer", "skerrow-prod", "critical", "IT"),
    (ENTRA, "Reports Reader", "Entra", "medium", "IT"),
    (ENTRA, "Message Center Reader", "Entra", "low", "IT"),
    (ENTRA, "Teams Devices Administrator", "Entra", "medium", "IT"),
    (ENTRA, "Exchange Administrator", "Entra", "critical", "IT"),
)
PRIVILEGED = ("high", "critical")
BIRTHRIGHT = ("Mailbox", "Intranet")
"""What everybody gets on the first day, through the joiner workflow."""

KEPT_APART = ("Crew pay editor", "Crew pay release")
"""Rights that nobody may hold both of, and few ever ask for."""

MACHINES: tuple[tuple[str, str, str], ...] = (
    # account, kind, department of its owner
    ("svc-provision", "service", "IT"),
    ("svc-workflow", "service", "IT"),
    ("svc-lowrisk", "service", "IT"),
    ("svc-hr-feed", "service", "People"),
    ("svc-dispatch", "service", "Harbours"),
    ("svc-fuelcards", "service", "Engineering"),
    ("svc-tariffs", "service", "Ticketing"),
    ("svc-customs-link", "service", "Freight"),
    ("svc-bank-file", "service", "Finance"),
    ("svc-rosterbot", "service", "Crew"),
    ("agent-refunds", "agent", "Ticketing"),
)

REASONS = (
    "Covers the late shift on the Aisla route",
    "Moves to the new team on Monday",
    "Quarter end close",
    "Stands in during holidays until Friday",
    "Winter timetable goes live next week",
    "Customs audit asks for these figures",
    "Handover from the northern office",
    "Dry dock of the Corran, needs the orders",
    "Berth change at the east quay",
    "Incident follow-up with the duty officer",
    "New freight contract starts this month",
    "Month end figures for the board",
)
HOOKS = {
    "gateway": "https://hooks.skerrow.example/notify",
    "portside": "https://portside.skerrow.example/badges",
}
"""Where workflows call: the company's own gateway, and the one of the port authority."""
