"""One policy document in TOML: read whole, or refused with everything that is wrong in it."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rules.errors import InvalidPolicyError
from rules.policy import Policy
from stream import canonical
from stream.faults import Fault, FaultyInputError, shown
from stream.kinds import found_and_expected, refusal
from stream.policy_shape import allowed_keys, build_policy
from stream.toml_lines import Path as KeyPath
from stream.toml_lines import key_lines, line_of

POLICY_BYTES_MAX = 1 << 20


def load_policy(path: Path) -> Policy:
    """Read a policy document; what it does not mention is as `rules.policy` has it.

    Raises FaultyInputError, which names for each fault the file, the line, the key, what was
    found and what is allowed.
    """
    try:
        with path.open("rb") as file:
            document = file.read(POLICY_BYTES_MAX + 1)
    except OSError as error:
        found = error.strerror or str(error)
        fault = _fault(path, None, "the file", found, "a file that can be read")
        raise _refused(str(path), fault) from error
    return read_policy_document(document, path)


def read_policy_document(document: bytes, path: Path) -> Policy:
    """Read the bytes of a policy document; `path` is for the messages. Raises FaultyInputError."""
    text = _decode(document, path)
    tree = _parse(text, path)
    try:
        return build_policy(tree)
    except ValidationError as error:
        raise _refused(str(path), *_faults(error, text, path)) from error


def policy_digest(policy: Policy) -> str:
    """Name the content of a policy, however its document was written: "sha256:…"."""
    return f"sha256:{hashlib.sha256(canonical.write(policy)).hexdigest()}"


def _refused(what: str, *faults: Fault) -> FaultyInputError:
    return FaultyInputError(what=f"the policy {what}", faults=faults)


def _fault(path: Path, line: int | None, key: str, found: str, expected: str) -> Fault:
    place = str(path) if line is None else f"{path}:{line}"
    return Fault(place=place, key=key, found=found, expected=expected)


def _decode(document: bytes, path: Path) -> str:
    if len(document) > POLICY_BYTES_MAX:
        found, expected = "a larger file", f"at most {POLICY_BYTES_MAX:,} bytes"
        raise _refused(str(path), _fault(path, None, "the file", found, expected))
    try:
        return document.decode("utf-8-sig")  # some editors put a byte order mark first
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        found = shown(document[error.start : error.end])
        raise _refused(str(path), _fault(path, line, "the file", found, "UTF-8")) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = str(error), text.count("\n") + 1
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
        if place is not None:
            line = int(place[1] or line)
            message = message[: place.start()]
        lines = text.split("\n")
        found = shown(lines[min(line, len(lines)) - 1].strip())
        fault = _fault(path, line, "the syntax", found, f"TOML ({message})")
        raise _refused(str(path), fault) from error
    except RecursionError as error:
        fault = _fault(path, None, "the syntax", "arrays in arrays without end", "a policy")
        raise _refused(str(path), fault) from error


def _faults(error: ValidationError, text: str, path: Path) -> Iterator[Fault]:
    lines = key_lines(text)
    placed = []
    for each in error.errors(include_url=False):
        at, found, expected = _in_words(dict(each))
        placed.append((line_of(lines, at), _key(at), found, expected))
    for line, key, found, expected in sorted(placed):
        yield _fault(path, line, key, found, expected)


def _in_words(error: Mapping[str, Any]) -> tuple[KeyPath, str, str]:
    at: KeyPath = error["loc"]
    ours = refusal(error)
    if isinstance(ours, InvalidPolicyError):
        at = (*at, ours.key) if ours.key in allowed_keys(at) else at
        return at, shown(ours.found), ours.expected
    found, expected = found_and_expected(error, allowed_keys(at[:-1]))
    if error["type"] == "tuple_type" and allowed_keys((*at, 0)):
        expected = f"[[{_key(at)}]]"
    return at, found, expected


def _key(at: KeyPath) -> str:
    """Write a path as one would in TOML, with the position in an array in brackets."""
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
