"""What the machines that watch a process are told about it."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_metrics

from stream.metric_labels import Outcome
from tests.web.client import ask
from tests.web.serving import serving


async def test_alive_is_whoever_can_answer() -> None:
    """Also while it is not ready: a restart would not help."""
    async with serving(readiness=lambda: ["judge 3 is being restored"]) as running:
        answer = await ask(running.port, "GET", "/healthz")

    assert (answer.status, answer.told) == (200, {"alive": True})


async def test_ready_says_nothing_stands_in_the_way() -> None:
    """200, and no reasons."""
    async with serving() as running:
        answer = await ask(running.port, "GET", "/readyz")

    assert (answer.status, answer.told) == (200, {"ready": True, "reasons": [], "notices": []})


async def test_not_ready_says_all_that_stands_in_the_way() -> None:
    """503 until the last reason is gone."""
    reasons = ["judge 3 is being restored", "judge 4 halted at 812: the head does not match"]
    async with serving(readiness=lambda: list(reasons)) as running:
        before = await ask(running.port, "GET", "/readyz")
        reasons.clear()
        after = await ask(running.port, "GET", "/readyz")

    assert before.status == 503
    assert before.told == {
        "ready": False,
        "reasons": ["judge 3 is being restored", "judge 4 halted at 812: the head does not match"],
        "notices": [],
    }
    assert after.status == 200


async def test_the_numbers_are_readable_in_both_formats() -> None:
    """Prometheus asks for OpenMetrics; a person with curl gets the plain form."""
    name = "foureyes_events"
    wanted = "application/openmetrics-text; version=1.0.0"
    async with serving() as running:
        running.metrics.events("local", Outcome.RECORDED, 3)
        plain = await ask(running.port, "GET", "/metrics")
        modern = await ask(running.port, "GET", "/metrics", Accept=wanted)

    assert plain.headers["content-type"].startswith("text/plain")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    for read, page in ((text_metrics, plain), (open_metrics, modern)):
        (events,) = (family for family in read(page.body.decode()) if family.name == name)
        counted = {each.labels["outcome"]: each.value for each in events.samples if each.value}
        assert counted == {"recorded": 3}


async def test_the_front_page_lists_what_is_here() -> None:
    """For a person who has only the address."""
    async with serving() as running:
        answer = await ask(running.port, "GET", "/")

    page = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for path in ("/metrics", "/healthz", "/readyz", "/in/&lt;source&gt;"):
        assert path in page


async def test_what_is_not_here_is_said_in_json() -> None:
    """Like every other refusal."""
    async with serving() as running:
        nowhere = await ask(running.port, "GET", "/nowhere")
        method = await ask(running.port, "DELETE", "/metrics")

    assert (nowhere.status, nowhere.told) == (404, {"error": "GET /nowhere: Not Found; see /"})
    assert (method.status, method.headers["allow"]) == (405, "GET,HEAD")
