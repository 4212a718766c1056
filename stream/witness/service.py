"""A witness over HTTP: one address to ask, and its numbers."""

from collections import Counter

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client import Counter as Total

from stream.log import logger
from stream.running.service import stop_asked
from stream.web.server import serve
from stream.witness.witness import BODY_BYTES_MAX, CONFLICT, Answer, Refused, Witness

LOG = logger(__name__)


class Service:
    """Asks a witness, counts what it refuses, and raises the alarm where a log is not what it was.

    `alarms` counts the refusals that somebody has to look at.
    """

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self.alarms: Counter[Refused] = Counter()
        self.registry = CollectorRegistry()
        self._refusals = Total(
            "foureyes_witness_refusals_total",
            "Checkpoints that were not cosigned.",
            ("reason",),
            registry=self.registry,
        )
        for reason in Refused:
            self._refusals.labels(reason)
        self._sizes = Gauge(
            "foureyes_witness_size_entries",
            "Size of a log as it was cosigned last.",
            ("origin",),
            registry=self.registry,
        )

    def app(self) -> web.Application:
        """What it answers."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_post("/add-checkpoint", self._add)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._healthz)
        return app

    async def run(self, host: str, port: int) -> None:
        """Answer until asked to stop. Raises CannotListenError."""
        stop = stop_asked()
        served = await serve(self.app(), host, port)
        LOG.info("ready", url=f"http://{served.host}:{served.port}")
        try:
            await stop.wait()
        finally:
            await served.close()

    async def _add(self, request: web.Request) -> web.Response:
        # Short and in order: two requests about one log never cross.
        answer = self._witness.add(await request.read())
        self._count(answer)
        is_size = answer.status == CONFLICT
        return web.Response(
            status=answer.status,
            text=answer.text,
            content_type="text/x.tlog.size" if is_size else "text/plain",
        )

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self.registry), content_type="text/plain")

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    def _count(self, answer: Answer) -> None:
        if answer.refused is None:
            self._sizes.labels(answer.origin).set(self._witness.known(answer.origin).size)
            return
        self._refusals.labels(answer.refused).inc()
        if answer.refused.is_alarming:
            self.alarms[answer.refused] += 1
            LOG.error("log is not what it was", origin=answer.origin, reason=answer.refused.value)
        elif answer.refused is not Refused.STALE:
            LOG.warning("not cosigned", origin=answer.origin, reason=answer.refused.value)
