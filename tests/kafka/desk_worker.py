"""A desk worker as `stream.desk.faust_app` runs it, with the short spans that tests can wait for.

Usage: desk_worker.py BOOTSTRAP PARTITIONS (alertmanager URL | webhook URL SECRET)
"""

import sys
from datetime import timedelta

from stream.clock import SystemClock
from stream.desk.courier import Patience
from stream.desk.delivery import Destination
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.webhook import Webhook
from stream.desk.faust_app import WorkerSettings, run_worker
from stream.hosts.kafka.client import KafkaClient
from stream.log import Log

SESSION_SECONDS = 2.0
RESEND = timedelta(seconds=1)


def destination_of(name: str, url: str, *secrets: str) -> Destination:
    """The destination that the arguments name."""
    if name == Webhook.name:
        return Webhook(url, *secrets, answer_seconds_max=1.0)
    return Alertmanager(url, resend=RESEND, answer_seconds_max=1.0)


if __name__ == "__main__":
    bootstrap, partitions, *told = sys.argv[1:]
    clock = SystemClock()
    with Log(clock):
        run_worker(
            destination_of(*told),
            WorkerSettings(
                kafka=KafkaClient(bootstrap=bootstrap),
                partitions=int(partitions),
                patience=Patience(longest_seconds=0.5, look_up_seconds=0.1),
                session_seconds=SESSION_SECONDS,
                commit_seconds=0.3,
            ),
            clock,
        )
