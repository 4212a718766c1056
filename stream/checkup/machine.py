"""The machine: the data directory, the address to listen on, the clock."""

import fcntl
import os
import shutil
import socket
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stream.checkup.check import Check, ok, warn, wrong
from stream.clock import Clock
from stream.hosts.store import FILE, FORMAT, LOCK

FREE_BYTES_LOW = 1 << 30
FREE_BYTES_MIN = 64 << 20
FILES_MAX = 1_000
"""Files of a data directory that are looked at."""

CLOCK_SLACK = timedelta(seconds=5)
"""File systems round, and network shares have clocks of their own."""


def check_data(directory: Path) -> Iterator[Check]:
    """Look at the data directory: ours alone, with room, and written by a version we can read."""
    name = "data directory"
    if not directory.exists():
        yield _not_there(directory)
        return
    if not directory.is_dir():
        yield wrong(name, f"{directory} is no directory", "set FOUREYES_DATA to another path")
        return
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        yield wrong(name, f"{directory} can not be written by this user", "change its owner")
    else:
        yield ok(name, f"{directory} is there and can be written")
    yield _open_to_others(directory)
    yield _room(directory)
    yield from _format(directory)


def _not_there(directory: Path) -> Check:
    parent = directory.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if os.access(parent, os.W_OK | os.X_OK):
        return ok("data directory", f"{directory} is not there yet; the first run makes it")
    found = f"{directory} is not there and {parent} can not be written"
    return wrong("data directory", found, f"make it: install -d -m 700 {directory}")


def _open_to_others(directory: Path) -> Check:
    name = "data access"
    try:
        files = [directory, *sorted(directory.iterdir())[:FILES_MAX]]
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in files}
    except OSError as error:
        return wrong(name, f"{directory}: {error.strerror}", "change its owner")
    opened = [f"{path.name} ({mode:04o})" for path, mode in modes.items() if mode & 0o077]
    if opened:
        remedy = f"chmod -R go= {directory}"
        return warn(name, f"others on this machine may use {', '.join(opened[:3])}", remedy)
    return ok(name, "only this user may read the record")


def _room(directory: Path) -> Check:
    free = shutil.disk_usage(directory).free
    found = f"{free / (1 << 30):.1f} GiB free"
    if free < FREE_BYTES_MIN:
        return wrong("data space", found, "make room: nothing can be recorded")
    if free < FREE_BYTES_LOW:
        return warn("data space", found, "make room before the record stops")
    return ok("data space", found)


def _format(directory: Path) -> Iterator[Check]:
    """Read the version of the record without leaving a trace."""
    name = "data format"
    path = directory / FILE
    if not path.exists():
        yield ok(name, "no record yet")
        return
    running = is_held(directory)
    # An orderly database is opened as what does not change: SQLite leaves no files beside it.
    mode = "mode=ro" if running else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as database:
            rows = database.execute("SELECT value FROM meta WHERE name='format'").fetchall()
    except sqlite3.Error as error:
        if not running and path.with_name(f"{FILE}-wal").exists():
            yield warn(name, "the last run was cut off", "start foureyes: it mends the record")
            return
        yield wrong(name, f"{path} can not be read: {error}", "restore it from a copy")
        return
    found = rows[0][0] if rows else None
    if found == FORMAT:
        yield ok(name, f"version {FORMAT}{', in use by a running foureyes' if running else ''}")
    elif isinstance(found, int) and found > FORMAT:
        yield wrong(name, f"version {found}, written by a newer foureyes", "use that version")
    else:
        yield wrong(name, f"version {found}; expected {FORMAT}", "set FOUREYES_DATA anew")


def is_held(directory: Path) -> bool:
    """Whether a running foureyes holds the data directory."""
    try:
        with (directory / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def check_port(host: str, port: int, *, running: bool) -> Check:
    """Try to listen where the receiver will."""
    name = "http port"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        if running:
            return ok(name, f"{host}:{port} is taken, and a foureyes is running")
        remedy = "set FOUREYES_HTTP_HOST and FOUREYES_HTTP_PORT to a free address"
        return wrong(name, f"{host}:{port}: {error.strerror or error}", remedy)
    return ok(name, f"{host}:{port} is free")


def check_clock(clock: Clock, paths: Iterable[Path]) -> Check:
    """Hold the clock against the times of files: none can be from the future."""
    now = clock.now()
    newest, path = max(_times(paths), default=(datetime.min.replace(tzinfo=UTC), None))
    if path is not None and newest > now + CLOCK_SLACK:
        found = f"it is {now:%Y-%m-%d %H:%M:%SZ}, and {path} is of {newest:%Y-%m-%d %H:%M:%SZ}"
        return wrong("clock", found, "set the clock, and let NTP keep it")
    return ok("clock", f"it is {now:%Y-%m-%d %H:%M:%SZ}, later than every file looked at")


def _times(paths: Iterable[Path]) -> Iterator[tuple[datetime, Path]]:
    for path in paths:
        try:
            inside = sorted(path.iterdir())[:FILES_MAX] if path.is_dir() else []
            for each in (path, *inside):
                yield datetime.fromtimestamp(each.stat().st_mtime, UTC), each
        except OSError:
            continue  # what can not be looked at is told by its own check
