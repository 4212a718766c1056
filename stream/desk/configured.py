"""The desk as the settings have it: which destinations there are, and how patient it is."""

from datetime import timedelta
from pathlib import Path

from stream.desk.courier import Patience
from stream.desk.delivery import Destination, InvalidDestinationError
from stream.desk.desk import Memory
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.stdout import Stdout
from stream.desk.destinations.webhook import Webhook
from stream.settings import Settings

NOWHERE = "none"
STANDARD_OUTPUT = "stdout"


def destination_names(settings: Settings) -> tuple[str, ...]:
    """Name the destinations that are set up, in a fixed order."""
    is_set_up = {
        Stdout.name: settings.findings != NOWHERE,
        Alertmanager.name: settings.alertmanager_url is not None,
        Webhook.name: settings.webhook_url is not None,
    }
    return tuple(name for name, there in is_set_up.items() if there)


def make_destination(name: str, settings: Settings) -> Destination:
    """Make one that is set up. Raises InvalidDestinationError."""
    if name not in destination_names(settings):
        raise InvalidDestinationError(
            destination=name,
            what="it",
            found="not set up",
            expected=f"one of {', '.join(destination_names(settings)) or 'none'}",
        )
    if name == Alertmanager.name:
        resend = timedelta(seconds=settings.resend_seconds)
        return Alertmanager(str(settings.alertmanager_url), resend=resend)
    if name == Webhook.name:
        secret = settings.webhook_secret
        return Webhook(str(settings.webhook_url), secret.get_secret_value() if secret else "")
    return Stdout(None if settings.findings == STANDARD_OUTPUT else Path(settings.findings))


def patience_of(settings: Settings) -> Patience:
    """How long a destination that is down is left alone between two attempts."""
    return Patience(longest_seconds=settings.retry_seconds_max)


def memory_of(settings: Settings) -> Memory:
    """How many closed findings a desk remembers."""
    return Memory(closed_max=settings.closed_findings_max)
