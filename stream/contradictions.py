"""Settings that are sound by themselves and not together, told by the variable to change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stream.canary.case import SOURCE as CANARY
from stream.canary.sealing import SECRET_CHARS_MIN
from stream.console.settings import console_faults
from stream.environment import WHSEC_EXPECTED, fault, is_whsec, needs, suffix_of, variable
from stream.faults import Fault, one_of
from stream.intake.control import SOURCE as CONTROL
from stream.pulling.settings import pull_faults
from stream.web.manners import InvalidSecretError

if TYPE_CHECKING:
    from stream.settings import Settings

_KAFKA_FILES = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")


def contradictions(settings: "Settings") -> Iterator[Fault]:
    """What is sound by itself and not together."""
    yield from _kafka_contradictions(settings)
    yield from pull_faults(settings, settings.sources or {})
    yield from console_faults(settings)
    yield from _our_own(settings)
    if (settings.witness_url is None) != (settings.witness_key is None):
        expected = "an address and the key that signs there, or neither"
        yield fault(variable("witness_key"), "one of the two", expected)
    secret = settings.webhook_secret
    yield from _names_contradictions(settings)
    if settings.webhook_url and not secret:
        expected = f"{WHSEC_EXPECTED}: what is posted is signed"
        yield fault(variable("webhook_secret"), "nothing", expected)
    if secret and not is_whsec(secret.get_secret_value()):
        yield fault(variable("webhook_secret"), "another text", WHSEC_EXPECTED)
    if settings.splunk_url and not settings.splunk_token:
        yield fault(variable("splunk_token"), "nothing", "a token of the collector")
    if settings.ocsf_topic and not settings.kafka_bootstrap:
        yield fault(variable("ocsf_topic"), "a topic", "FOUREYES_KAFKA_BOOTSTRAP too")
    for end in sorted({"", *settings.http_scheme_of, *settings.http_secret_of}):
        yield from _proof_faults(settings, end)


def _our_own(settings: "Settings") -> Iterator[Fault]:
    """What is foureyes' own: names of sources, and the secret of its canary."""
    for ours in sorted({CONTROL, CANARY}.intersection(settings.sources or ())):
        yield fault(variable("sources"), repr(ours), "another name: that one is our own")
    secret = settings.canary_secret
    if secret and len(secret.get_secret_value()) < SECRET_CHARS_MIN:
        expected = f"at least {SECRET_CHARS_MIN} characters"
        yield fault(variable("canary_secret"), "a shorter text", expected)


def _names_contradictions(settings: "Settings") -> Iterator[Fault]:
    is_keyed = settings.names == "keyed"
    if settings.names_url is not None and not is_keyed:
        yield fault(variable("names_url"), "a database", "FOUREYES_NAMES=keyed too")
    if is_keyed and settings.kafka_bootstrap and settings.names_url is None:
        expected = "a database that every process reaches, since names are keyed"
        yield fault(variable("names_url"), "nothing", expected)
    if is_keyed and not settings.kafka_bootstrap and settings.raw_retention_days is None:
        expected = "days: bodies as they came hold names in clear"
        yield fault(variable("raw_retention_days"), "nothing", expected)


def _kafka_contradictions(settings: "Settings") -> Iterator[Fault]:
    protocol = settings.kafka_protocol
    sasl = {name: getattr(settings, name) for name in ("kafka_username", "kafka_password")}
    ssl = {name: getattr(settings, name) for name in _KAFKA_FILES}
    if protocol.startswith("SASL_"):
        for name, value in sasl.items():
            if value is None:
                yield fault(variable(name), "nothing", f"a value, since we use {protocol}")
    else:
        yield from needs(sasl, "kafka_protocol", found=protocol, expected="SASL_SSL")
    if not protocol.endswith("SSL"):
        yield from needs(ssl, "kafka_protocol", found=protocol, expected="SSL or SASL_SSL")
    if (settings.kafka_certificate_file is None) != (settings.kafka_key_file is None):
        expected = "a certificate and its key, or neither"
        yield fault(variable("kafka_key_file"), "one of the two", expected)


def _proof_faults(settings: "Settings", end: str) -> Iterator[Fault]:
    """Try a secret as the receiver will: one that can not be used is found before it runs."""
    own = variable(f"http_secret_{end}")
    if end and settings.sources and end not in map(suffix_of, settings.sources):
        expected = one_of(end, map(suffix_of, settings.sources))
        yield fault(own, "the name of no source", expected)
    proven = settings.proof_of(end)
    if proven is None:
        if end:
            expected = f"a secret, since {variable(f'http_scheme_{end}')} is set"
            yield fault(own, "nothing", expected)
        return
    try:
        proven.manner(end)
    except InvalidSecretError as error:
        name = own if end in settings.http_secret_of else variable("http_secret")
        expected = f"{error.expected}, for {proven.scheme}"
        yield fault(name, "a secret that can not be used", expected)
