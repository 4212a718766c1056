"""Changes that are not tried, each kind with the reason why it says nothing about the tests."""

from typing import Any

NAME = "ReplaceComparisonOperator"
OF_IDENTITY = (f"{NAME}_Is_", f"{NAME}_IsNot_")
TO_IDENTITY = ("_Is", "_IsNot")
NEGATIONS = frozenset({f"{NAME}_Is_IsNot", f"{NAME}_IsNot_Is"})

OF_ARITHMETIC = "ReplaceBinaryOperator_"
OPPOSITES = frozenset(
    f"{OF_ARITHMETIC}{pair}"
    for pair in (
        *("Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul", "Div_Mul", "Mod_FloorDiv"),
        *("LShift_RShift", "RShift_LShift", "Pow_Mul"),
        *("BitAnd_BitOr", "BitOr_BitAnd", "BitOr_BitXor", "BitXor_BitAnd"),
    )
)


def is_left_out(operator: str, node: Any) -> bool:
    """Whether a change by this operator, at this node of the syntax tree, is not tried."""
    return (
        _is_annotation(node)
        or _is_keyword_marker(node)
        or _is_other_identity(operator)
        or _is_other_arithmetic(operator)
        or _is_version(node)
    )


def _is_other_arithmetic(operator: str) -> bool:
    """Of the eleven operators that could stand in place of one only its opposite is tried.

    On times, spans and sets nearly all the others raise at once, which every test notices.
    """
    return operator.startswith(OF_ARITHMETIC) and operator not in OPPOSITES


def _is_other_identity(operator: str) -> bool:
    """Of changes to and from `is` only its negation is a mistake that somebody could make.

    It stands before None and members of enumerations: `==` says the same there, and an order of
    them is never meant. Whether two equal numbers or texts are one object is the interpreter's
    matter.
    """
    is_one = operator.startswith(NAME) and operator.endswith(TO_IDENTITY)
    return (operator.startswith(OF_IDENTITY) or is_one) and operator not in NEGATIONS


def _is_annotation(node: Any) -> bool:
    """A type that is written down: mypy holds it, no answer depends on it."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type == "tfpdef":
            return True
        if parent.type == "annassign":
            return bool(parent.children[1] is child)
        if parent.type == "funcdef":
            return bool(parent.annotation is child)
        child, parent = parent, parent.parent
    return False


def _is_keyword_marker(node: Any) -> bool:
    """The `*` of a signature is no operator, though cosmic-ray takes it for one."""
    return bool(node.type == "operator" and node.parent.type == "parameters")


def _is_version(node: Any) -> bool:
    """What a rule's version is called: findings bear it, and no answer depends on it."""
    named = node.parent.children[0]
    return bool(node.parent.type == "argument" and named.get_code() == "version")
