"""The reference files of the demo: who is who, whose machine, which risk, and the policy."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from stream.demo.company import Company, Person
from stream.demo.words import ACCESSDESK, ENTRA, ROSTERS, SAILPOINT, TELEPORT, TICKETS

PEOPLE, MACHINES, ENTITLEMENTS = "people.csv", "machines.csv", "entitlements.csv"
POLICY = "policy.toml"

_PROOFS = {
    ACCESSDESK: "hr",
    TICKETS: "hr",
    ROSTERS: "hr",
    SAILPOINT: "verified",
    TELEPORT: "sso",
    ENTRA: "sso",
}
"""How each system's accounts are known to be a person's."""
_PEOPLE_COLUMNS = ("person", "account", "source", "proof", "name", "department", "manager")
_RIGHTS_COLUMNS = ("id", "source", "name", "system", "criticality", "privileged", "owner")

_POLICY = """\
# The policy of Skerrow Ferries: what is asked of whom. foureyes judges by this file and by nothing
# else; every finding names its version. `foureyes policy check` tells it in plain sentences. Change
# a line, replay the day under raw/ with it, and see what would have been found.

[policy]
version = "skerrow-2026-10"
owner = "team-access"

[approvals]
quorum = 1                  # one person for ordinary rights,
quorum_privileged = 2       # four eyes for those that entitlements.csv calls high or critical
grace = "15m"               # an approval may be reported so long after access was given

[evidence]
reason_for = "all"          # every decision needs a reason in words
template_reasons = ["n/a", "none", "test", "access needed"]    # and these are none
due_for = "all"             # and a ticket,
due_within = "1h"           # filed within the hour

[webhooks]
pair_within = "15m"         # workflow and gateway must both tell of a call,
allowed_destinations = ["https://hooks.skerrow.example", "https://portside.skerrow.example"]
                            # and go nowhere else

[outside]
grace = "1h"
sanctioned_actors = ["svc-hr-feed"]    # HR corrects rights directly; that is agreed

[birthright]
workflows = ["wf-joiner"]   # what everybody gets on the first day is asked of nobody

[automation]
known = ["svc-lowrisk"]     # may approve what is of low risk

[expiry]
enforced_systems = ["skerrow-prod"]    # a certificate ends, whether or not anybody says so

[haste]
burst_count = 6             # nobody reads six requests
burst_within = "1m"         # in a minute

[machine_owners]
replace_within = "8h"       # a machine account is nobody's for no longer than a working day,

[secrets]
after_change = "4h"         # and whoever left must not know its secret any more

[extensions]
grace = "2h"                # a script that is used was tested, and agreed to by a second person

[changes]
grace = "2h"                # the same for a version of a workflow

# A contractor's access is given on the day it is approved, or somebody asks why.
[[workflows]]
id = "wf-contractor"
steps = ["requested", "approved", "provisioned"]
ends_within = "10h"

# Nobody sets what the crews are paid and releases it too.
[[conflicts]]
first = "{pay_editor}"
second = "{pay_release}"

# The port authority's gateway is not ours. If nothing is heard of it for so long, it no longer
# counts as having reported, and what only it could tell is "cannot tell" instead of "missing".
[sources.portside]
connector = "gateway"
silent_after = "45m"

# A recorded exception: what it covers looks like a breach, is set aside, and is counted as such.
[[exceptions]]
rule = "APR-001"
person = "{person}"
entitlement = "{entitlement}"
reason = "Alone in the northern office until a second clerk starts; reviewed monthly"
owner = "team-access"
until = {until}
"""


def write_reference(directory: Path, company: Company, excused: Person, until: datetime) -> None:
    """Write the files. `excused` is covered by the policy's one exception, until then."""
    _write(directory / PEOPLE, _PEOPLE_COLUMNS, _people(company))
    _write(
        directory / MACHINES,
        ("account", "kind", "owner"),
        ((each.account, each.kind, each.owner) for each in company.machines),
    )
    _write(directory / ENTITLEMENTS, _RIGHTS_COLUMNS, _rights(company))
    policy = _POLICY.format(
        person=excused.id,
        entitlement=company.right("Customs declarations").id,
        pay_editor=company.right("Crew pay editor").id,
        pay_release=company.right("Crew pay release").id,
        until=f"{until:%Y-%m-%dT%H:%M:%SZ}",
    )
    (directory / POLICY).write_text(policy, encoding="utf-8")


def _write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _people(company: Company) -> Iterator[tuple[str, ...]]:
    for person in company.people:
        about = (person.name, person.department, person.manager or "")
        for source, account in person.accounts.items():
            yield (person.id, account, source, _PROOFS[source], *about)
        if person.second:
            yield (person.id, person.second, ACCESSDESK, "declared", *about)
        if person.break_glass:
            yield (person.id, person.break_glass, ENTRA, "declared", *about)


def _rights(company: Company) -> Iterator[tuple[str, ...]]:
    for right in company.rights:
        privileged = "true" if right.privileged else "false"
        # Entra and SailPoint name no system beside the right, so the record may not either.
        system = right.system if right.source in (ACCESSDESK, TELEPORT) else ""
        known = (right.id, right.source, right.name, system)
        yield (*known, right.criticality, privileged, right.owner)
