"""What an operator decides about pulling: which sources, how we show who we are, how often."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from stream.endpoints import PATH, PLACE, URL, is_database, is_database_here, is_loopback
from stream.environment import fault, suffix_of, variable
from stream.faults import Fault, one_of
from stream.kinds import TEXT, whole
from stream.pulling.feed import Vendor
from stream.pulling.limits import PullPace
from stream.pulling.vendors import VENDORS


class PullSettings(BaseModel):
    """The part of the settings that pulling has. A source is pulled if its address is set."""

    model_config = ConfigDict(frozen=True)

    pull_every_seconds: Annotated[int, whole(1, 86_400)] = Field(
        60, description="seconds between two rounds of asking a source"
    )
    pull_overlap_seconds: Annotated[int, whole(0, 604_800)] = Field(
        1_800, description="how far each round goes back, for rows that come late"
    )
    pull_begin_days: Annotated[int, whole(0, 3_650)] = Field(
        7, description="how far the first round of all goes back"
    )
    pull_page_rows: Annotated[int, whole(1, 10_000)] = Field(
        200, description="rows of one page at most; a vendor may allow fewer"
    )
    pull_backoff_seconds_max: Annotated[int, whole(1, 86_400)] = Field(
        300, description="longest wait after a source has failed"
    )
    pull_asked_wait_seconds_max: Annotated[int, whole(1, 86_400)] = Field(
        3_600, description="longest wait that a source may ask for before it is asked again"
    )
    pull_answer_seconds_max: Annotated[int, whole(1, 3_600)] = Field(
        60, description="seconds that one page may take"
    )
    pull_seen_rows_max: Annotated[int, whole(0, 20_000)] = Field(
        10_000, description="rows of the overlap that are remembered, so that they are not repeated"
    )
    pull_ca_file: PATH | None = Field(
        None, description="authorities of the pulled sources' certificates; unset: the machine's"
    )
    pull_url_of: dict[str, PLACE] = Field(
        default_factory=dict, repr=False, description="where this source is pulled from"
    )
    pull_secret_of: dict[str, SecretStr] = Field(
        default_factory=dict, description="what shows that source who we are"
    )
    pull_client_of: dict[str, TEXT] = Field(
        default_factory=dict, description="client id, where tokens are got for the secret"
    )
    pull_token_url_of: dict[str, URL] = Field(
        default_factory=dict, repr=False, description="where those tokens are got"
    )

    def pull_pace(self) -> PullPace:
        """Give the limits of pulling."""
        return PullPace(
            every_seconds=self.pull_every_seconds,
            overlap=timedelta(seconds=self.pull_overlap_seconds),
            begin=timedelta(days=self.pull_begin_days),
            page_rows=self.pull_page_rows,
            backoff_seconds_max=self.pull_backoff_seconds_max,
            asked_wait_seconds_max=self.pull_asked_wait_seconds_max,
            answer_seconds_max=self.pull_answer_seconds_max,
            seen_rows_max=self.pull_seen_rows_max,
        )


def pull_faults(settings: PullSettings, sources: dict[str, str]) -> Iterator[Fault]:
    """Say what of it can not work. `sources`: their connectors, by name; empty: all of them."""
    connectors = {suffix_of(name): connector for name, connector in sources.items()}
    connectors = connectors or {suffix_of(name): name for name in VENDORS}
    for end in sorted({*settings.pull_secret_of, *settings.pull_client_of}):
        if end not in settings.pull_url_of:
            yield fault(variable(f"pull_url_{end}"), "nothing", "where to pull from")
    for end in sorted(settings.pull_url_of):
        if connectors.get(end) not in VENDORS:
            expected = one_of(end, (e for e, each in connectors.items() if each in VENDORS))
            yield fault(variable(f"pull_url_{end}"), "a source that is not pulled", expected)
        else:
            yield from _address_faults(settings, end, VENDORS[connectors[end]])


def _address_faults(settings: PullSettings, end: str, vendor: Vendor) -> Iterator[Fault]:
    url = settings.pull_url_of[end]
    if vendor.is_database != is_database(url):
        found, expected = ("an address for HTTP", "postgresql://: its database is read")
        if not vendor.is_database:
            found, expected = ("a database", "https://: it is asked over HTTP")
        yield fault(variable(f"pull_url_{end}"), found, expected)
    elif vendor.is_database:
        yield from _database_faults(settings, end, url)
    else:
        if end not in settings.pull_secret_of:
            yield fault(variable(f"pull_secret_{end}"), "nothing", "the secret for that address")
        yield from _token_faults(settings, end)


def _database_faults(settings: PullSettings, end: str, url: str) -> Iterator[Fault]:
    """A database may need no secret, or have it in its address; it is shown over TLS only."""
    if urlsplit(url).password is not None and end in settings.pull_secret_of:
        expected = "the password here or in the address"
        yield fault(variable(f"pull_secret_{end}"), "it twice", expected)
    if end in settings.pull_client_of or end in settings.pull_token_url_of:
        expected = "none: no token is got for a database"
        yield fault(variable(f"pull_client_{end}"), "a client", expected)
    modes = parse_qs(urlsplit(url).query).get("sslmode", [])
    if not is_database_here(url) and any(mode != "verify-full" for mode in modes):
        expected = "sslmode=verify-full or none, which means it, since a password is shown there"
        yield fault(variable(f"pull_url_{end}"), f"sslmode={modes[0]}", expected)


def _token_faults(settings: PullSettings, end: str) -> Iterator[Fault]:
    if (end in settings.pull_client_of) != (end in settings.pull_token_url_of):
        expected = "a client and where its tokens are got, or neither"
        yield fault(variable(f"pull_client_{end}"), "one of the two", expected)
    for name, urls in (("url", settings.pull_url_of), ("token_url", settings.pull_token_url_of)):
        if end in urls and not is_safe(urls[end]):
            expected = "https://, since a secret is shown there"
            yield fault(variable(f"pull_{name}_{end}"), "http://", expected)


def is_safe(url: str) -> bool:
    """Whether a secret may be sent there: TLS, or this machine only."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")
