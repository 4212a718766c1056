"""The environment as it is written: names we know, secrets in files, and mistakes in words."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from stream.faults import Fault, shown

PREFIX = "FOUREYES_"
IGNORED = "FOUREYES_TEST_"
PLACE = "environment"
PER_SOURCE = (
    "http_secret", "http_scheme", "pull_url", "pull_secret", "pull_client", "pull_token_url",
)  # fmt: skip
"""Settings that a source may have for itself: the name of the source follows."""

SECRETS_PER_SOURCE = (f"{PREFIX}HTTP_SECRET_", f"{PREFIX}PULL_SECRET_")
SECRET_FILE_BYTES_MAX = 65_536
WHSEC = "whsec_"
WHSEC_BYTES = range(24, 65)
WHSEC_EXPECTED = "whsec_ and base64 of 24 to 64 bytes (Standard Webhooks)"


def variable(field: str) -> str:
    """Name the variable of a setting."""
    return f"{PREFIX}{field.upper()}"


def suffix_of(source: str) -> str:
    """Write the name of a source as the end of a variable."""
    return re.sub(r"[^A-Z0-9]", "_", source.upper())


class Environment:
    """The variables with our prefix, by field; what can not be a setting becomes a fault.

    `told` has the texts of plain settings, `per_source` those of one source: field, then suffix.
    """

    def __init__(
        self, environ: Mapping[str, str], *, known: Iterable[str], secrets: Iterable[str]
    ) -> None:
        self.faults: list[Fault] = []
        self.told: dict[str, str] = {}
        self.per_source: dict[str, dict[str, str]] = {field: {} for field in PER_SOURCE}
        self._known = {variable(field): field for field in known}
        self._secrets = {variable(field) for field in secrets}
        for name in sorted(environ):
            if name.startswith(PREFIX) and not name.startswith(IGNORED) and environ[name].strip():
                self._take(name, environ[name].strip())

    def _take(self, name: str, value: str) -> None:
        whole = name.removesuffix("_FILE")
        if name not in self._known and whole != name and self._is_secret(whole):
            self._put(whole, self._secret_in(name, Path(value)), by=name)
        else:
            self._put(name, value, by=name)

    def _is_secret(self, name: str) -> bool:
        return name in self._secrets or name.startswith(SECRETS_PER_SOURCE)

    def _put(self, name: str, value: str | None, *, by: str) -> None:
        place = self._place_of(name)
        if place is None:
            self._unknown(name)
        elif value is not None:
            known, key = place
            if key in known:
                self._fault(by, "it twice", f"either {name} or {name}_FILE")
            known[key] = value

    def _place_of(self, name: str) -> tuple[dict[str, str], str] | None:
        if name in self._known:
            return self.told, self._known[name]
        for field in PER_SOURCE:
            before = variable(f"{field}_")
            if name.startswith(before) and name != before:
                return self.per_source[field], name.removeprefix(before)
        return None

    def _unknown(self, name: str) -> None:
        nearest = get_close_matches(name, self._known, n=1, cutoff=0.0)
        self._fault(name, "this variable", f"a name that we know; the nearest is {nearest[0]}")

    def _secret_in(self, name: str, path: Path) -> str | None:
        try:
            with path.open("rb") as file:
                secret = file.read(SECRET_FILE_BYTES_MAX).decode().strip()
        except OSError as error:
            self._fault(name, f"{path}: {error.strerror}", "a file that can be read")
        except UnicodeDecodeError:
            self._fault(name, f"{path}: bytes that are no text", "a secret in UTF-8")
        else:
            if secret:
                return secret
            self._fault(name, f"{path}: nothing", "a secret")
        return None

    def _fault(self, name: str, found: str, expected: str) -> None:
        self.faults.append(fault(name, found, expected))


def fault(name: str, found: str, expected: str) -> Fault:
    """Say what is wrong with a variable."""
    return Fault(place=PLACE, key=name, found=found, expected=expected)


def is_whsec(secret: str) -> bool:
    """Whether a secret is one by the Standard Webhooks specification."""
    try:
        key = base64.b64decode(secret.removeprefix(WHSEC), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(WHSEC) and len(key) in WHSEC_BYTES


def needs(
    made: Mapping[str, object], wanted: str, *, found: object, expected: str
) -> Iterator[Fault]:
    """Say of settings that have no effect while another one stands, that this is so."""
    for name, value in made.items():
        if value is not None:
            because = f"{expected}, since {variable(name)} is set"
            yield fault(variable(wanted), shown(found), because)
