"""Debian's PostgreSQL, in a directory of its own, on a private socket and on no port."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.pulling.certified import certified
from tests.run_groups import found_program
from tests.servers import LOOPBACK, Server, free_ports

USER = "postgres"
"""Whom Debian's package makes: a server refuses to be root."""
PORT = 5432
"""What its socket is called after."""


class Postgres(Server):
    """A PostgreSQL that believes whoever can open its socket: this user, and root.

    Its directory is a short one outside the test's, since another user works in it and the path
    of a socket may be 107 bytes long.
    """

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="foureyes-pg-")))
        self._data = self.directory / "data"
        self.port = PORT
        self._user: str | None = USER if os.geteuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        made = self._as_user("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-N")
        subprocess.run(made, cwd=self.directory, capture_output=True, check=True)

    def command(self) -> list[str]:
        """The server itself, with no address but its socket.

        It does not wait for the disk (-F): a machine that loses its power is not what is tested.
        """
        return self._as_user(
            "postgres", "-D", str(self._data), "-k", str(self.directory), "-h", "", "-F"
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        asked = [_program("pg_isready"), "-q", *self._here()]
        return subprocess.run(asked, check=False).returncode == 0

    def stop(self) -> None:
        """Ask it to end without waiting for those who are connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
        super().stop()

    def new_database(self) -> str:
        """Make an empty database; give its URL."""
        name = f"archive_{uuid4().hex}"
        made = [_program("createdb"), *self._here(), name]
        subprocess.run(made, capture_output=True, check=True)
        return f"postgresql://{USER}@/{name}?host={self.directory}&port={self.port}"

    def _here(self) -> list[str]:
        return ["-h", str(self.directory), "-p", str(self.port), "-U", USER]

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.directory)

    def _as_user(self, name: str, *arguments: str) -> list[str]:
        command = [_program(name), *arguments]
        if self._user is None:
            return command
        who = [f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"]
        return ["setpriv", *who, *command]


class SecuredPostgres(Postgres):
    """One that also listens on the loopback: over TLS only there, and with a password."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.authority, _ = certified(directory)
        (self.port,) = free_ports(1)
        for name in ("server.pem", "server.key"):
            shutil.copy(directory / name, self._data / name)
            (self._data / name).chmod(0o600)
        rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        (self._data / "pg_hba.conf").write_text(rules)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for name in ("server.pem", "server.key"):
                os.chown(self._data / name, owner.pw_uid, owner.pw_gid)

    def command(self) -> list[str]:
        """The same, with an address, a certificate and its key."""
        secured = ("ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key")
        told = [word for each in secured for word in ("-c", each)]
        return [*super().command(), "-h", LOOPBACK, "-p", str(self.port), *told]

    def over_tls(self, url: str, user: str) -> str:
        """Say where a database is to somebody who is not on this machine."""
        return f"postgresql://{user}@{LOOPBACK}:{self.port}{urlsplit(url).path}"


def _program(name: str) -> str:
    found = found_program(name)
    assert found is not None, f"{name} is missing: apt-get install postgresql"
    return found
