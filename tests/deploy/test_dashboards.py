"""Grafana's dashboards are the code's, ask for what exists, and explain themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.dashboards import BOARDS, Board, Panel, files
from tests.deploy.names import DEPLOY, that_exist, used_in

PANELS = [pytest.param(panel, id=panel.title) for board in BOARDS for panel in board.panels]
COLUMNS = 24


def test_the_files_are_what_the_code_says() -> None:
    """`make dashboards` was run, and no dashboard lies there that the code does not know."""
    assert {path: path.read_text() for path in (DEPLOY / "grafana").glob("*.json")} == dict(files())


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_asks_for_series_that_exist(panel: Panel) -> None:
    """A metric that is renamed takes its panels along, or this fails."""
    used = used_in(panel.query)

    assert used
    assert used - that_exist() == set()


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_says_in_a_sentence_what_it_shows(panel: Panel) -> None:
    """It begins with a capital, ends with a full stop and is more than the title again."""
    words = panel.sentence.split()

    assert panel.sentence[0].isupper()
    assert panel.sentence.endswith(".")
    assert len(words) >= 7


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_no_panel_covers_another(board: Board) -> None:
    """Each has its place on Grafana's grid."""
    taken: set[tuple[int, int]] = set()
    for x, y, width, height in places(board):
        squares = {(x + column, y + row) for column in range(width) for row in range(height)}
        assert x + width <= COLUMNS
        assert squares.isdisjoint(taken)
        taken |= squares


def places(board: Board) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, width and height of each panel, in squares."""
    document: dict[str, Any] = json.loads(file_of(board).read_text())
    for panel in document["panels"]:
        place = panel["gridPos"]
        yield place["x"], place["y"], place["w"], place["h"]


def file_of(board: Board) -> Path:
    """Where a dashboard lies."""
    return DEPLOY / "grafana" / f"{board.name}.json"
