"""One broker for all tests in this folder, and the mark that keeps them out of a quick run."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker

# The first test of a run may have to wait for Maven.
SECONDS_MAX = 600


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder is a Kafka test and may take longer than others."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.kafka)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SECONDS_MAX))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The broker that all tests share. Who wants to kill one starts a `Broker(tmp_path)`."""
    with Broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """For the names of topics and groups on the shared broker: no other test has the same."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name)[:80]
    return f"{name}-{uuid.uuid4().hex[:8]}-"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone: the topics have the names they have in earnest."""
    with Broker(tmp_path / "broker") as running_broker:
        yield running_broker
