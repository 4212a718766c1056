"""What people wrote: the policy, the reference feeds, the names of sources."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rules.policy import Policy
from stream.checkup.check import Check, ok, refused, warn, wrong
from stream.connectors import CONNECTORS
from stream.desk.configured import routes_of
from stream.environment import suffix_of, variable
from stream.faults import FaultyInputError, one_of
from stream.intake.fact_records import EntitlementRecord, FactRecord, MachineRecord, PersonRecord
from stream.intake.facts import Facts
from stream.intake.scim_files import read_scim
from stream.policy_file import load_policy
from stream.reference import scim_by_source
from stream.settings import Settings

CONTESTS_SHOWN_MAX = 5

FEEDS: dict[str, type[FactRecord]] = {
    "people": PersonRecord,
    "machines": MachineRecord,
    "entitlements": EntitlementRecord,
}


def check_policy(path: Path | None) -> tuple[Policy | None, list[Check]]:
    """Read the policy; None where it can not be read."""
    if path is None:
        return Policy(), [ok("policy", "the built-in one")]
    try:
        policy = load_policy(path)
    except FaultyInputError as error:
        return None, list(refused("policy", error))
    if policy.owner is None:
        remedy = "name an owner under [policy]: findings say whose policy it was"
        return policy, [warn("policy", f"{policy.version}, which nobody answers for", remedy)]
    return policy, [ok("policy", f"{policy.version} of {policy.owner}")]


def check_routes(settings: Settings) -> Iterator[Check]:
    """Read the routes of alerts, if there are any."""
    if settings.alerts is None:
        return
    try:
        routes = routes_of(settings)
    except FaultyInputError as error:
        yield from refused("alerts", error)
    else:
        yield ok("alerts", f"{len(routes.route)} routes in {settings.alerts}")


def check_feeds(settings: Settings, policy: Policy) -> Iterator[Check]:
    """Read every reference feed, and look for accounts that two people claim."""
    facts = Facts(policy.link_proofs)
    for name, kind in FEEDS.items():
        path = getattr(settings, name)
        if path is not None:
            try:
                yield ok(name, f"{facts.load(kind, path):,} records in {path}")
            except FaultyInputError as error:
                yield from refused(name, error)
        elif name == "people" and not (settings.kafka_bootstrap or settings.scim):
            remedy = f"set {variable(name)}; until then nobody's two accounts are one person"
            yield warn(name, "no feed", remedy)
    for source, paths in scim_by_source(settings.scim or ()).items():
        yield from _check_scim(facts, source, paths)
    for contest in islice(facts.contests(), CONTESTS_SHOWN_MAX):
        claims = " and ".join(contest.claimed_by)
        found = f"account {contest.account} of {contest.source or 'any source'} is {claims} at once"
        yield warn("people", found, "mend the feed: nobody is stamped")
    if unproven := facts.unproven():
        proofs = ", ".join(policy.link_proofs)
        yield warn("people", f"{unproven:,} links give nobody", f"accepted proofs are: {proofs}")


def _check_scim(facts: Facts, source: str, paths: list[Path]) -> Iterator[Check]:
    """Read the SCIM documents of a source, and count the users who are nobody."""
    listed = ", ".join(map(str, paths))
    try:
        told = read_scim(source, paths)
        count = facts.take(told.records, f"SCIM of {source}")
    except FaultyInputError as error:
        yield from refused("scim", error)
        return
    yield ok("scim", f"{count:,} records of {source} in {listed}")
    if told.unnamed:
        found = f"{told.unnamed:,} users of {source} have no employeeNumber"
        yield warn("scim", found, "nobody is known behind their accounts")


def check_sources(settings: Settings, policy: Policy) -> Iterator[Check]:
    """Find a connector for every source, and a source for every secret."""
    taken = settings.sources or {name: name for name in CONNECTORS}
    of_policy = {each.name: each.connector for each in policy.sources if each.connector}
    readers = {**of_policy, **taken}
    unread = {name: reader for name, reader in readers.items() if reader not in CONNECTORS}
    for source, connector in unread.items():
        found = f"{source} is read by the connector {connector}, which there is not"
        yield wrong("sources", found, f"expected {one_of(connector, CONNECTORS)}")
    ends = {suffix_of(source) for source in taken}
    for end in sorted({*settings.http_secret_of, *settings.http_scheme_of} - ends):
        name = variable(f"http_secret_{end}")
        yield warn("sources", f"{name} is for no source", f"expected {one_of(end, ends)}")
    if not unread:
        yield ok("sources", ", ".join(sorted(taken)))


def all_read(settings: Settings) -> bool:
    """Whether there is a connector for every source that is taken in."""
    return set((settings.sources or {}).values()) <= CONNECTORS.keys()


def check_senders(settings: Settings, *, is_loopback: bool) -> Check:
    """Look for sources that anybody who can connect may speak for."""
    taken = settings.sources or dict.fromkeys(CONNECTORS)
    opened = sorted(source for source in taken if settings.proof_of(source) is None)
    if not opened:
        return ok("http senders", "every source's senders have to prove themselves")
    if is_loopback:
        found = f"on {settings.http_host} anybody on this machine may send for {', '.join(opened)}"
        return ok("http senders", found)
    found = f"anybody who reaches {settings.http_host} may send for {', '.join(opened)}"
    return wrong("http senders", found, f"set {variable('http_secret')}, or one for each source")


def show_limits(settings: Settings) -> Check:
    """Say how much may come in over HTTP, and how fast."""
    return ok(
        "http limits",
        f"a body up to {settings.http_body_bytes_max:,} bytes; {settings.http_in_flight_max:,} at "
        f"once; {settings.http_bodies_per_second_max:,} a second of each source; a signed time up "
        f"to {settings.http_age_seconds_max:,} s away",
    )


def show_manners(settings: Settings) -> Check:
    """Say in which manner the senders of each source prove themselves."""
    taken = sorted(settings.sources or CONNECTORS)
    proofs = {source: settings.proof_of(source) for source in taken}
    told = [f"{source} by {proof.scheme}" for source, proof in proofs.items() if proof]
    return ok("http manners", ", ".join(told) or "nobody has to prove anything")


def check_findings(findings: str) -> Check:
    """Look whether findings can be written where they should be."""
    name = "findings"
    if findings in {"stdout", "none"}:
        return ok(name, findings)
    directory = Path(findings).absolute().parent
    if Path(findings).is_dir() or not directory.is_dir():
        return wrong(name, f"{findings} can not be a file", f"make {directory}, or name a file")
    return ok(name, f"appended to {findings}")
