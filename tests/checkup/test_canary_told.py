"""What `foureyes doctor` says of the canary, by the settings alone."""

from stream.checkup.check import State
from stream.checkup.running import check_canary
from tests.variables import load


def test_it_says_how_often_one_is_sent() -> None:
    """Embedded without any setting, on Kafka with the secret that intake and desk share."""
    kafka = {"KAFKA_BOOTSTRAP": "broker:9092", "CANARY_SECRET": "sixteen letters and more"}
    told = [check_canary(load(**each)) for each in ({}, kafka)]

    assert {each.state for each in told} == {State.OK}
    assert {each.found for each in told} == {"every 600 s, expected at each desk within 120 s"}


def test_it_warns_where_nobody_would_notice() -> None:
    """On Kafka without the secret none is sent: that is told with what to do."""
    told = check_canary(load(KAFKA_BOOTSTRAP="broker:9092"))

    assert (told.state, told.remedy) == (
        State.WARN,
        "set FOUREYES_CANARY_SECRET for intake and desk",
    )


def test_who_has_switched_it_off_is_not_warned() -> None:
    """That was decided."""
    assert check_canary(load(CANARY_SECONDS=0)).state is State.OK
