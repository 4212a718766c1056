"""How foureyes is set up: environment variables that begin with `FOUREYES_`, read once.

| variable | meaning |
|---|---|
| `FOUREYES_<NAME>` | the field of `Settings` of that name; `foureyes doctor` lists them all |
| `FOUREYES_<SECRET>_FILE` | the file that holds a secret, in place of the secret |
| `FOUREYES_HTTP_SECRET_<SOURCE>` | the secret of one source, in place of `FOUREYES_HTTP_SECRET` |
| `FOUREYES_HTTP_SCHEME_<SOURCE>` | how that source proves itself |
| `FOUREYES_PULL_URL_<SOURCE>`, `…_SECRET_…` | where a source is pulled from, and our secret there |
| `FOUREYES_PULL_CLIENT_<SOURCE>`, `…_TOKEN_URL_…` | where tokens are got for that secret |
| `FOUREYES_TEST_<NAME>` | for the project's own tests; not looked at here |

In the name of a source, whatever is no letter or digit becomes `_`: `entra-id` is `ENTRA_ID`. A
secret may be several, with blanks between, while one takes the other's place. An empty variable
is one that is not there. Secrets are never shown.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import ConfigDict, Field, SecretStr, ValidationError

from stream.console.settings import ConsoleSettings
from stream.contradictions import contradictions
from stream.endpoints import FEEDS, HOSTS, PATH, SOURCES, URL, url_to_show
from stream.environment import (
    PER_SOURCE,
    Environment,
    fault,
    suffix_of,
    variable,
)
from stream.faults import Fault, FaultyInputError
from stream.kinds import TEXT, found_and_expected, one_word, whole
from stream.pulling.settings import PullSettings
from stream.senders import Proven
from stream.web.manners import MANNERS

RECORD_BYTES = 1_000_000
"""A body has to fit in one record of a log."""
CLEAR, KEYED = "clear", "keyed"


class Setting(NamedTuple):
    """One setting as it can be shown to anybody."""

    name: str
    value: str
    default: str
    meaning: str
    is_set: bool


class Settings(PullSettings, ConsoleSettings):
    """Everything that an operator decides. What is left out is as the defaults have it."""

    model_config = ConfigDict(frozen=True)

    data: PATH = Field(Path("foureyes-data"), description="directory of the embedded host's record")
    policy: PATH | None = Field(None, description="policy document, TOML")
    people: PATH | None = Field(None, description="feed of people and their accounts")
    machines: PATH | None = Field(None, description="feed of machine accounts and their owners")
    entitlements: PATH | None = Field(None, description="feed of entitlements and their risk")
    scim: FEEDS | None = Field(
        None, description="SCIM 2.0 documents, source=file: its users and groups"
    )
    sources: SOURCES | None = Field(
        None, description="sources to take in, name or name=connector; unset: every connector"
    )

    kafka_bootstrap: HOSTS | None = Field(
        None, description="brokers, host:port; unset: all in one process, without Kafka"
    )
    kafka_partitions: Annotated[int, whole(1, 1_024)] = Field(
        4, description="partitions of the journal; can not be changed later"
    )
    kafka_raw_partitions: Annotated[int, whole(1, 1_024)] = Field(
        4, description="partitions of each source's raw topic"
    )
    kafka_raw_retention_days: Annotated[int, whole(1, 36_500)] = Field(
        30, description="days for which raw events are kept"
    )
    kafka_replication: Annotated[int, whole(1, 9)] = Field(
        1, description="brokers that hold a copy of each record; 3 where the record matters"
    )
    kafka_protocol: Annotated[str, one_word("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")] = (
        Field("PLAINTEXT", description="how brokers are spoken to")
    )
    kafka_sasl_mechanism: Annotated[str, one_word("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")] = (
        Field("PLAIN", description="how a username is proven to a broker")
    )
    kafka_username: TEXT | None = Field(None, description="who we are to a broker, with SASL")
    kafka_password: SecretStr | None = Field(None, description="the password to that")
    kafka_ca_file: PATH | None = Field(None, description="authorities of the brokers' certificates")
    kafka_certificate_file: PATH | None = Field(None, description="our own certificate")
    kafka_key_file: PATH | None = Field(None, description="the key to our certificate")

    http_host: TEXT = Field("127.0.0.1", description="address that the receiver listens on")
    http_port: Annotated[int, whole(0, 65_535)] = Field(8787, description="its port; 0: any free")
    http_body_bytes_max: Annotated[int, whole(1, RECORD_BYTES)] = Field(
        RECORD_BYTES, description="bytes of one body at most"
    )
    http_in_flight_max: Annotated[int, whole(1, 10_000)] = Field(
        32, description="bodies being taken in at the same time"
    )
    http_bodies_per_second_max: Annotated[int, whole(1, 100_000)] = Field(
        1_000, description="bodies of one source in a second; more are asked to come later"
    )
    http_age_seconds_max: Annotated[int, whole(1, 86_400)] = Field(
        300, description="seconds by which a signed time may differ from our clock"
    )
    http_scheme: Annotated[str, one_word(*MANNERS)] | None = Field(
        None, description="how senders prove themselves; unset: in their vendor's manner"
    )
    http_secret: SecretStr | None = Field(
        None, description="what they share with us; unset: anybody who can connect may send"
    )
    http_scheme_of: dict[str, Annotated[str, one_word(*MANNERS)]] = Field(default_factory=dict)
    http_secret_of: dict[str, SecretStr] = Field(default_factory=dict)

    alerts: PATH | None = Field(None, description="routes of alerts, TOML; unset: all to everybody")
    alertmanager_url: URL | None = Field(None, repr=False, description="where alerts go")
    webhook_url: URL | None = Field(None, repr=False, description="where findings are posted")
    webhook_secret: SecretStr | None = Field(None, description="what signs them, whsec_…")
    ocsf: PATH | None = Field(None, description="file of findings as OCSF Detection Findings")
    ocsf_topic: TEXT | None = Field(None, description="Kafka topic of the same")
    splunk_url: URL | None = Field(None, repr=False, description="Splunk's HTTP Event Collector")
    splunk_token: SecretStr | None = Field(None, description="one of its tokens")
    syslog: HOSTS | None = Field(None, description="syslog receiver, host:port, TCP")
    syslog_ca_file: PATH | None = Field(None, description="its authorities; unset: without TLS")
    people_urls: SecretStr | None = Field(
        None, description="chat, mail and pagers: addresses of apprise, with blanks between"
    )
    findings: TEXT = Field("stdout", description="where findings are written: stdout, none, a file")
    resend_seconds: Annotated[int, whole(1, 3_600)] = Field(
        60, description="how often a standing alert is told again"
    )
    retry_seconds_max: Annotated[int, whole(1, 3_600)] = Field(
        60, description="longest wait before a destination is tried again"
    )
    closed_findings_max: Annotated[int, whole(1, 1_000_000)] = Field(
        10_000, description="closed findings that a desk remembers"
    )
    canary_seconds: Annotated[int, whole(0, 86_400)] = Field(
        600, description="how often a made-up case tests the whole way to the desk; 0: never"
    )
    canary_bound_seconds: Annotated[int, whole(1, 86_400)] = Field(
        120, description="seconds within which it has to come through"
    )
    canary_secret: SecretStr | None = Field(
        None, description="what seals it on Kafka, for intake and desk; unset: none is sent there"
    )
    archive_url: SecretStr | None = Field(
        None, description="archive's database, postgresql://…; unset: a file in the data directory"
    )
    archive_name: TEXT = Field(
        "foureyes.local", description="what the log is called in checkpoints; name yours"
    )
    archive_key: PATH | None = Field(
        None, description="file of the keys that sign; unset: archive.key in the data directory"
    )
    archive_sign_command: TEXT | None = Field(
        None, description="command that signs instead: message in, base64 out"
    )
    archive_sign_key: TEXT | None = Field(None, description="that command's public key, NAME+ID+…")
    witness_url: URL | None = Field(
        None, repr=False, description="who cosigns checkpoints, elsewhere (foureyes witness)"
    )
    witness_key: TEXT | None = Field(None, description="the witness' public key, NAME+ID+KEY")
    names: Annotated[str, one_word(CLEAR, KEYED)] = Field(
        CLEAR,
        description="how people are recorded: in clear, or by pseudonyms under keys",
    )
    names_url: SecretStr | None = Field(
        None, description="database of those keys; unset: a file in the data directory"
    )
    raw_retention_days: Annotated[int, whole(0, 36_500)] | None = Field(
        None,
        description="days for which bodies are kept as they came, embedded; unset: for good",
    )
    batch_records: Annotated[int, whole(1, 10_000)] = Field(
        64, description="records of a partition that are committed together at most"
    )
    checkpoint_every_records: Annotated[int, whole(1, 1_000_000)] = Field(
        2_000, description="records between two checkpoints of a machine's state"
    )
    pulse_seconds: Annotated[int, whole(1, 60)] = Field(
        1, description="how often a quiet source's time is moved on"
    )
    log_level: Annotated[str, one_word("debug", "info", "warning", "error")] = Field(
        "info", description="how much is said on standard error"
    )

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings. Raises FaultyInputError with everything that is wrong at once."""
        read = Environment(environ, known=_plain_fields(), secrets=_secret_fields())
        faults, settings = read.faults, None
        told: dict[str, Any] = {**read.told}
        told |= {f"{name}_of": own for name, own in read.per_source.items()}
        try:
            settings = cls.model_validate(told)
        except ValidationError as error:
            faults += _faults(error)
        else:
            faults += contradictions(settings)
        if faults or settings is None:
            raise FaultyInputError(what="the environment", faults=faults)
        return settings

    def describe(self) -> list[Setting]:
        """List every setting, with its default and its meaning, and no secret."""
        told = []
        for name in _plain_fields():
            known = type(self).model_fields[name]
            told.append(
                Setting(
                    name=variable(name),
                    value=_shown(name, getattr(self, name)),
                    default=_shown(name, known.default),
                    meaning=known.description or "",
                    is_set=name in self.model_fields_set,
                )
            )
        for name in PER_SOURCE:
            for end, value in sorted(getattr(self, f"{name}_of").items()):
                own = variable(f"{name}_{end}")
                known = type(self).model_fields[f"{name}_of"]
                meaning = known.description or f"the same for {end} alone"
                told.append(Setting(own, _shown(name, value), "", meaning, is_set=True))
        return told

    def proof_of(self, source: str) -> Proven | None:
        """How a source's senders prove themselves; None: not at all."""
        end = suffix_of(source)
        secret = self.http_secret_of.get(end, self.http_secret)
        if secret is None:
            return None
        scheme = self.http_scheme_of.get(end) or self.http_scheme
        told = secret.get_secret_value()
        return Proven.by(source, secret=told, scheme=scheme, sources=self.sources or {})


_OF_A_SOURCE = frozenset(f"{name}_of" for name in PER_SOURCE)


def _plain_fields() -> list[str]:
    return [name for name in Settings.model_fields if name not in _OF_A_SOURCE]


def _secret_fields() -> list[str]:
    known = Settings.model_fields
    return [name for name in known if known[name].annotation == SecretStr | None]


def _shown(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return "set"
        case tuple():
            return ", ".join(f"{key}={item}" for key, item in value)
        case dict():
            return ", ".join(f"{key}={item}" for key, item in value.items())
        case str() if name.endswith("_url"):
            return url_to_show(value)
        case _:
            return str(value)


def _faults(error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False):
        name = "_".join(str(part).removesuffix("_of") for part in each["loc"])
        found, expected = found_and_expected(dict(each))
        # An address may hold a password, and one that can not be read may hold it anywhere.
        yield fault(variable(name), re.sub("//.*@", "//…@", found), expected)
