"""What is said of alerts on pages: by analysts, journalled as by the verbs, and shown again."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from rules.finding import Finding
from stream.archive.standings import Standings, Wanted
from stream.clock import FixedClock
from stream.console.app import PAGES
from stream.console.route import Route
from stream.console.sessions import Sessions
from stream.console.sign_in import SignIn
from stream.console.sign_in.proxy import Proxy, ProxySignIn
from stream.console.viewers import Admission, Role
from stream.desk.decisions import Decisions, Did
from stream.desk.delivery import Kind
from stream.desk.notes import Notes
from stream.hosts.cursors import StoredCursors
from stream.hosts.store import Store
from stream.running.alerting import StoredAlerting
from tests.archive.trails import NINE
from tests.console.staged import Browser, console_over, enter, views_in
from tests.exports.office import Office

NOW = NINE + timedelta(days=5)
DEEDS = [route for route in PAGES if route.method == "POST" and route.path != "/export"]
ANN, BO = ({"X-Forwarded-User": name, "X-Forwarded-Groups": "soc"} for name in ("ann", "bo"))
SECOND = timedelta(seconds=1)
TOMORROW = f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M}"
ENTITLED = {"rule": "APR-001", "until": TOMORROW, "reason": "moving house"}


def by_name(sessions: Sessions) -> SignIn:
    """A proxy on this machine names who asks; the group soc are analysts."""
    networks = (ip_network("127.0.0.0/8"),)
    proxy = Proxy(
        networks=networks, user_header="X-Forwarded-User", groups_header="X-Forwarded-Groups"
    )
    return ProxySignIn(sessions, proxy, Admission(analysts=frozenset({"soc"})))


@pytest.fixture
def finding(office: Office) -> Finding:
    """One that stands."""
    return Standings(office.engine).page(Wanted(rule="APR-001", stands=True), 1)[0].finding


@pytest.fixture
def data(tmp_path: Path, finding: Finding) -> Path:
    """A data directory in which two desks have decided about it."""
    Store(tmp_path).close()
    with closing(StoredCursors(tmp_path)) as cursors:
        for name, did, reason in (
            ("webhook", Did.TOLD, "route night tells it"),
            ("people", Did.HELD, "quiet hours, for less than critical"),
        ):
            decisions = Decisions(name)
            decisions.add(
                did,
                reason,
                at=NOW,
                finding=finding,
                kind=Kind.FIRING,
                route="night",
                group="wf",
                until=NOW + timedelta(hours=8) if did is Did.HELD else None,
            )
            cursors.save(name, {}, dict(decisions.changes()))
    return tmp_path


@pytest.fixture
def alerting(data: Path) -> Iterator[StoredAlerting]:
    """What the console knows of that directory."""
    with closing(StoredAlerting(data)) as stored:
        yield stored


def heard(alerting: StoredAlerting) -> Notes:
    """Everything that was said."""
    told = alerting.told()
    assert told is not None
    return told.notes


async def said(
    browser: Browser, by: dict[str, str], path: str, form: dict[str, str]
) -> tuple[int, str, str]:
    """Send a form with the key of a page of ours; the status, where it leads, what is told."""
    async with browser.get("/alerts", headers=by) as answer:
        found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
    assert found
    told = {**form, "csrf": found[1]}
    async with browser.post(path, data=told, headers=by, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await text_of(answer.text())


async def text_of(page: object) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", str(await page)).split())  # type: ignore[misc]


async def seen(browser: Browser, by: dict[str, str], path: str) -> str:
    """The words of a page that somebody asks for."""
    async with browser.get(path, headers=by) as answer:
        assert answer.status == web.HTTPOk.status_code
        return await text_of(answer.text())


async def test_what_became_of_an_alert_is_told_where_its_finding_is(
    office: Office, alerting: StoredAlerting, finding: Finding
) -> None:
    """On the case's page and in the list: for each destination, with the reason."""
    case = f"/case?name={finding.case}"
    async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
        before = [await seen(browser, ANN, each) for each in (case, "/findings", "/alerts")]
        form = {"finding": finding.finding, "back": "/findings"}
        acknowledged = await said(browser, ANN, "/acknowledge", form)
        after = [await seen(browser, BO, each) for each in (case, "/findings")]
        form["to"] = "cy"
        await said(browser, BO, "/assign", form)
        assigned = await seen(browser, ANN, case)

    until = f"until {NOW + timedelta(hours=8):%Y-%m-%d %H:%M:%SZ}"
    for told in before:
        assert "told webhook" in told
        assert f"held people {until} : quiet hours, for less than critical" in told
    assert acknowledged[:2] == (303, "/findings")
    assert all("ann looks after it" in told for told in after)
    assert "cy looks after it ; bo assigned it" in assigned.replace("it;", "it ;")
    assert heard(alerting).looked_after_by(finding.finding) == "cy"


async def test_a_silence_needs_somebody_else(office: Office, alerting: StoredAlerting) -> None:
    """Who proposed it is told why not; the other one approves it, and either may end it."""
    clock = FixedClock(NOW)
    async with console_over(office, sign_in=by_name, alerting=alerting, clock=clock) as browser:
        status, there, _ = await said(browser, ANN, "/silences/propose", ENTITLED)
        silence = {"silence": there.partition("#")[2]}
        clock.advance(SECOND)
        own = await said(browser, ANN, "/silences/approve", silence)
        shown = [await seen(browser, each, "/alerts") for each in (ANN, BO)]
        agreed = await said(browser, BO, "/silences/approve", silence)
        clock.advance(SECOND)
        again = await said(browser, BO, "/silences/approve", silence)
        in_force = heard(alerting).silences[silence["silence"]].is_in_force(NOW)
        ended = await said(browser, ANN, "/silences/end", {**silence, "reason": "moved"})

    assert (status, own[0], agreed[0], again[0], ended[0]) == (303, 403, 303, 409, 303)
    assert "somebody else than ann, who proposed it" in own[2]
    assert "You proposed it, so somebody else has to approve it" in shown[0]
    assert "You proposed it" not in shown[1]
    assert in_force
    assert not heard(alerting).silences[silence["silence"]].is_in_force(NOW)


async def test_a_silence_about_its_own_maker_says_so(
    office: Office, alerting: StoredAlerting
) -> None:
    """It may be agreed to; it covers nothing about them, and CHG-003 will find it."""
    form = {**ENTITLED, "person": "ann"}
    async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
        await said(browser, ANN, "/silences/propose", form)
        told = await seen(browser, BO, "/alerts")

    assert "is a finding of CHG-003" in told


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({**ENTITLED, "rule": ""}, 400, "what it covers is 'nothing'"),
        ({**ENTITLED, "until": "tomorrow"}, 400, "a time, YYYY-MM-DDTHH:MM"),
        ({**ENTITLED, "until": "2031-01-01T00:00"}, 409, "at most 90 days away"),
        ({**ENTITLED, "reason": " "}, 400, "reason is"),
    ],
)
async def test_an_unclear_silence_is_refused(
    office: Office,
    alerting: StoredAlerting,
    form: dict[str, str],
    status: int,
    words: str,
) -> None:
    """With what was found and what was expected; nothing is written."""
    async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
        answer = await said(browser, ANN, "/silences/propose", form)

    assert answer[0] == status
    assert words in answer[2].replace("&#39;", "'")
    assert heard(alerting) == Notes()


@pytest.mark.parametrize("route", DEEDS, ids=lambda route: route.path)
async def test_a_reader_is_shown_no_button_and_refused(
    office: Office, alerting: StoredAlerting, finding: Finding, route: Route
) -> None:
    """Whatever is sent, nothing is written but that it was tried."""
    reader = {"X-Forwarded-User": "dee"}
    form = {**ENTITLED, "finding": finding.finding, "to": "dee", "silence": "S-1"}
    async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
        answer = await said(browser, reader, route.path, form)
        pages = [
            await seen(browser, reader, each)
            for each in ("/alerts", "/findings", f"/case?name={finding.case}")
        ]

    assert answer[0] == web.HTTPForbidden.status_code
    assert not [word for page in pages for word in ("Acknowledge", "Propose a") if word in page]
    assert heard(alerting) == Notes()
    assert [(each["page"], each["status"]) for each in views_in(office)[-4:-3]] == [
        (route.path, web.HTTPForbidden.status_code)
    ]


async def test_whoever_has_the_link_can_look_after_an_alert_and_silence_none(
    office: Office, alerting: StoredAlerting, finding: Finding
) -> None:
    """Two who have the same link can not be told apart."""
    async with console_over(office, role=Role.ANALYST, alerting=alerting) as browser:
        await enter(browser)
        taken = await said(browser, {}, "/acknowledge", {"finding": finding.finding})
        refused = await said(browser, {}, "/silences/propose", ENTITLED)
        page = await seen(browser, {}, "/alerts")

    assert (taken[:2], refused[0]) == ((303, "/"), 409)
    assert "two people have to agree" in page
    assert heard(alerting).silences == {}


async def test_where_foureyes_does_not_run_pages_say_so(office: Office, tmp_path: Path) -> None:
    """A console over an archive alone knows nothing of alerts, and takes no word."""
    for alerting in (None, StoredAlerting(tmp_path / "nowhere")):
        async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
            page = await seen(browser, ANN, "/alerts")
            answer = await said(browser, ANN, "/acknowledge", {"finding": "f"})

        assert "foureyes does not run where this console is" in page
        assert answer[0] == web.HTTPServiceUnavailable.status_code


async def test_nobody_is_led_away_by_a_form(office: Office, alerting: StoredAlerting) -> None:
    """Where a form says to go back to is on this console."""
    form = {"finding": "f", "back": "https://evil.example/"}
    async with console_over(office, sign_in=by_name, alerting=alerting) as browser:
        answer = await said(browser, ANN, "/acknowledge", form)

    assert answer[:2] == (303, "/")
