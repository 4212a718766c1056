"""Who is let in, to what, from where; every view of people's data is written down first."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from stream.console.app import PAGES
from stream.console.view_log import UnrecordedViewError, ViewLog
from stream.console.viewers import Admission, Role
from tests.console.staged import Browser, console_over, enter, views_in
from tests.exports.office import Office


async def form_key(browser: Browser) -> str:
    """What a page of ours puts into its forms."""
    async with browser.get("/rules") as answer:
        found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
    assert found
    return found[1]


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)
async def test_nobody_sees_anything_who_has_not_signed_in(office: Office, route: object) -> None:
    """Each page by itself, so that a new one can not be forgotten."""
    path = getattr(route, "path", "").replace("{rule}", "APR-001")
    async with (
        console_over(office) as browser,
        browser.request(getattr(route, "method", ""), path, allow_redirects=False) as answer,
    ):
        text = await answer.text()

    assert answer.status == web.HTTPUnauthorized.status_code
    assert "acme" not in text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_link_of_an_earlier_start_lets_nobody_in(office: Office) -> None:
    """Only the key that this process made opens it."""
    async with console_over(office) as browser, browser.get("/enter?key=another") as answer:
        assert answer.status == web.HTTPForbidden.status_code


async def test_the_cookie_can_not_be_read_by_scripts_nor_sent_by_other_sites(
    office: Office,
) -> None:
    """And over TLS it is for this host alone."""
    async with console_over(office) as browser:
        await enter(browser)
        plain = next(iter(browser.session.cookie_jar))
    async with (
        console_over(office, is_secure=True) as browser,
        browser.get("/enter?key=a-key-for-tests", allow_redirects=False) as answer,
    ):
        secure = answer.headers["Set-Cookie"]

    assert (plain["httponly"], plain["samesite"], plain["path"]) == (True, "Lax", "/")
    assert secure.startswith("__Host-foureyes=")
    assert "Secure" in secure
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("csrf", ["", "x", None])
async def test_a_form_that_is_not_ours_is_refused(office: Office, csrf: str | None) -> None:
    """Another site can send one with the reader's cookie; it can not know what is in ours."""
    form = {"name": "REQ-0-4"} if csrf is None else {"name": "REQ-0-4", "csrf": csrf}
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.post("/export", data=form) as answer:
            assert answer.status == web.HTTPForbidden.status_code
        form["csrf"] = await form_key(browser)
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with browser.post("/export", data=form, headers=headers) as answer:
            assert answer.status == web.HTTPForbidden.status_code


async def test_a_reader_may_look_and_not_take_away(office: Office) -> None:
    """The attempt is written down as well as a view would be."""
    async with console_over(office, role=Role.READER) as browser:
        await enter(browser)
        form = {"name": "REQ-0-4", "csrf": await form_key(browser)}
        async with browser.post("/export", data=form) as answer:
            assert answer.status == web.HTTPForbidden.status_code
        async with browser.get("/case?name=REQ-0-4") as answer:
            text = await answer.text()

    assert "An analyst can export it" in text
    assert [(each["page"], each["status"]) for each in views_in(office)[-2:]] == [
        ("/export", 403),
        ("/case", 200),
    ]


async def test_who_has_signed_out_is_out(office: Office) -> None:
    """The session is gone here, not only in the browser."""
    async with console_over(office) as browser:
        await enter(browser)
        cookie = next(iter(browser.session.cookie_jar))
        async with browser.post("/sign-out", data={"csrf": await form_key(browser)}) as answer:
            assert answer.status == 200
        headers = {"Cookie": f"{cookie.key}={cookie.value}"}
        async with browser.get("/rules", headers=headers) as answer:
            assert answer.status == web.HTTPUnauthorized.status_code


async def test_a_name_that_somebody_else_points_at_us_is_not_answered(office: Office) -> None:
    """A page elsewhere may have its own name lead to 127.0.0.1."""
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.get("/findings", headers={"Host": "evil.example"}) as answer:
            assert answer.status == web.HTTPMisdirectedRequest.status_code


async def test_every_view_of_a_person_is_written_down_before_it_is_shown(office: Office) -> None:
    """Who, when, what was asked for, what became of it; pages that name nobody are not."""
    async with console_over(office) as browser:
        await enter(browser)
        before = len(views_in(office))
        for address in ("/person?name=P-1", "/rules", "/findings?rule=APR-001"):
            async with browser.get(address) as answer:
                assert answer.status == 200

    told = [(each["viewer"], each["page"], each["asked"]) for each in views_in(office)[before:]]
    assert told == [
        ("whoever has the link", "/person", {"name": "P-1"}),
        ("whoever has the link", "/findings", {"rule": "APR-001"}),
    ]


async def test_what_can_not_be_written_down_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full shows nobody to anybody."""

    def full(_self: ViewLog, _line: bytes) -> None:
        raise UnrecordedViewError(path=Path("views.jsonl"), reason="No space left on device")

    monkeypatch.setattr(ViewLog, "_append", full)
    async with console_over(office) as browser:
        await enter(browser)
        async with browser.get("/case?name=REQ-0-4") as answer:
            text = await answer.text()

    assert answer.status == web.HTTPServiceUnavailable.status_code
    assert "Quarter end" not in text


def test_a_view_log_is_for_its_owner_only_and_only_grows(tmp_path: Path) -> None:
    """It is opened again at the next start, and goes on."""
    path = tmp_path / "new" / "views.jsonl"
    path.parent.mkdir()
    path.write_text("before\n")
    ViewLog(path).close()

    assert path.read_text() == "before\n"
    with pytest.raises(UnrecordedViewError, match="can not be written down"):
        ViewLog(tmp_path)
    other = tmp_path / "other.jsonl"
    ViewLog(other).close()
    assert other.stat().st_mode & 0o777 == 0o600


def test_people_are_admitted_by_their_own_name_or_a_groups() -> None:
    """Who is named as an analyst is one; where readers are named, nobody else looks."""
    admission = Admission(readers=frozenset({"audit"}), analysts=frozenset({"soc", "ann"}))

    told = [
        admission.role_of(name, groups)
        for name, groups in (("ann", ()), ("bo", ("soc",)), ("cy", ("audit",)), ("dee", ("hr",)))
    ]
    assert told == [Role.ANALYST, Role.ANALYST, Role.READER, None]
    assert Admission().role_of("dee", ()) is Role.READER
