"""What each page shows of a small company, asked as a browser asks."""

import io
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest

from rules.catalog import CATALOG
from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from tests.archive.forgotten import REASON, forgetful
from tests.console.staged import Browser, console_over, enter, views_in
from tests.exports.office import Office

PLACES = (
    "/",
    "/findings",
    "/findings?state=all&severity=high&rule=APR-001&person=ann&from=2026-11-01&until=2026-11-30",
    "/case?name=REQ-0-4",
    "/workflow?id=wf-1",
    "/person?name=P-1",
    "/sources",
    "/rules",
    "/rules/APR-001",
)


async def shown(browser: Browser, address: str, status: int = 200) -> str:
    """The text of a page, without its tags."""
    async with browser.get(address) as answer:
        text = await answer.text()
        assert answer.status == status, text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@pytest.mark.parametrize("address", PLACES)
async def test_every_page_is_there_and_nothing_of_it_runs_inline(
    office: Office, address: str
) -> None:
    """The policy that the browser keeps forbids it: a page that relied on it would be broken."""
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.get(address) as answer:
            text = await answer.text()

    assert answer.status == 200
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)


async def test_filters_in_the_address_choose_the_findings(office: Office) -> None:
    """The address can be sent to a colleague, who sees the same."""
    async with console_over(office) as browser:
        await enter(browser)
        own = await shown(browser, "/findings?rule=APR-001")
        all_of_them = await shown(browser, "/findings?state=all")
        withdrawn = await shown(browser, "/findings?state=withdrawn")
        nobody = await shown(browser, "/findings?person=nobody")

    assert "Approved own request" in own
    assert "ann approved their own request" in own
    assert "REQ-0-4" in all_of_them
    assert "withdrawn" in withdrawn
    assert "Nothing on record is called for by these filters" in nobody


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/findings?severity=bad", "expected one of"),
        ("/findings?state=gone", "expected one of"),
        ("/findings?from=yesterday", "a day, YYYY-MM-DD"),
        ("/findings?after=1", "a place in a list"),
        ("/case", "1 to 1,024 characters"),
        (f"/findings?person={'x' * 2000}", "1,024 characters at most"),
    ],
)
async def test_an_address_that_asks_for_nothing_is_told_what_was_expected(
    office: Office, address: str, words: str
) -> None:
    """In a sentence, and with the status that says whose mistake it is."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, address, 400)

    assert words in told


@pytest.mark.parametrize(
    "address", ["/case?name=REQ-none", "/workflow?id=wf-none", "/person?name=none", "/rules/X-1"]
)
async def test_what_is_not_on_record_is_told_to_be_so(office: Office, address: str) -> None:
    """Not an empty page that looks as if there were nothing to say."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, address, 404)

    assert "This can not be shown" in told


async def test_a_case_is_told_step_by_step_with_its_findings_and_its_proof(office: Office) -> None:
    """Who, what, on what grounds, by which evidence; what is wrong; that it is all in place."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/case?name=REQ-0-4")

    assert "1 requested by ann" in told
    assert "2 approved by ann" in told
    assert "ticket CHG-1234" in told
    assert 'On record at that moment: the reason "Quarter end close" (step 1)' in told
    assert "Approved own request APR-001" in told
    assert "Next step" in told
    assert re.search(r"(Each of the \d+ entries is in its place|entries are in their places)", told)
    assert "signed by acme" in told
    assert "cosigned by witness.example" in told
    assert "comes out as it is recorded" in told


async def test_a_withdrawn_finding_keeps_its_history_on_the_page(office: Office) -> None:
    """Late evidence took it back: the page says so, and why."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/case?name=REQ-0-5")

    assert re.search(r"History: [23] changes opened .* withdrawn \S+ \S+ because ", told)


async def test_one_field_finds_cases_links_events_people_and_workflows(office: Office) -> None:
    """Whatever somebody has at hand leads to the page about it."""
    wanted = {
        "REQ-0-3": "/case?name=REQ-0-3",
        "execution:0-3": "/case?name=REQ-0-3&tenant=acme",
        "REQ-0-3-1": "/case?name=REQ-0-3&tenant=acme",
        "P-1": "/person?name=P-1",
        "bo": "/person?name=bo",
        "wf-1": "/workflow?id=wf-1",
    }
    async with console_over(office) as browser:
        await enter(browser)
        found = {}
        for name in wanted:
            async with browser.get("/find", params={"name": name}, allow_redirects=False) as answer:
                found[name] = answer.headers.get("Location")
        near = await shown(browser, "/find?name=REQ", 404)

    assert found == wanted
    assert "Cases that come near" in near


async def test_a_workflow_is_reviewed_from_its_cases(office: Office) -> None:
    """The questions of `foureyes review`, each with an answer and the cases that say so."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/workflow?id=wf-0")

    assert "Does it look at risk, or is the route static?" in told
    assert "To do:" in told
    assert "REQ-0-4" in told


async def test_a_person_is_shown_with_accounts_decisions_and_findings(office: Office) -> None:
    """By the person's id as by an account."""
    async with console_over(office) as browser:
        await enter(browser)
        person = await shown(browser, "/person?name=P-1")
        account = await shown(browser, "/person?name=ann")

    for told in (person, account):
        assert "iga ann P-1" in told
        assert "ann approved the request" in told
    assert "Approved own request" in account


async def test_sources_are_told_with_all_that_they_offered(office: Office) -> None:
    """What was offered is what was recorded, repeated or refused."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/sources")

    found = re.search(r"iga 2026-\S+ \S+ .*? (\d+) (\d+) (\d+) (\d+) shape", told)
    assert found
    offered, recorded, repeats, refused = map(int, found.groups())
    assert offered == recorded + repeats + refused


async def test_the_catalogue_lists_every_rule_in_force(office: Office) -> None:
    """With its purpose, and how many of its findings stand."""
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/rules")
        one = await shown(browser, f"/rules/{CATALOG[0].id}")

    assert [rule.id for rule in CATALOG if rule.title not in told] == []
    assert CATALOG[0].next_step in one


async def test_an_analyst_exports_a_case_that_can_be_verified(office: Office) -> None:
    """The button hands over the same file that `foureyes export` writes."""
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.get("/case?name=REQ-0-4") as answer:
            csrf = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
        assert csrf
        form = {"csrf": csrf[1], "name": "REQ-0-4", "tenant": ""}
        async with browser.post("/export", data=form) as answer:
            body = await answer.read()

    assert answer.headers["Content-Disposition"] == 'attachment; filename="case.zip"'
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        assert "REQ-0-4" in file.read("cases.csv").decode()


async def test_what_a_source_tells_is_shown_and_never_run(office: Office) -> None:
    """A name that is markup is text on the page."""
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.get("/find", params={"name": "<script>alert(1)</script>"}) as answer:
            text = await answer.text()

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


async def test_a_case_is_shown_by_each_name_that_it_ever_had(office: Office) -> None:
    """What was found under its former name is there too; views tell the name that it has."""
    async with console_over(office) as browser:
        await enter(browser)
        former, link, own = [
            await shown(browser, f"/case?name={name}")
            for name in ("REQ-0-14", "REQ-0-14-1", "REQ-0-12")
        ]

    assert former == link == own
    assert "It turned out to be the same case as REQ-0-14" in own
    assert "case REQ-0-14 is the same case as REQ-0-12: a record carries both" in own
    assert views_in(office)[-1]["asked"] == {"name": "REQ-0-12"}


async def test_a_case_in_which_somebody_was_forgotten_tells_what_is_left(tmp_path: Path) -> None:
    """By whose word, why, and which verdict stands; that it was looked at is written down."""
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(forgetful().trail)
    office = Office(engine, tmp_path)
    async with console_over(office) as browser:
        await enter(browser)
        told = await shown(browser, "/case?name=REQ-0-3", 410)
        rest = await shown(browser, "/findings?state=all")
        nobody = await shown(browser, "/person?name=cy", 404)
    engine.dispose()

    assert REASON in told
    assert "The verdict on record is" in told
    assert views_in(office)[0]["status"] == 410
    assert " cy " not in rest
    assert "cy" in nobody
