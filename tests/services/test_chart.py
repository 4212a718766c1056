"""The Helm chart, rendered by Helm's engine: valid for Kubernetes, and fit for the program."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.commands import witness
from stream.running.roles import ARCHIVE, DESK, INTAKE, JUDGE, LINKER, PATTERNS, PULL, WORDS
from stream.settings import Settings
from tests.deploy.names import DEPLOY, RULES
from tests.services.charts import RefusedByHelmError, Rendered, render, run, tool
from tests.services.services import promtool

OLDEST_AND_NEWEST = ("1.27", "1.37")
OURS_ONLY = {"ServiceMonitor", "PrometheusRule"}
"""Kinds of the Prometheus operator, of which Kubernetes has no schema."""

ANSWERS: dict[str, Any] = {
    "settings": {"FOUREYES_KAFKA_BOOTSTRAP": "kafka:9092", "FOUREYES_POLICY": "as the chart says"},
    "policy": '[policy]\nversion = "1"\nowner = "team-iam"\n',
    "alerts": (DEPLOY / "alerts.toml").read_text(),
    "files": {"people.csv": "account,person\n"},
    "workloads": {
        "archive": {"settings": {"FOUREYES_ARCHIVE_NAME": "acme.example"}},
        "pull": {"enabled": True},
        "web": {
            "enabled": True,
            "settings": {
                "FOUREYES_WEB_URL": "https://foureyes.acme.example",
                "FOUREYES_WEB_OIDC_ISSUER": "https://login.acme.example",
                "FOUREYES_WEB_OIDC_CLIENT": "foureyes",
            },
        },
    },
    "witness": {"enabled": True, "name": "witness.example", "logs": ["acme.example/0+1+AAAA"]},
    "serviceMonitor": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "dashboards": {"enabled": True},
}
"""Everything that can be switched on."""
WITHOUT_ITS_ADDRESS = {"archive": ANSWERS["workloads"]["archive"], "web": {"enabled": True}}


@pytest.fixture(scope="module")
def chart() -> Rendered:
    """The chart with everything that it has."""
    return render(ANSWERS)


def pods(chart: Rendered) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each workload's name, pod and only container."""
    for name, each in chart.of_kind("Deployment", "StatefulSet").items():
        pod = each["spec"]["template"]
        (container,) = pod["spec"]["containers"]
        yield name.removeprefix("acme-foureyes-"), pod, container


def test_helm_has_nothing_against_it(chart: Rendered) -> None:
    """Its linter, strict: neither an error nor a warning."""
    assert chart.complaints == []
    assert "acme-foureyes-receive" in chart.notes


@pytest.mark.parametrize("version", OLDEST_AND_NEWEST)
def test_kubernetes_schemas_accept_every_document(
    chart: Rendered, version: str, tmp_path: Path
) -> None:
    """Strict: no unknown field, in the oldest version that is allowed and in a new one."""
    file = tmp_path / "rendered.yaml"
    theirs = [each for each in chart.documents if each["kind"] not in OURS_ONLY]
    file.write_text(yaml.safe_dump_all(theirs))
    done = run(tool("kubernetes-validate"), "--strict", "-k", version, str(file))

    assert len(theirs) > 30
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_role_has_one_workload(chart: Rendered) -> None:
    """What `foureyes run` can be asked for, each once; and the witness."""
    asked = {name: c["args"] for name, _, c in pods(chart) if name != "witness"}

    assert sorted(role for args in asked.values() for role in args[1:]) == sorted(WORDS)
    assert {args[0] for args in asked.values()} == {"run"}


def test_the_witness_is_asked_in_words_that_it_knows(chart: Rendered) -> None:
    """By the parser that the program itself uses."""
    parser = argparse.ArgumentParser()
    witness.add_arguments(parser)
    (args,) = (c["args"] for name, _, c in pods(chart) if name == "witness")
    asked = parser.parse_args(args[1:])

    assert (asked.name, asked.log) == ("witness.example", ["acme.example/0+1+AAAA"])
    assert (asked.host, asked.port) == ("0.0.0.0", 8788)  # noqa: S104


def test_no_pod_may_more_than_it_needs(chart: Rendered) -> None:
    """Not root, nothing to write to but /tmp and /data, no capability, a limit, no token."""
    for name, pod, container in pods(chart):
        own, whole = container["securityContext"], pod["spec"]["securityContext"]

        assert whole["runAsNonRoot"], name
        assert whole["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert own["readOnlyRootFilesystem"], name
        assert own["allowPrivilegeEscalation"] is False, name
        assert own["capabilities"] == {"drop": ["ALL"]}, name
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}, name
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
        assert writable == {"/tmp", "/data"}, name  # noqa: S108


def test_the_user_is_that_of_the_image(chart: Rendered) -> None:
    """The Dockerfile's, by number."""
    users = {pod["spec"]["securityContext"]["runAsUser"] for _, pod, _ in pods(chart)}

    assert users == {10001}
    assert "\nUSER 10001\n" in (DEPLOY / "Dockerfile").read_text()


def test_probes_ask_where_the_program_answers(chart: Rendered) -> None:
    """Alive and ready are two questions; of a witness only the first is asked."""
    for name, _, container in pods(chart):
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        asked = {
            kind: container[f"{kind}Probe"]["httpGet"]
            for kind in ("startup", "liveness", "readiness")
        }
        paths = [asked[kind]["path"] for kind in ("startup", "liveness", "readiness")]
        kept = name == "witness"

        assert {each["port"] for each in asked.values()} == {"http"}, name
        assert paths == (["/healthz"] * 3 if kept else ["/healthz", "/healthz", "/readyz"]), name
        assert ports["http"] == (8788 if kept else 8787), name


def test_services_and_disruption_budgets_find_their_pods(chart: Rendered) -> None:
    """One of each for every workload, and no selector that finds another's pods."""
    budgets, services = chart.of_kind("PodDisruptionBudget"), chart.of_kind("Service")
    labels = {name: pod["metadata"]["labels"] for name, pod, _ in pods(chart)}

    assert budgets.keys() == services.keys() == {f"acme-foureyes-{name}" for name in labels}
    for name in labels:
        for selector in (
            budgets[f"acme-foureyes-{name}"]["spec"]["selector"]["matchLabels"],
            services[f"acme-foureyes-{name}"]["spec"]["selector"],
        ):
            found = [other for other in labels if selector.items() <= labels[other].items()]
            assert found == [name]


def test_settings_are_understood_by_the_program(chart: Rendered, tmp_path: Path) -> None:
    """Each pod's environment, secrets in files included, is read by the program's own reader."""
    (tmp_path / "http_secret").write_text("sixteen-bytes-or-more")
    (tmp_path / "oidc_secret").write_text("sixteen-bytes-or-more")
    (tmp_path / "canary_secret").write_text("sixteen-bytes-or-more")
    (tmp_path / "archive_url").write_text("postgresql://foureyes:x@postgres/foureyes")
    for name, _, container in pods(chart):
        told = {each["name"]: each["value"] for each in container.get("env", ())}
        here = {k: v.replace("/run/secrets/foureyes", str(tmp_path)) for k, v in told.items()}
        settings = Settings.load(here)

        if name != "witness":
            assert settings.kafka_bootstrap == "kafka:9092"
            assert str(settings.policy) == "/etc/foureyes/policy.toml"
            assert settings.alerts == (Path("/etc/foureyes/alerts.toml") if name == DESK else None)
            assert (settings.canary_secret is not None) == (name in {INTAKE, DESK})


def test_a_pod_sees_only_the_secrets_that_it_reads(chart: Rendered) -> None:
    """As files; nothing secret is a variable."""
    shown = {}
    for name, pod, _ in pods(chart):
        volumes = {each["name"]: each for each in pod["spec"]["volumes"]}
        items = volumes.get("secrets", {"secret": {"items": []}})["secret"]["items"]
        shown[name] = [each["key"] for each in items]

    assert {name: keys for name, keys in shown.items() if keys} == {
        "receive": ["http_secret"],
        "intake": ["canary_secret"],
        "desk": ["canary_secret"],
        "archive": ["archive_url"],
        "web": ["archive_url", "oidc_secret"],
    }


def test_two_versions_of_the_rules_never_share_the_work(chart: Rendered) -> None:
    """A partition is taken over at a checkpoint; so the old ones end before the new ones begin."""
    strategies = {
        name.removeprefix("acme-foureyes-"): each["spec"]["strategy"]["type"]
        for name, each in chart.of_kind("Deployment").items()
    }

    assert {strategies[role] for role in (INTAKE, LINKER, JUDGE, PATTERNS, PULL)} == {"Recreate"}
    assert strategies["receive"] == "RollingUpdate"


def test_keys_and_the_log_of_views_outlive_their_pods(chart: Rendered) -> None:
    """And their files keep the rights that they have, or the key would be refused."""
    kept = chart.of_kind("StatefulSet")
    policies = {pod["spec"]["securityContext"]["fsGroupChangePolicy"] for _, pod, _ in pods(chart)}

    assert sorted(name.removeprefix("acme-foureyes-") for name in kept) == [
        ARCHIVE,
        "web",
        "witness",
    ]
    assert policies == {"OnRootMismatch"}


def test_the_operator_gets_the_alerts_and_the_job_they_ask_for(
    chart: Rendered, tmp_path: Path
) -> None:
    """The rules that promtool has tested, and targets under the name `foureyes`."""
    (rules,), (monitor,) = (chart.of_kind(kind).values() for kind in sorted(OURS_ONLY))
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules["spec"]))
    job = monitor["spec"]["jobLabel"]
    services = chart.of_kind("Service").values()

    assert rules["spec"] == yaml.safe_load(RULES.read_text())
    assert "SUCCESS" in promtool("check", "rules", "rules.yml", directory=tmp_path)
    assert {each["metadata"]["labels"][job] for each in services} == {"foureyes"}


def test_dashboards_come_along_as_they_are(chart: Rendered) -> None:
    """Every file that `make dashboards` writes, and nothing else of that folder."""
    told = chart.of_kind("ConfigMap")["acme-foureyes-dashboards"]["data"]

    assert told == {path.name: path.read_text() for path in (DEPLOY / "grafana").glob("*.json")}


def test_another_policy_is_another_pod() -> None:
    """It is read at the start; without the change of an annotation nobody would start again."""
    first, second = (render(ANSWERS | {"policy": text}) for text in ("a = 1\n", "a = 2\n"))

    def sums(chart: Rendered) -> set[str]:
        return {pod["metadata"]["annotations"]["checksum/files"] for _, pod, _ in pods(chart)}

    assert len(sums(first)) == 1
    assert sums(first).isdisjoint(sums(second))


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({}, "FOUREYES_KAFKA_BOOTSTRAP"),
        ({"settings": {"FOUREYES_KAFKA_BOOTSTRAP": "b:9092"}}, "FOUREYES_ARCHIVE_NAME"),
        (ANSWERS | {"workloads": WITHOUT_ITS_ADDRESS}, "FOUREYES_WEB_URL"),
        (ANSWERS | {"witness": {"enabled": True}}, "witness.name"),
        (ANSWERS | {"workload": {}}, "workload"),
        ({"settings": {"FOUREYES_BATCH_RECORDS": 1000000}}, "FOUREYES_BATCH_RECORDS"),
        ({"workloads": {"judge": {"roles": ["jugde"]}}}, "roles/0"),
        ({"workloads": {"archive": {"replicas": 2}}}, "replicas"),
        (
            {"secret": {"files": {"FOUREYES_KAFKA_PASSWORD_FILE": "kafka"}}},
            "FOUREYES_KAFKA_PASSWORD_FILE",
        ),
    ],
)
def test_an_answer_that_can_not_work_is_refused_by_name(
    answers: dict[str, Any], named: str
) -> None:
    """Before anything is installed: what is missing, misspelt or can not be."""
    with pytest.raises(RefusedByHelmError, match=named):
        render(answers)


def test_hadolint_has_nothing_against_the_dockerfile() -> None:
    """Nor the shell inside it."""
    done = run(tool("hadolint"), str(DEPLOY / "Dockerfile"))

    assert done.returncode == 0, done.stdout + done.stderr
