"""What the domain raises: one base, one class per thing the caller must do something about."""

from typing import ClassVar


class FoureyesError(Exception):
    """Everything foureyes raises on purpose, so that a caller can tell a defect from a refusal.

    `is_defect`: something on record is not what it was; nobody used anything wrongly.
    """

    is_defect: ClassVar[bool] = False


class InvalidEventError(FoureyesError, ValueError):
    """An event breaks an invariant of the vocabulary; it can not enter the record."""

    def __init__(self, *, field: str, found: object, expected: str) -> None:
        self.field = field
        self.found = found
        self.expected = expected
        super().__init__(f"event field {field!r} is {found!r}; expected {expected}")


class UnreadableRecordError(FoureyesError):
    """A journal or state record is not one that this version writes.

    The caller stops that partition: the record is damaged or comes from a newer version.
    """

    def __init__(self, *, what: str, found: object, expected: str) -> None:
        self.what = what
        self.found = found
        self.expected = expected
        super().__init__(f"{what} is {found!r}; expected {expected}")


class InvalidPolicyError(FoureyesError, ValueError):
    """A policy asks for something that can not be judged."""

    def __init__(self, *, key: str, found: object, expected: str) -> None:
        self.key = key
        self.found = found
        self.expected = expected
        super().__init__(f"policy key {key!r} is {found!r}; expected {expected}")


class UnknownControlError(FoureyesError, ValueError):
    """A rule maps to a control that does not exist or was withdrawn; the build fails."""

    def __init__(self, *, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"control {name!r}: {reason}")
