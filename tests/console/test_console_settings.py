"""What an operator decides about the console: what does not go together is told at the start."""

import pytest

from stream.faults import FaultyInputError
from stream.settings import Settings

OPENID = {
    "WEB_SIGN_IN": "oidc",
    "WEB_URL": "https://foureyes.acme.example",
    "WEB_OIDC_ISSUER": "https://id.acme.example",
    "WEB_OIDC_CLIENT": "foureyes",
}


def load(**variables: str) -> Settings:
    """Read settings."""
    return Settings.load({f"FOUREYES_{name}": value for name, value in variables.items()})


def test_what_goes_together_is_taken() -> None:
    """A link on this machine, a provider, a proxy."""
    assert load().web_sign_in == "link"
    assert load(**OPENID, WEB_HOST="0.0.0.0").web_oidc_secret is None  # noqa: S104
    proxied = load(WEB_SIGN_IN="proxy", WEB_PROXIES="127.0.0.1, 10.0.0.0/8")
    assert proxied.web_proxies == "127.0.0.1/32,10.0.0.0/8"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"WEB_HOST": "0.0.0.0", "WEB_URL": "https://x.example"}, "WEB_SIGN_IN: found link"),  # noqa: S104
        ({**OPENID, "WEB_URL": ""}, "WEB_URL: found nothing"),
        ({**OPENID, "WEB_URL": "http://foureyes.acme.example"}, "since cookies are secrets"),
        ({**OPENID, "WEB_OIDC_CLIENT": ""}, "WEB_OIDC_CLIENT: found nothing"),
        ({**OPENID, "WEB_OIDC_ISSUER": "http://id.acme.example"}, "since it is believed"),
        ({"WEB_OIDC_CLIENT": "foureyes"}, "since FOUREYES_WEB_OIDC_CLIENT is set"),
        ({"WEB_SIGN_IN": "proxy"}, "WEB_PROXIES: found nothing"),
        ({"WEB_SIGN_IN": "proxy", "WEB_PROXIES": "10.0.0.1/8"}, "addresses or networks"),
    ],
)
def test_what_would_let_the_wrong_people_in_is_refused(
    variables: dict[str, str], words: str
) -> None:
    """Before anything listens, with the variable to change."""
    with pytest.raises(FaultyInputError) as refusal:
        load(**variables)

    assert words in str(refusal.value)
