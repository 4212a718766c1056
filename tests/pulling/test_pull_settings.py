"""Settings of pulling: a source is pulled if its address is set; secrets are shown to nobody."""

from pathlib import Path

from stream.pulling.configured import pulled_sources
from stream.running.roles import sources_of
from tests.variables import load, refusals

URL, SECRET = "https://acme.okta.example", "not-to-be-shown"


def test_a_source_is_pulled_if_its_address_is_set(tmp_path: Path) -> None:
    """By the connector that reads it, whatever it is called; the secret may lie in a file."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    settings = load(
        SOURCES="idp=okta, github",
        PULL_URL_IDP=URL,
        PULL_SECRET_IDP_FILE=tmp_path / "secret",
    )

    (pulled,) = pulled_sources(settings, sources_of(settings))
    assert (pulled.source, pulled.vendor.connector) == ("idp", "okta")
    assert settings.pull_secret_of["IDP"].get_secret_value() == SECRET


def test_limits_have_names_and_secrets_are_not_shown() -> None:
    """As `foureyes doctor` shows them."""
    settings = load(PULL_URL_OKTA=f"{URL}/?token={SECRET}", PULL_SECRET_OKTA=SECRET)
    told = {each.name: each.value for each in settings.describe()}

    assert told["FOUREYES_PULL_PAGE_ROWS"] == "200"
    assert told["FOUREYES_PULL_BACKOFF_SECONDS_MAX"] == "300"
    assert told["FOUREYES_PULL_URL_OKTA"] == f"{URL}/…"
    assert told["FOUREYES_PULL_SECRET_OKTA"] == "set"  # noqa: S105 - that there is one
    assert SECRET not in f"{told} {settings!r} {settings}"


def test_what_can_not_work_is_refused_before_anything_runs() -> None:
    """No secret, no TLS, no such source, a client without its address: each in a sentence."""
    assert refusals(PULL_URL_OKTA=URL) == [
        "PULL_SECRET_OKTA: found nothing; expected the secret for that address"
    ]
    assert refusals(PULL_URL_OKTA="http://acme.example", PULL_SECRET_OKTA=SECRET) == [
        "PULL_URL_OKTA: found http://; expected https://, since a secret is shown there"
    ]
    assert refusals(SOURCES="okta,n8n", PULL_URL_N8N=URL, PULL_SECRET_N8N=SECRET) == [
        "PULL_URL_N8N: found a source that is not pulled; expected one of OKTA"
    ]
    assert refusals(PULL_SECRET_OKTA=SECRET) == [
        "PULL_URL_OKTA: found nothing; expected where to pull from"
    ]
    assert refusals(
        PULL_URL_ENTRA="https://graph.example/v1.0", PULL_SECRET_ENTRA=SECRET, PULL_CLIENT_ENTRA="c"
    ) == [
        (
            "PULL_CLIENT_ENTRA: found one of the two; "
            "expected a client and where its tokens are got, or neither"
        )
    ]


def test_on_this_machine_tls_may_be_left_out() -> None:
    """For tests, and a proxy beside us that speaks it."""
    load(PULL_URL_OKTA="http://127.0.0.1:8080", PULL_SECRET_OKTA=SECRET)
