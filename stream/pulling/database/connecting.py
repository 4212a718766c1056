"""A source's database: opened to read only, and what it says when it does not let us."""

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import Error as DriverError
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from stream.endpoints import is_database_here
from stream.pulling.answers import Meaning
from stream.pulling.errors import CannotReadError
from stream.pulling.limits import CONNECT_SECONDS_MAX

DRIVER = "postgresql+psycopg"
_REFUSED = re.compile(r"authentication|pg_hba\.conf|password|role")
"""What a server says that knows us not; before a session there is no code that tells it."""
_LIMIT = text("SELECT set_config('statement_timeout', :limit, true)")
_REFUSALS = ("28", "42501", "3D000")
_OTHER_TABLES = ("42", "22")
"""Classes of SQLSTATE: who are you, and: there is no such table, column or value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a source's database is, and how long one statement may take.

    `password` is used in place of one in the address; `ca_file`: authorities to trust in place of
    the machine's.
    """

    url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    seconds_max: float = 60.0
    ca_file: Path | None = None

    @property
    def shown(self) -> str:
        """The address without whatever may be secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def opened(place: Place) -> Engine:
    """Give what connects, once for each page. Raises CannotReadError for an address that is none.

    What is not on this machine is connected to over TLS, and only with a certificate that is
    trusted and is its own.
    """
    try:
        url = make_url(place.url).set(drivername=DRIVER)
    except ArgumentError:
        expected = "postgresql://user@host/database"
        raise _unreadable(place, "an address that is none", expected) from None
    if place.password is not None:
        url = url.set(password=place.password)
    told = {
        "connect_timeout": str(int(CONNECT_SECONDS_MAX)),
        "application_name": "foureyes",
        **_secured(place),
        **{name: value for name, value in url.query.items() if isinstance(value, str)},
    }
    return create_engine(url, connect_args=told, poolclass=NullPool)


def _secured(place: Place) -> Mapping[str, str]:
    if is_database_here(place.url) and place.ca_file is None:
        return {}
    known = place.ca_file or ssl.get_default_verify_paths().cafile or "system"
    return {"sslmode": "verify-full", "sslrootcert": str(known)}


@contextmanager
def reading(engine: Engine, place: Place) -> Iterator[Connection]:
    """Read as of one moment, and nothing but read. Raises CannotReadError."""
    with told_as_ours(place), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        limit = str(int(place.seconds_max * 1000))
        connection.execute(_LIMIT, {"limit": limit})
        yield connection


@contextmanager
def told_as_ours(place: Place) -> Iterator[None]:
    """Let what a database raises out as CannotReadError, which names the place without secrets."""
    try:
        yield
    except (DBAPIError, DriverError) as error:
        told = error.orig if isinstance(error, DBAPIError) else error
        raise _named(place, told or error) from None


def _named(place: Place, told: BaseException) -> CannotReadError:
    found = str(told).strip().partition("\n")[0]
    code = getattr(told, "sqlstate", None) or ""
    if code.startswith(_REFUSALS) or (not code and "FATAL" in found and _REFUSED.search(found)):
        expected = "to be let in, and to read the columns that `foureyes sources` lists"
        return CannotReadError(
            where=place.shown, found=found, expected=expected, meaning=Meaning.REFUSED
        )
    if code.startswith(_OTHER_TABLES):
        return _unreadable(place, found, "the tables and columns that `foureyes sources` lists")
    return CannotReadError(
        where=place.shown,
        found=found,
        expected="a database that answers",
        meaning=Meaning.UNREACHABLE,
    )


def _unreadable(place: Place, found: str, expected: str) -> CannotReadError:
    return CannotReadError(
        where=place.shown, found=found, expected=expected, meaning=Meaning.UNREADABLE
    )
