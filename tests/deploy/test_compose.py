"""The compose file and what it mounts fit the program: settings, roles and files that exist."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.commands import witness
from stream.desk.routes_file import load_routes
from stream.running.roles import WORDS
from stream.settings import Settings
from tests.deploy.names import DEPLOY

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, each in SERVICES.items() if each["image"] == "foureyes:local")
RUNNING = [name for name in OURS if name != "witness"]
SECRETS = {
    "http_secret": "sixteen-bytes-or-more",
    "canary_secret": "sixteen-bytes-or-more",
    "archive_url": "postgresql://foureyes:x@postgres/foureyes",
}
ANSWERS = {
    "FOUREYES_WEB_URL": "https://foureyes.example",
    "FOUREYES_WEB_OIDC_ISSUER": "https://login.example",
    "FOUREYES_WEB_OIDC_CLIENT": "foureyes",
    "FOUREYES_WEB_ANALYSTS": "soc",
}
"""What only whoever starts the console can know."""


def here(value: str, secrets: Path) -> str:
    """A variable as Compose would hand it over, with secrets where the test has them."""
    asked = re.fullmatch(r"\$\{(\w+):-\}", value)
    return ANSWERS[asked[1]] if asked else value.replace("/run/secrets", str(secrets))


@pytest.mark.parametrize("name", RUNNING)
def test_its_settings_are_understood_by_the_program(name: str, tmp_path: Path) -> None:
    """Secrets in files included: a misspelt one would be refused where nobody looks."""
    for secret, text in SECRETS.items():
        (tmp_path / secret).write_text(text)
    told = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    settings = Settings.load({key: here(value, tmp_path) for key, value in told.items()})

    assert settings.kafka_bootstrap == "kafka:9092"


def test_the_desk_tells_by_the_routes_that_are_mounted() -> None:
    """Which fit the destinations that it has; and intake and desk share the canary's secret."""
    mounted = dict(each.split(":")[1::-1] for each in SERVICES["desk"]["volumes"])
    routes = DEPLOY / mounted[SERVICES["desk"]["environment"]["FOUREYES_ALERTS"]]

    assert len(load_routes(routes, ("alertmanager",)).route) == 2
    assert [name for name in RUNNING if "canary_secret" in SERVICES[name]["secrets"]] == [
        "desk", "intake"
    ]  # fmt: skip


def test_the_services_together_do_all_that_there_is_to_do() -> None:
    """Every role has a process, and one only."""
    asked = [role for name in RUNNING for role in SERVICES[name]["command"][1:]]

    assert [SERVICES[name]["command"][0] for name in RUNNING] == ["run"] * len(RUNNING)
    assert sorted(asked) == sorted(WORDS)


def test_the_witness_is_asked_in_words_that_it_knows() -> None:
    """By the parser that the program itself uses; its log is whoever starts it to name."""
    parser = argparse.ArgumentParser()
    witness.add_arguments(parser)
    verb, *words = SERVICES["witness"]["command"]
    asked = parser.parse_args(words)

    assert (verb, asked.port, asked.log) == ("witness", 8787, ["${FOUREYES_LOG_KEY:-}"])


@pytest.mark.parametrize("name", OURS)
def test_no_process_of_ours_may_more_than_it_needs(name: str) -> None:
    """Nothing to write to but its data, no capability, no way to more rights, a limit of each."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}


def test_images_of_others_have_a_version_and_ports_are_local() -> None:
    """No `latest`, and nothing that another machine could reach."""
    for name, service in SERVICES.items():
        assert re.fullmatch(r"[\w./-]+:v?[\w.-]*\d[\w.-]*|foureyes:local", service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_what_is_mounted_is_there() -> None:
    """Each file and folder of ours that a container is shown."""
    mounts = (m for each in SERVICES.values() for m in each.get("volumes", ()) if m[0] == ".")

    assert [m for m in mounts if not (DEPLOY / m.partition(":")[0]).exists()] == []


def test_prometheus_scrapes_every_process_of_ours() -> None:
    """By the job name that the alerts look for; one of a profile only where it is."""
    told = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = told["scrape_configs"]
    targets = [each for config in job["static_configs"] for each in config["targets"]]

    assert job["job_name"] == "foureyes"
    (looked_up,) = job["dns_sd_configs"]
    optional = [name for name in OURS if "profiles" in SERVICES[name]]

    assert sorted(targets) == [f"{name}:8787" for name in OURS if name not in optional]
    assert (looked_up["names"], looked_up["port"]) == (optional, 8787)


def test_the_image_is_built_from_locked_packages_and_is_nobody_special() -> None:
    """Hashes for every package, and a user with no name on any other machine."""
    lines = (DEPLOY / "Dockerfile").read_text()
    installs = re.findall(r"pip install (?!.*--no-deps)[^&\n]+", lines)

    assert installs
    assert all("--require-hashes" in each for each in installs)
    assert re.search(r"(?m)^USER 10001$", lines)
