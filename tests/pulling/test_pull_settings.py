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


DATABASE = "postgresql://foureyes@db.example/midaudit"


def test_a_database_is_read_where_a_vendor_has_no_interface() -> None:
    """With its password in the address, in a setting, or with none; only the host is shown."""
    inside = DATABASE.replace("@", f":{SECRET}@")
    for told in ({"PULL_URL_MIDPOINT": inside}, {"PULL_URL_MIDPOINT": DATABASE}):
        settings = load(**told)
        shown = {each.name: each.value for each in settings.describe()}
        assert shown["FOUREYES_PULL_URL_MIDPOINT"] == "postgresql://db.example/…"
        assert SECRET not in f"{shown} {settings!r} {settings}"
    assert (
        "MIDPOINT" in load(PULL_URL_MIDPOINT=DATABASE, PULL_SECRET_MIDPOINT=SECRET).pull_secret_of
    )


def test_what_can_not_work_of_a_database_is_refused_before_anything_runs() -> None:
    """HTTP for it, it for HTTP, two passwords, a token, and a way that could show the password."""
    assert refusals(PULL_URL_MIDPOINT=URL, PULL_SECRET_MIDPOINT=SECRET) == [
        "PULL_URL_MIDPOINT: found an address for HTTP; expected postgresql://: its database is read"
    ]
    assert refusals(PULL_URL_OKTA=DATABASE, PULL_SECRET_OKTA=SECRET) == [
        "PULL_URL_OKTA: found a database; expected https://: it is asked over HTTP"
    ]
    expected = "expected an address: https://…, http://… or postgresql://user@host/database"
    for place in ("db.example", "db.example:no/midaudit", "[::::]/midaudit"):
        assert refusals(PULL_URL_MIDPOINT=f"postgresql://foureyes:{SECRET}@{place}") == [
            f"PULL_URL_MIDPOINT: found 'postgresql://…@{place}'; {expected}"
        ]
    inside = DATABASE.replace("@", f":{SECRET}@")
    assert refusals(PULL_URL_MIDPOINT=inside, PULL_SECRET_MIDPOINT=SECRET) == [
        "PULL_SECRET_MIDPOINT: found it twice; expected the password here or in the address"
    ]
    assert refusals(
        PULL_URL_MIDPOINT=DATABASE, PULL_CLIENT_MIDPOINT="c", PULL_TOKEN_URL_MIDPOINT=URL
    ) == ["PULL_CLIENT_MIDPOINT: found a client; expected none: no token is got for a database"]
    assert refusals(PULL_URL_MIDPOINT=f"{DATABASE}?sslmode=require") == [
        (
            "PULL_URL_MIDPOINT: found sslmode=require; expected sslmode=verify-full or none, which "
            "means it, since a password is shown there"
        )
    ]
