"""What an operator decides about the console: where it is, how people sign in, who may what."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from stream.endpoints import PATH, URL, is_loopback
from stream.environment import fault, needs, variable
from stream.faults import Fault
from stream.kinds import TEXT, one_word, read_by, text, whole
from stream.pulling.settings import is_safe

LINK, OIDC, PROXY = "link", "oidc", "proxy"
PORT = 8788
"""Where `foureyes run web` listens, unless the settings say otherwise."""


def _networks(value: Any) -> str:
    told = [str(ip_network(each.strip())) for each in text(value).split(",")]
    return ",".join(told)


NETWORKS = Annotated[
    str, read_by(_networks, "addresses or networks (10.0.0.0/8), with commas between")
]


class ConsoleSettings(BaseModel):
    """The part of the settings that the console has."""

    model_config = ConfigDict(frozen=True)

    web_host: TEXT = Field("127.0.0.1", description="address that the console listens on")
    web_port: Annotated[int, whole(0, 65_535)] | None = Field(
        None, description="its port, 0: any free; unset: only foureyes run web has a console, 8788"
    )
    web_url: URL | None = Field(None, description="how people's browsers reach the console")
    web_sign_in: Annotated[str, one_word(LINK, OIDC, PROXY)] = Field(
        LINK, description="how people sign in: by a link in the log, OpenID Connect, a proxy's word"
    )
    web_session_seconds_max: Annotated[int, whole(60, 604_800)] = Field(
        28_800, description="seconds after which somebody has to sign in again"
    )
    web_readers: TEXT | None = Field(
        None, description="people and groups who may look; unset: whoever signs in"
    )
    web_analysts: TEXT | None = Field(
        None, description="people and groups who may also export and act on alerts"
    )
    web_views: PATH | None = Field(
        None, description="file of who looked at what; unset: views.jsonl in the data directory"
    )
    web_oidc_issuer: URL | None = Field(None, description="the OpenID provider's issuer")
    web_oidc_client: TEXT | None = Field(None, description="who we are to the provider")
    web_oidc_secret: SecretStr | None = Field(None, description="our secret there, if it gave one")
    web_oidc_scopes: TEXT = Field("openid profile email", description="what is asked for there")
    web_oidc_name_claim: TEXT = Field(
        "preferred_username", description="claim that names somebody; one they can not change"
    )
    web_oidc_groups_claim: TEXT = Field("groups", description="claim that lists their groups")
    web_proxies: NETWORKS | None = Field(None, description="where the proxy's requests come from")
    web_proxy_user_header: TEXT = Field(
        "X-Forwarded-User", description="header in which the proxy names who asks"
    )
    web_proxy_groups_header: TEXT = Field(
        "X-Forwarded-Groups", description="header in which it lists their groups"
    )


def console_faults(settings: ConsoleSettings) -> Iterator[Fault]:
    """Say what of it can not work together."""
    way, url = settings.web_sign_in, settings.web_url
    if way == LINK and not is_loopback(settings.web_host):
        expected = "oidc or proxy, since others can reach that address"
        yield fault(variable("web_sign_in"), LINK, expected)
    if url is None and (way == OIDC or not is_loopback(settings.web_host)):
        yield fault(variable("web_url"), "nothing", "how browsers reach the console")
    if url is not None and not is_safe(url):
        yield fault(variable("web_url"), "http://", "https://, since cookies are secrets")
    yield from _way_faults(settings)


def _way_faults(settings: ConsoleSettings) -> Iterator[Fault]:
    way, issuer = settings.web_sign_in, settings.web_oidc_issuer
    oidc = {n: getattr(settings, n) for n in ("web_oidc_issuer", "web_oidc_client")}
    if way == OIDC:
        for name, value in oidc.items():
            if value is None:
                yield fault(variable(name), "nothing", "a value, since people sign in by oidc")
        if issuer is not None and not is_safe(issuer):
            yield fault(variable("web_oidc_issuer"), "http://", "https://, since it is believed")
    else:
        oidc["web_oidc_secret"] = settings.web_oidc_secret
        yield from needs(oidc, "web_sign_in", found=way, expected=OIDC)
    if way == PROXY and settings.web_proxies is None:
        yield fault(variable("web_proxies"), "nothing", "where the proxy's requests come from")
