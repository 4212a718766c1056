"""The doctor's look at what people wrote."""

from pathlib import Path

import pytest

from rules.policy import Policy, SourcePolicy
from stream.checkup.check import Check, State
from stream.checkup.documents import (
    CONTESTS_SHOWN_MAX,
    all_read,
    check_feeds,
    check_findings,
    check_policy,
    check_routes,
    check_senders,
    check_sources,
    show_limits,
    show_manners,
)
from stream.settings import Settings
from tests.intake.scim_documents import listed, user, written

DEPLOY = Path(__file__).parents[2] / "deploy"
SHARED = "correct-horse-battery"


def load(**variables: object) -> Settings:
    """Load settings from FOUREYES_… variables."""
    return Settings.load({f"FOUREYES_{name}": str(value) for name, value in variables.items()})


def lines(checks: list[Check]) -> list[str]:
    """Write checks as the doctor does, without what to do."""
    return [f"{check.state} {check.name}: {check.found}" for check in checks]


def test_a_policy_is_told_by_its_name_and_owner(tmp_path: Path) -> None:
    """Without an owner nobody can be asked; without a file the built-in one holds."""
    ownerless = tmp_path / "p.toml"
    ownerless.write_text("[policy]\nversion = 'x'\n")

    assert lines(check_policy(None)[1]) == ["ok policy: the built-in one"]
    assert lines(check_policy(DEPLOY / "policy.example.toml")[1]) == [
        "ok policy: example-1 of team-iam"
    ]
    assert lines(check_policy(ownerless)[1]) == ["warn policy: x, which nobody answers for"]


def test_each_fault_of_a_policy_is_a_line(tmp_path: Path) -> None:
    """And the doctor goes on to look at the rest."""
    path = tmp_path / "p.toml"
    path.write_text("[settle]\nafter = 3\n[x]\n")
    policy, checks = check_policy(path)

    assert policy is None
    assert [check.state for check in checks] == [State.WRONG, State.WRONG]
    assert checks[0].found == f"{path}:2: settle.after: 3"


def test_feeds_are_counted_and_their_weaknesses_told() -> None:
    """One link of the example is known by e-mail only."""
    settings = load(
        PEOPLE=DEPLOY / "examples/people.csv",
        MACHINES=DEPLOY / "examples/machines.csv",
        ENTITLEMENTS=DEPLOY / "examples/entitlements.csv",
    )
    found = lines(list(check_feeds(settings, Policy())))

    assert found == [
        f"ok people: 10 records in {DEPLOY}/examples/people.csv",
        f"ok machines: 4 records in {DEPLOY}/examples/machines.csv",
        f"ok entitlements: 5 records in {DEPLOY}/examples/entitlements.csv",
        "warn people: 1 links give nobody",
    ]


def test_contested_accounts_are_shown_up_to_a_number(tmp_path: Path) -> None:
    """A feed that is wrong throughout is told by a few examples."""
    feed = tmp_path / "people.csv"
    rows = [f"{who},acc{n},hr" for n in range(2 * CONTESTS_SHOWN_MAX) for who in ("ann", "bo")]
    feed.write_text("\n".join(["person,account,proof", *rows]))
    found = lines(list(check_feeds(load(PEOPLE=feed), Policy())))

    assert found[1] == "warn people: account acc0 of any source is ann and bo at once"
    assert len(found) == 1 + CONTESTS_SHOWN_MAX


def test_without_a_feed_of_people_it_is_said_what_that_means() -> None:
    """With Kafka the feed comes from a topic, and its absence here says nothing."""
    assert [check.state for check in check_feeds(load(), Policy())] == [State.WARN]
    assert list(check_feeds(load(KAFKA_BOOTSTRAP="127.0.0.1:9092"), Policy())) == []


def test_every_source_needs_a_connector() -> None:
    """A typing mistake in a name would leave a system unread."""
    settings = load(SOURCES="hr=native,natve")
    policy = Policy(sources=(SourcePolicy(name="iga/acme"), SourcePolicy(name="x", connector="y")))
    checks = list(check_sources(settings, policy))

    assert lines(checks) == [
        "wrong sources: x is read by the connector y, which there is not",
        "wrong sources: natve is read by the connector natve, which there is not",
    ]
    assert checks[1].remedy.endswith("(did you mean native?)")
    assert not all_read(settings)
    assert all_read(load(SOURCES="hr=native"))
    assert all_read(load())


def test_a_secret_for_no_source_is_told() -> None:
    """Whoever set it believes that a source is protected by it."""
    checks = list(check_sources(load(HTTP_SECRET_NATVE=SHARED), Policy()))

    assert checks[0].state is State.WARN
    assert "FOUREYES_HTTP_SECRET_NATVE is for no source" in checks[0].found
    assert checks[-1].state is State.OK


def test_sources_without_a_secret_are_for_the_loopback_alone() -> None:
    """The receiver would not start; better to hear it here."""
    settings = load(SOURCES="hr=native,iga=native", HTTP_SECRET_HR=SHARED)

    assert check_senders(settings, is_loopback=True).state is State.OK
    outside = check_senders(settings, is_loopback=False)

    assert outside.state is State.WRONG
    assert outside.found.endswith("may send for iga")
    assert check_senders(load(HTTP_SECRET=SHARED), is_loopback=False).state is State.OK


def test_scim_documents_are_counted_and_users_who_are_nobody_told(tmp_path: Path) -> None:
    """Or refused with what is wrong; a policy that does not trust them is told as well."""
    users, page = tmp_path / "users.json", tmp_path / "page.json"
    users.write_bytes(written(listed(user("u-1", "E-1"), user("u-2"))))
    page.write_bytes(written(listed(user("u-1", "E-1"), total=2)))

    assert lines(list(check_feeds(load(SCIM=f"okta={users}"), Policy()))) == [
        f"ok scim: 2 records of okta in {users}",
        "warn scim: 1 users of okta have no employeeNumber",
        "warn people: 2 links give nobody",
    ]
    assert lines(list(check_feeds(load(SCIM=f"okta={page}"), Policy()))) == [
        f"wrong scim: {page}: Resources: 1"
    ]


def test_the_limits_of_what_comes_in_are_shown() -> None:
    """As they are in force: by default, or as an operator has set them."""
    settings = load(HTTP_BODY_BYTES_MAX=2_000, HTTP_BODIES_PER_SECOND_MAX=5, HTTP_IN_FLIGHT_MAX=2)

    assert show_limits(settings).found == (
        "a body up to 2,000 bytes; 2 at once; 5 a second of each source; "
        "a signed time up to 300 s away"
    )


def test_the_manner_of_each_source_is_shown() -> None:
    """The vendor's own, or what settings say; a source without a secret has none."""
    settings = load(
        SOURCES="hooks=github,hub=entra,own=native",
        HTTP_SECRET_HOOKS=SHARED,
        HTTP_SECRET_HUB=SHARED,
        HTTP_SCHEME_HUB="graph",
    )

    assert show_manners(settings).found == "hooks by github, hub by graph"
    assert show_manners(load()).found == "nobody has to prove anything"


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ("stdout", State.OK),
        ("none", State.OK),
        ("{}/findings.jsonl", State.OK),
        ("{}", State.WRONG),
        ("{}/none/findings.jsonl", State.WRONG),
    ],
)
def test_findings_need_a_place(tmp_path: Path, findings: str, state: State) -> None:
    """A file whose directory is there, or the terminal."""
    assert check_findings(findings.format(tmp_path)).state is state


def test_routes_of_alerts_are_read(tmp_path: Path) -> None:
    """None are none; good ones are counted; one that tells a destination nobody set up is wrong."""
    routes = tmp_path / "alerts.toml"
    routes.write_text('[[route]]\nname = "night"\ndestinations = ["people"]\n')
    told = load(ALERTS=routes, PEOPLE_URLS="json://127.0.0.1")

    assert list(check_routes(load())) == []
    assert [check.state for check in check_routes(told)] == [State.OK]
    assert [check.state for check in check_routes(load(ALERTS=routes))] == [State.WRONG]
