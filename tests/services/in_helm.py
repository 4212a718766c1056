"""Helm's own engine over our chart, run by the Python of .venv-tools: a question in, an answer out.

On standard input `{"chart": PATH, "values": {…}}`; on standard output `{"manifests": {path: text},
"lint": […]}` or `{"refused": why}`, as JSON.
"""

import importlib
import json
import sys
from typing import Any

RELEASE, NAMESPACE = "acme", "governance"


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Render and lint; or say why Helm refuses."""
    # Not among the packages of .venv, where this file is type-checked.
    helm = importlib.import_module("helm_python")
    chart, values = question["chart"], question["values"]
    try:
        with helm.Chart.load(chart) as loaded:
            loaded.validate_schema(values)
            manifests = loaded.render(values, name=RELEASE, namespace=NAMESPACE)
        report = helm.lint(chart, values, strict=True)
    except helm.HelmError as error:
        return {"refused": str(error)}
    return {"manifests": manifests, "lint": report["messages"], "errors": report["errors"]}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
