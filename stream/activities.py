"""Which activities of a process are steps of a decision: a TOML file beside a log."""

import tomllib
from pathlib import Path

from rules.errors import FoureyesError
from rules.events import Action
from stream.connectors import Connector, connector
from stream.connectors.xes import XES, with_activities


class InvalidActivitiesError(FoureyesError):
    """A file of activities can not be read, or gives an activity an action that there is not."""

    def __init__(self, *, path: Path, activity: str | None, reason: str) -> None:
        self.path = path
        self.activity = activity
        self.reason = reason
        what = "" if activity is None else f"activity {activity!r} "
        super().__init__(f"{path}: {what}{reason}")


def connector_with(name: str, activities: Path | None) -> Connector:
    """Find a connector; `activities` says what the activities of an XES log are.

    The file has one line an activity: `"Check document" = "approved"`. Raises UnknownSourceError,
    InvalidActivitiesError.
    """
    found = connector(name)
    if activities is None:
        return found
    if found is not XES:
        raise InvalidActivitiesError(
            path=activities, activity=None, reason=f"is for XES logs; {name!r} has words of its own"
        )
    return with_activities(_read(activities))


def _read(path: Path) -> dict[str, str]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"can not be read: {error.strerror}"
        raise InvalidActivitiesError(path=path, activity=None, reason=reason) from error
    except ValueError as error:
        raise InvalidActivitiesError(
            path=path, activity=None, reason=f"is no TOML: {error}"
        ) from error
    for activity, action in told.items():
        if not isinstance(action, str) or action not in set(Action):
            reason = f"is {action!r}; expected one of {sorted(Action)}"
            raise InvalidActivitiesError(path=path, activity=activity, reason=reason)
    return told
