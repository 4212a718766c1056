"""The Helm chart as Helm renders it, and the tools that say what is wrong with it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.names import DEPLOY

CHART = DEPLOY / "helm" / "foureyes"
TOOLS = DEPLOY.parent / ".venv-tools" / "bin"
SECONDS_MAX = 60
INFO = 1
"""Helm's word for a hint, such as a chart without an icon."""


class RefusedByHelmError(AssertionError):
    """Helm does not render the chart with these answers; the text says why."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Helm would hand to Kubernetes, and what its linter has against the chart."""

    documents: list[dict[str, Any]]
    complaints: list[str]
    notes: str

    def of_kind(self, *kinds: str) -> dict[str, dict[str, Any]]:
        """The documents of some kinds, by name."""
        return {d["metadata"]["name"]: d for d in self.documents if d["kind"] in kinds}


def tool(name: str) -> str:
    """Where a tool of `make tools` is; in CI it has to be there."""
    found = TOOLS / name
    if not found.exists():
        missing = f"{name} is not in {TOOLS}: make tools (Linux on x86_64)"
        if os.environ.get("CI") == "true":
            raise AssertionError(missing)
        pytest.skip(missing)
    return str(found)


def render(values: Mapping[str, Any], chart: Path = CHART) -> Rendered:
    """Render the chart with some answers. Raises RefusedByHelmError."""
    tool("hadolint")  # there where Helm's engine is: both exist for one kind of machine only
    asked = json.dumps({"chart": str(chart), "values": values})
    script = Path(__file__).parent / "in_helm.py"
    told = json.loads(run(tool("python"), str(script), given=asked).stdout)
    if "refused" in told:
        raise RefusedByHelmError(told["refused"])
    manifests: dict[str, str] = told["manifests"]
    documents = [d for text in without_notes(manifests) for d in yaml.safe_load_all(text) if d]
    complaints = [each["error"] for each in told["lint"] if each["severity"] > INFO]
    notes = next(text for path, text in manifests.items() if path.endswith("NOTES.txt"))
    return Rendered(documents, [*told["errors"], *complaints], notes)


def without_notes(manifests: Mapping[str, str]) -> list[str]:
    """The texts that are for Kubernetes, and not for whoever installs."""
    return [text for path, text in manifests.items() if not path.endswith("NOTES.txt")]


def run(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """One tool, to its end."""
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )
