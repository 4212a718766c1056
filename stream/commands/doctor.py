"""`foureyes doctor`: settings, files, topics and clock, one line each; it changes nothing."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rules.policy import Policy
from stream.checkup.brokers import check_brokers
from stream.checkup.check import Check, State, refused
from stream.checkup.documents import (
    FEEDS,
    all_read,
    check_feeds,
    check_findings,
    check_policy,
    check_routes,
    check_senders,
    check_sources,
    show_limits,
    show_manners,
)
from stream.checkup.machine import check_clock, check_data, check_port, is_held
from stream.checkup.names import check_names
from stream.checkup.pulled import check_pulled
from stream.checkup.running import check_canary, check_running
from stream.clock import Clock, SystemClock
from stream.endpoints import is_loopback
from stream.faults import FaultyInputError
from stream.settings import Settings

SUMMARY = "check settings, files, topics and clock; change nothing"
VERSION = 1
"""Of the JSON that is printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes doctor`."""
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--settings",
        action="store_true",
        help="list every setting with its value, default and meaning, and stop",
    )
    parser.add_argument(
        "--limits",
        action="store_true",
        help="list the limit of every queue, cache and retry, and stop",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was looked at: 0 if nothing is wrong, 1 otherwise."""
    if arguments.settings:
        _print_settings(Settings.load(os.environ), arguments.format)
        return 0
    if arguments.limits:
        _print_limits(Settings.load(os.environ), arguments.format)
        return 0
    checks = list(examine(os.environ, SystemClock()))
    sound = all(check.state is not State.WRONG for check in checks)
    if arguments.format == "json":
        print(json.dumps({"version": VERSION, "sound": sound, "checks": [*map(asdict, checks)]}))
    else:
        for check in checks:
            print(_line(check))
    return 0 if sound else 1


def examine(environ: Mapping[str, str], clock: Clock) -> Iterator[Check]:
    """Look at everything that the settings name. Without settings there is nothing to look at."""
    try:
        settings = Settings.load(environ)
    except FaultyInputError as error:
        yield from refused("settings", error)
        return
    yield _settings_read(settings)
    yield from check_data(settings.data)
    policy, told = check_policy(settings.policy)
    yield from told
    policy = policy or Policy()  # what else is wrong is told all the same
    yield from check_feeds(settings, policy)
    yield from check_routes(settings)
    yield from check_sources(settings, policy)
    yield from _check_outside(settings, clock)
    # A source without a connector has been told; then it is open which topics there have to be.
    if settings.kafka_bootstrap is not None and all_read(settings):
        yield from check_brokers(settings, policy, clock)


def _check_outside(settings: Settings, clock: Clock) -> Iterator[Check]:
    yield check_senders(settings, is_loopback=is_loopback(settings.http_host))
    yield show_manners(settings)
    yield show_limits(settings)
    running = is_held(settings.data)
    yield check_port(settings.http_host, settings.http_port, running=running)
    yield from check_running(settings.http_host, settings.http_port)
    yield check_canary(settings)
    yield from check_pulled(settings)
    yield from check_names(settings)
    yield check_findings(settings.findings)
    feeds = [getattr(settings, name) for name in ("policy", *FEEDS)]
    yield check_clock(clock, [settings.data, *(path for path in feeds if path is not None)])


def _settings_read(settings: Settings) -> Check:
    made = [setting.name for setting in settings.describe() if setting.is_set]
    return Check(
        name="settings",
        state=State.OK,
        found=", ".join(made) or "none set: the defaults hold (foureyes doctor --settings)",
    )


def _line(check: Check) -> str:
    remedy = f"; {check.remedy}" if check.remedy else ""
    return f"{check.state.value:5}  {check.name}: {check.found}{remedy}"


def _print_settings(settings: Settings, form: str) -> None:
    described = settings.describe()
    if form == "json":
        listed = [setting._asdict() for setting in described]
        print(json.dumps({"version": VERSION, "settings": listed}))
        return
    for setting in described:
        value = setting.value or "(unset)"
        default = "" if not setting.is_set else f" [default: {setting.default or 'unset'}]"
        print(f"{setting.name} = {value}{default}\n    {setting.meaning}")


def _print_limits(settings: Settings, form: str) -> None:
    # They stand where they are used, and so all of that is imported: here and not before.
    from stream.checkup.limits import limits  # noqa: PLC0415

    found = list(limits(settings))
    if form == "json":
        listed = [limit._asdict() for limit in found]
        print(json.dumps({"version": VERSION, "limits": listed}))
        return
    for limit in found:
        print(f"{limit.value:>10}  {limit.name}")
