"""Debian's Alertmanager, Prometheus and rsyslog, each with a configuration that the test writes."""

import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers import LOOPBACK, Server, answers, free_ports

TO_NOBODY = """\
route:
  receiver: nobody
receivers:
  - name: nobody
"""


class Alertmanager(Server):
    """An Alertmanager without a cluster; `config` is its YAML and by default tells nobody."""

    def __init__(self, directory: Path, *, config: str = TO_NOBODY) -> None:
        super().__init__(directory)
        (self._port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{self._port}"
        self._config = directory / "alertmanager.yml"
        self._config.write_text(config)

    def command(self) -> list[str]:
        """The daemon's own process, with no port but ours."""
        return [
            "prometheus-alertmanager",
            f"--config.file={self._config}",
            f"--storage.path={self.directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self._port}",
            "--cluster.listen-address=",
        ]

    def is_ready(self) -> bool:
        """Whether it takes alerts."""
        return answers(self._port, "/-/ready")


class Prometheus(Server):
    """A Prometheus; `config` is its YAML, `files` lie beside it (rule files, for example)."""

    def __init__(
        self, directory: Path, *, config: str, files: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory)
        (self._port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{self._port}"
        self._config = directory / "prometheus.yml"
        self._config.write_text(config)
        for name, text in (files or {}).items():
            (directory / name).write_text(text)

    def command(self) -> list[str]:
        """The daemon's own process, keeping what it scrapes in the test's directory."""
        return [
            "prometheus",
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self._port}",
        ]

    def is_ready(self) -> bool:
        """Whether it answers queries."""
        return answers(self._port, "/-/ready")


RSYSLOG = """\
global(workDirectory="{directory}")
module(load="imtcp")
input(type="imtcp" address="{host}" port="{port}")
template(name="whole" type="list") {{ property(name="jsonmesg") constant(value="\\n") }}
action(type="omfile" file="{heard}" template="whole")
"""


class Rsyslog(Server):
    """A rsyslogd that hears TCP and writes every message with its parts as a line of JSON."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        (self.port,) = free_ports(1)
        self.heard = directory / "heard.jsonl"
        self._config = directory / "rsyslog.conf"
        told = {"directory": directory, "host": LOOPBACK, "port": self.port, "heard": self.heard}
        self._config.write_text(RSYSLOG.format(**told))

    def command(self) -> list[str]:
        """The daemon's own process, with a configuration and a pid file of its own."""
        pid_file = self.directory / "pid"
        return ["rsyslogd", "-n", "-f", str(self._config), "-i", str(pid_file)]

    def is_ready(self) -> bool:
        """Whether somebody can connect."""
        with socket.socket() as caller:
            return caller.connect_ex((LOOPBACK, self.port)) == 0


def promtool(*arguments: str, directory: Path) -> str:
    """What Prometheus' own checker says, run in `directory`; raises if it is not content."""
    done = subprocess.run(
        ["promtool", *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"promtool {' '.join(arguments)}:\n{done.stdout}")
    return done.stdout
