"""The compose file and what it mounts fit the program: settings, roles and files that exist."""

import re
from typing import Any

import pytest
import yaml

from stream.environment import variable
from stream.running.roles import WORDS
from stream.settings import Settings
from tests.deploy.names import DEPLOY

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, each in SERVICES.items() if each["image"] == "foureyes:local")
KNOWN = {variable(field) for field in Settings.model_fields}


@pytest.mark.parametrize("name", OURS)
def test_each_setting_is_one_that_foureyes_knows(name: str) -> None:
    """A misspelt one would be refused at the start, in a container that nobody looks at."""
    told = SERVICES[name]["environment"]
    settings = {each: each.removesuffix("_FILE") for each in told if each.startswith("FOUREYES_")}

    assert settings
    assert set(settings.values()) - KNOWN == set()


def test_the_services_together_do_all_that_there_is_to_do() -> None:
    """Every role has a process, and one only."""
    asked = [role for name in OURS for role in SERVICES[name]["command"][1:]]

    assert [SERVICES[name]["command"][0] for name in OURS] == ["run"] * len(OURS)
    assert sorted(set(asked)) == sorted(set(asked) & set(WORDS))
    assert {"receive", "intake", "linker", "judge", "desk", "archive"} <= set(asked)
    assert len(asked) == len(set(asked))


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
    """By the job name that the alerts look for."""
    told = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = told["scrape_configs"]
    targets = [each for config in job["static_configs"] for each in config["targets"]]

    assert job["job_name"] == "foureyes"
    assert sorted(targets) == [f"{name}:8787" for name in OURS]


def test_the_image_is_built_from_locked_packages_and_is_nobody_special() -> None:
    """Hashes for every package, and a user with no name on any other machine."""
    lines = (DEPLOY / "Dockerfile").read_text()
    installs = re.findall(r"pip install (?!.*--no-deps)[^&\n]+", lines)

    assert installs
    assert all("--require-hashes" in each for each in installs)
    assert re.search(r"(?m)^USER 10001$", lines)
