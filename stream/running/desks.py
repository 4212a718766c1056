"""A Faust worker for each destination, kept running in a process of its own."""

import asyncio
import os
import sys

from stream.canary.sighting import OnSighting, read_sighting
from stream.desk.courier import OnResult, Result
from stream.log import logger

LOG = logger(__name__)

RETRY_SECONDS = 5.0
"""How long after the end of a desk's process the next one is started."""


async def keep_desk(name: str, on_result: OnResult, on_sighting: OnSighting) -> None:
    """Run a destination's worker until cancelled; start it again whenever it ends.

    What becomes of each delivery comes back through a pipe, a word a line, and so does each canary
    that came, as its row: the numbers of this process are the ones that are scraped.
    """
    while True:
        code = await _run(name, on_result, on_sighting)
        LOG.error("desk ended", destination=name, code=code, retry_seconds=RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


async def _run(name: str, on_result: OnResult, on_sighting: OnSighting) -> int:
    results, told = os.pipe()
    words = ("--destination", name, "--results-to", str(told))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stream.desk.faust_app", *words, pass_fds=(told,)
    )
    os.close(told)
    hearing = asyncio.create_task(_hear(results, name, on_result, on_sighting))
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    finally:
        await hearing


async def _hear(results: int, name: str, on_result: OnResult, on_sighting: OnSighting) -> None:
    """Pass on every result and sighting until the worker has closed its end."""
    reader = asyncio.StreamReader()
    with os.fdopen(results, "rb") as pipe:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        async for line in reader:
            if len(line.split()) > 1:
                on_sighting(name, read_sighting(line.strip()))
            else:
                on_result(name, Result(line.decode().strip()))
        transport.close()
