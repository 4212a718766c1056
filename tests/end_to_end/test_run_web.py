"""`foureyes run` with a console: beside everything else, and alone over what others write."""

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.benchmarks.events import raw_events
from tests.programs import FINDINGS_SECONDS_MAX, post, running, wait_until


def link_in(log: Path) -> str:
    """The link that a run told last."""
    told = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return str([each["url"] for each in told if each["event"] == "console"][-1])


def page_behind(link: str, path: str) -> str:
    """What somebody who has the link sees of a page."""
    jar = urllib.request.HTTPCookieProcessor(CookieJar())
    browser = urllib.request.build_opener(jar)
    browser.open(link, timeout=10).close()
    root = link.partition("/enter")[0]
    with browser.open(f"{root}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_console_shows_what_is_judged_meanwhile_and_afterwards(tmp_path: Path) -> None:
    """Findings appear while the run goes on; a console of its own shows them when it has ended."""
    data, log = tmp_path / "data", tmp_path / "run.log"
    settings = {"FOUREYES_DATA": str(data), "FOUREYES_WEB_PORT": "0", "FOUREYES_FINDINGS": "none"}
    with running(settings, log) as run:
        post(run.url, raw_events(40))
        link = link_in(log)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{link.partition('/enter')[0]}/findings", timeout=10)  # noqa: S310
        wait_until(
            lambda: "Approved own request" in page_behind(link, "/findings"),
            FINDINGS_SECONDS_MAX,
            log,
        )
    with running(settings, tmp_path / "web.log", "web"):
        link = link_in(tmp_path / "web.log")
        overview = page_behind(link, "/")

    assert "Findings that stand" in overview
    views = [json.loads(line) for line in (data / "views.jsonl").read_text().splitlines()]
    assert {each["page"] for each in views} == {"/findings"}
