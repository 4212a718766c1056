"""What `foureyes doctor` says of the addresses that are pulled: tried, and no secret shown."""

from pathlib import Path

from stream.checkup.check import State
from stream.checkup.pulled import check_pulled
from stream.settings import Settings
from tests.pulling.certified import certified
from tests.pulling.vendor_server import VendorServer, in_a_thread
from tests.servers import free_ports


def settings(url: str, **more: str) -> Settings:
    """Okta is pulled from there."""
    told = {"FOUREYES_PULL_URL_OKTA": url, "FOUREYES_PULL_SECRET_OKTA": "not-to-be-logged"}
    return Settings.load({**told, **more})


def test_an_address_that_answers_by_a_certificate_that_is_trusted_is_good(tmp_path: Path) -> None:
    """And without its authority it is not; nothing was asked, so nothing was shown."""
    authority, tls = certified(tmp_path)
    server = VendorServer()
    server.tls = tls
    with in_a_thread(server):
        (good,) = check_pulled(settings(server.url, FOUREYES_PULL_CA_FILE=str(authority)))
        (bad,) = check_pulled(settings(server.url))

    assert (good.state, bad.state) == (State.OK, State.WRONG)
    assert "over TLSv1" in good.found
    assert "certificate" in bad.found
    assert server.authorizations == []


def test_an_address_at_which_nobody_is_is_told() -> None:
    """With the setting that names it."""
    (port,) = free_ports(1)
    (told,) = check_pulled(settings(f"http://127.0.0.1:{port}"))

    assert told.state is State.WRONG
    assert "FOUREYES_PULL_URL_OKTA" in told.remedy
