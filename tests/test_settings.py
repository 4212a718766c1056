"""Settings come from the environment, are read once, and are refused whole with every mistake."""

import re
from pathlib import Path

import pytest

from stream import settings as module
from tests.variables import SHARED, load, refusals


def test_nothing_set_is_a_machine_of_its_own() -> None:
    """The first look needs no settings: embedded, on the loopback, findings on the terminal."""
    settings = load()

    assert settings.data == Path("foureyes-data")
    assert settings.kafka_bootstrap is None
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8787)
    assert settings.findings == "stdout"
    assert settings.proof_of("okta") is None


def test_what_is_set_is_read() -> None:
    """From text, with blanks and any case where that can not be misunderstood."""
    settings = load(
        DATA="/var/lib/foureyes",
        KAFKA_BOOTSTRAP="a.example:9092, [::1]:9093",
        KAFKA_PARTITIONS=" 12 ",
        KAFKA_PROTOCOL="sasl_ssl",
        KAFKA_SASL_MECHANISM="scram-sha-512",
        KAFKA_USERNAME="foureyes",
        KAFKA_PASSWORD=SHARED,
        SOURCES="okta, hr=native",
        LOG_LEVEL="WARNING",
        HTTP_PORT="0",
    )

    assert settings.data == Path("/var/lib/foureyes")
    assert settings.kafka_bootstrap == "a.example:9092,[::1]:9093"
    assert settings.kafka_partitions == 12
    assert settings.kafka_protocol == "SASL_SSL"
    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() == SHARED
    assert settings.sources == {"okta": "okta", "hr": "native"}
    assert (settings.log_level, settings.http_port) == ("warning", 0)


def test_an_empty_variable_is_one_that_is_not_there() -> None:
    """Compose files pass on what is not set as an empty text."""
    assert load(DATA="", KAFKA_BOOTSTRAP="  ", WEBHOOK_SECRET_FILE="") == load()


def test_the_variables_of_our_tests_are_not_looked_at() -> None:
    """FOUREYES_TEST_CACHE says where the tests keep Kafka's jars."""
    assert load(TEST_CACHE="anywhere") == load()


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        (
            {"DATAA": "x"},
            (
                "DATAA: found this variable; expected a name that we know; the nearest is "
                "FOUREYES_DATA"
            ),
        ),
        (
            {"POLICY_FILE": "x"},
            (
                "POLICY_FILE: found this variable; expected a name that we know; "
                "the nearest is FOUREYES_POLICY"
            ),
        ),
        ({"data": "x"}, "data: found this variable; expected a name that we know; the nearest is "),
        ({"HTTP_SECRET_": "x"}, "HTTP_SECRET_: found this variable; expected a name that we know"),
        (
            {"HTTP_SCHEME_OF": "x"},
            "HTTP_SCHEME_OF: found 'x'; expected one of bearer, event-grid, ",
        ),
        (
            {"HTTP_PORT": "http"},
            "HTTP_PORT: found 'http'; expected a whole number from 0 to 65,535",
        ),
        ({"HTTP_PORT": "1e3"}, "HTTP_PORT: found '1e3'; expected a whole number from 0 to 65,535"),
        ({"HTTP_PORT": "-1"}, "HTTP_PORT: found '-1'; expected a whole number from 0 to 65,535"),
        (
            {"HTTP_BODY_BYTES_MAX": "2000000"},
            ("HTTP_BODY_BYTES_MAX: found '2000000'; expected a whole number from 1 to 1,000,000"),
        ),
        (
            {"KAFKA_BOOTSTRAP": "kafka"},
            "KAFKA_BOOTSTRAP: found 'kafka'; expected host:port, several",
        ),
        ({"KAFKA_PROTOCOL": "TLS"}, "KAFKA_PROTOCOL: found 'TLS'; expected one of PLAINTEXT, "),
        (
            {"ALERTMANAGER_URL": "alertmanager:9093"},
            (
                "ALERTMANAGER_URL: found 'alertmanager:9093'; "
                "expected an address that begins with https:// or http://"
            ),
        ),
        ({"SOURCES": "okta,okta=native"}, "SOURCES: found 'okta,okta=native'; expected name or "),
        (
            {"SOURCES": "okta,"},
            "SOURCES: found 'okta,'; expected name or name=connector, each once",
        ),
        (
            {"LOG_LEVEL": "debugs"},
            (
                "LOG_LEVEL: found 'debugs'; expected one of debug, error, info, "
                "warning (did you mean debug?)"
            ),
        ),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(
    variables: dict[str, str], fault: str
) -> None:
    """A variable that nobody reads is a setting that somebody believes to have made."""
    [found] = refusals(**variables)

    assert found.startswith(fault)


def test_all_mistakes_are_told_at_once() -> None:
    """A container that restarts for each one is no fun."""
    faults = refusals(DATAA="x", HTTP_PORT="x", KAFKA_PARTITIONS="0", LOG_LEVEL="loud")

    assert [fault.split(":")[0] for fault in faults] == [
        "DATAA",
        "KAFKA_PARTITIONS",
        "HTTP_PORT",
        "LOG_LEVEL",
    ]


@pytest.mark.parametrize(
    ("variables", "faults"),
    [
        (
            {"KAFKA_PROTOCOL": "SASL_SSL"},
            ["KAFKA_USERNAME: found nothing;", "KAFKA_PASSWORD: found nothing;"],
        ),
        (
            {"KAFKA_USERNAME": "u", "KAFKA_PASSWORD": "p"},
            [
                "KAFKA_PROTOCOL: found 'PLAINTEXT'; expected SASL_SSL, since FOUREYES_KAFKA_USER",
                "KAFKA_PROTOCOL: found 'PLAINTEXT'; expected SASL_SSL, since FOUREYES_KAFKA_PASS",
            ],
        ),
        ({"SOURCES": "hr=native,foureyes=native"}, ["SOURCES: found 'foureyes'; expected another"]),
        (
            {"SOURCES": "foureyes-canary=native"},
            ["SOURCES: found 'foureyes-canary'; expected another"],
        ),
        (
            {"CANARY_SECRET": "fifteen letters"},
            ["CANARY_SECRET: found a shorter text; expected at least 16"],
        ),
        (
            {"KAFKA_CA_FILE": "/ca.pem"},
            ["KAFKA_PROTOCOL: found 'PLAINTEXT'; expected SSL or SASL_SSL, since FOUREYES"],
        ),
        (
            {"KAFKA_PROTOCOL": "SSL", "KAFKA_KEY_FILE": "/key.pem"},
            ["KAFKA_KEY_FILE: found one of the two; expected a certificate and its key"],
        ),
        (
            {"WEBHOOK_URL": "https://soc.example/in"},
            ["WEBHOOK_SECRET: found nothing; expected whsec_"],
        ),
        (
            {"WEBHOOK_SECRET": "whsec_c2hvcnQ="},
            ["WEBHOOK_SECRET: found another text; expected whsec_"],
        ),
        (
            {"HTTP_SECRET": "short"},
            ["HTTP_SECRET: found a secret that can not be used; expected at "],
        ),
        (
            {"HTTP_SCHEME_OKTA": "github"},
            ["HTTP_SECRET_OKTA: found nothing; expected a secret, since"],
        ),
        (
            {"HTTP_SECRET_OKTTA": SHARED, "SOURCES": "okta"},
            ["HTTP_SECRET_OKTTA: found the name of no source; expected one of OKTA (did you mean "],
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    variables: dict[str, str], faults: list[str]
) -> None:
    """A password that is set and never sent is worse than one that is missing."""
    found = refusals(**variables)

    assert len(found) == len(faults)
    for one, other in zip(found, faults, strict=True):
        assert one.startswith(other)


def test_every_setting_is_described_and_reads_its_own_default() -> None:
    """What `doctor` prints as the default can be set as such; each has a meaning in words."""
    described = load().describe()
    for setting in described:
        assert setting.meaning
        assert not setting.is_set
        if setting.default:
            name = setting.name.removeprefix("FOUREYES_")

            assert load(**{name: setting.default}) == load()
    assert len({setting.name for setting in described}) == len(described)


def test_what_is_set_is_described_as_set() -> None:
    """The value as it is used, and secrets as no more than there."""
    described = {
        each.name: each for each in load(HTTP_SECRET_OKTA=SHARED, POLICY="p.toml").describe()
    }

    assert described["FOUREYES_POLICY"].value == "p.toml"
    assert described["FOUREYES_POLICY"].is_set
    assert described["FOUREYES_HTTP_SECRET_OKTA"].value == "set"


def test_the_documentation_names_no_variable_that_is_not_read() -> None:
    """The module's own text must not promise more than the code does."""
    named = set(re.findall(r"`FOUREYES_([A-Z_]+)`", module.__doc__ or ""))

    assert named <= {each.name.removeprefix("FOUREYES_") for each in load().describe()}
