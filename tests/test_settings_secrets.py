"""Secrets: where they may come from, whose they are, and that nobody sees them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stream.senders import Proven
from tests.variables import SHARED, WHSEC, load, refusals


def test_each_source_may_prove_itself_in_its_own_way() -> None:
    """One signs like GitHub, the others share a token; two are valid while one is changed."""
    settings = load(
        HTTP_SECRET=f"{SHARED} {SHARED}-new",
        HTTP_SECRET_GITHUB_ACME=f"{SHARED}-github",
        HTTP_SCHEME_GITHUB_ACME="github",
        HTTP_SECRET_N8N=WHSEC,
        HTTP_SCHEME_N8N="standard-webhooks",
    )

    assert settings.proof_of("zeebe") == Proven("bearer", (SHARED, f"{SHARED}-new"))
    assert settings.proof_of("github.acme") == Proven("github", (f"{SHARED}-github",))
    assert settings.proof_of("n8n") == Proven("standard-webhooks", (WHSEC,))


def test_a_source_speaks_as_its_vendor_does_unless_settings_differ() -> None:
    """By the connector that reads it, whatever it is called."""
    settings = load(
        SOURCES="hub=entra, okta, hooks=github",
        HTTP_SECRET=SHARED,
        HTTP_SCHEME_OKTA="bearer",
        HTTP_SECRET_HOOKS=f"{SHARED}-hooks",
    )

    assert settings.proof_of("hub") == Proven("event-grid", (SHARED,))
    assert settings.proof_of("okta") == Proven("bearer", (SHARED,))
    assert settings.proof_of("hooks") == Proven("github", (f"{SHARED}-hooks",))


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    """As Kubernetes and Compose hand it over; editors end it with a line."""
    (tmp_path / "password").write_text("p w\n")
    (tmp_path / "token").write_text(f"{SHARED}\n{SHARED}-new\n")
    settings = load(
        KAFKA_PROTOCOL="SASL_SSL",
        KAFKA_USERNAME="u",
        KAFKA_PASSWORD_FILE=tmp_path / "password",
        HTTP_SECRET_OKTA_FILE=tmp_path / "token",
    )

    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() == "p w"
    assert settings.proof_of("okta") == Proven("okta", (SHARED, f"{SHARED}-new"))


def test_a_secret_file_that_is_none_is_told_by_its_path(tmp_path: Path) -> None:
    """Missing, empty, no text, or set twice: the variable and the path, never the content."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff" * 40)
    (tmp_path / "good").write_text(SHARED)

    assert refusals(HTTP_SECRET_FILE=tmp_path / "none") == [
        (
            f"HTTP_SECRET_FILE: found {tmp_path}/none: No such file or directory; "
            "expected a file that can be read"
        )
    ]
    assert refusals(HTTP_SECRET_FILE=tmp_path / "empty") == [
        f"HTTP_SECRET_FILE: found {tmp_path}/empty: nothing; expected a secret"
    ]
    assert refusals(HTTP_SECRET_FILE=tmp_path / "binary") == [
        (
            f"HTTP_SECRET_FILE: found {tmp_path}/binary: bytes that are no text; "
            "expected a secret in UTF-8"
        )
    ]
    assert refusals(HTTP_SECRET=SHARED, HTTP_SECRET_FILE=tmp_path / "good") == [
        (
            "HTTP_SECRET_FILE: found it twice; expected either FOUREYES_HTTP_SECRET or "
            "FOUREYES_HTTP_SECRET_FILE"
        )
    ]


TOKENS = st.text("abcXYZ0123456789", min_size=24, max_size=40)


@given(TOKENS, TOKENS, TOKENS)
def test_no_secret_is_ever_shown(password: str, token: str, login: str) -> None:
    """Not by `doctor`, not in a representation that ends up in a log, not in a message."""
    settings = load(
        KAFKA_PROTOCOL="SASL_SSL",
        KAFKA_USERNAME="u",
        KAFKA_PASSWORD=password,
        HTTP_SECRET=token,
        HTTP_SECRET_OKTA=f"{token}-okta",
        WEBHOOK_SECRET=WHSEC,
        WEBHOOK_URL=f"https://u:{login}@hooks.example/services/{login}?token={login}",
        ALERTMANAGER_URL=f"http://u:{login}@127.0.0.1:9093/",
    )
    said = [
        repr(settings),
        str(settings),
        repr(settings.proof_of("okta")),
        str(settings.describe()),
    ]
    said += refusals(WEBHOOK_URL=f"htps://u:{login}@hooks.example/", HTTP_SCHEME="x")
    said += refusals(HTTP_SECRET=f"\xe4{token}", WEBHOOK_SECRET=f"whsec_!{token}")

    for text in said:
        for secret in (password, token, login, WHSEC):
            assert secret not in text
