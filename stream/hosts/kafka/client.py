"""How to reach the brokers: one value from settings, and what aiokafka wants to hear."""

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rules.errors import FoureyesError

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class InvalidKafkaClientError(FoureyesError, ValueError):
    """The settings of a Kafka client contradict each other; nothing was tried."""

    def __init__(self, *, field: str, found: object, expected: str) -> None:
        self.field = field
        self.found = found
        self.expected = expected
        super().__init__(f"Kafka setting {field!r} is {found!r}; expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaClient:
    """Which brokers, and who we are to them.

    `bootstrap` is `host:port`, several joined by commas. SASL needs `username` and `password`;
    SSL takes the machine's authorities unless `ca_file` names others, and shows a certificate
    where `certificate_file` (and `key_file`) name one. Contradictions raise
    InvalidKafkaClientError.
    """

    bootstrap: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what would only fail at the broker, or not fail where it should."""
        if not self.bootstrap:
            raise InvalidKafkaClientError(field="bootstrap", found="", expected="host:port")
        if self._has_sasl and not (self.username and self.password):
            raise InvalidKafkaClientError(
                field="username",
                found=self.username,
                expected=f"a username and a password, since the protocol is"
                f" {self.security_protocol}",
            )
        files = (self.ca_file, self.certificate_file, self.key_file)
        if any(files) and not self._has_ssl:
            raise InvalidKafkaClientError(
                field="security_protocol",
                found=self.security_protocol,
                expected="SSL or SASL_SSL, since a certificate file is named",
            )

    @property
    def _has_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    @property
    def _has_ssl(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def kwargs(self) -> dict[str, Any]:
        """Give the arguments that every aiokafka client takes. Reads certificate files once."""
        told: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.security_protocol,
        }
        if self._has_sasl:
            told["sasl_mechanism"] = self.sasl_mechanism
            told["sasl_plain_username"] = self.username
            told["sasl_plain_password"] = self.password
        if self._has_ssl:
            told["ssl_context"] = _context(self.ca_file, self.certificate_file, self.key_file)
        return told


@cache
def _context(
    ca_file: Path | None, certificate_file: Path | None, key_file: Path | None
) -> ssl.SSLContext:
    # Each partition has clients of its own, and reading the authorities takes tens of milliseconds.
    context = ssl.create_default_context(cafile=ca_file)
    if certificate_file is not None:
        context.load_cert_chain(certificate_file, key_file)
    return context
