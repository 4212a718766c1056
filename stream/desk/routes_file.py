"""The routes of alerts in TOML: read whole, or refused with everything that is wrong in it."""

import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from stream.desk.routing import Routes
from stream.faults import Fault, FaultyInputError, one_of, shown
from stream.kinds import found_and_expected
from stream.toml_lines import key_lines, line_of

ROUTES_BYTES_MAX = 1 << 20


def load_routes(path: Path | None, destinations: Collection[str]) -> Routes:
    """Read the routes; without a file there are none.

    `destinations` are those that are set up: a route to any other would tell nobody. Raises
    FaultyInputError.
    """
    if path is None:
        return Routes()
    text = _text(path)
    try:
        routes = Routes.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _refused(path, _fault(path, "the syntax", str(error), "TOML")) from error
    except ValidationError as error:
        raise _refused(path, *_faults(error, text, path)) from error
    _check_names(routes, path)
    _check_destinations(routes, path, destinations)
    return routes


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            document = file.read(ROUTES_BYTES_MAX + 1)
        text = document.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fault = _fault(path, "the file", type(error).__name__, "a file of text, in UTF-8")
        raise _refused(path, fault) from error
    if len(document) > ROUTES_BYTES_MAX:
        expected = f"at most {ROUTES_BYTES_MAX:,} bytes"
        raise _refused(path, _fault(path, "the file", "a larger file", expected))
    return text


def _check_names(routes: Routes, path: Path) -> None:
    names = [each.name for each in routes.route]
    for name in sorted({each for each in names if names.count(each) > 1}):
        expected = "a name that no other route has"
        raise _refused(path, _fault(path, "route.name", name, expected))


def _check_destinations(routes: Routes, path: Path, known: Collection[str]) -> None:
    for route in routes.route:
        for name in (*route.destinations, *(route.escalate.to if route.escalate else ())):
            if name not in known:
                key = f"route {route.name}"
                raise _refused(path, _fault(path, key, shown(name), one_of(name, known)))


def _faults(error: ValidationError, text: str, path: Path) -> Iterator[Fault]:
    lines = key_lines(text)
    for each in error.errors(include_url=False):
        found, expected = found_and_expected(dict(each))
        key = ".".join(str(part) for part in each["loc"])
        place = f"{path}:{line_of(lines, each['loc'])}"
        yield Fault(place=place, key=key, found=found, expected=expected)


def _fault(path: Path, key: str, found: str, expected: str) -> Fault:
    return Fault(place=str(path), key=key, found=found, expected=expected)


def _refused(path: Path, *faults: Fault) -> FaultyInputError:
    return FaultyInputError(what=f"the routes {path}", faults=faults)
