"""The shape of a policy document, derived from `rules.policy`: a knob is declared only there."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import GenericAlias, UnionType
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    PrivateAttr,
    create_model,
    model_validator,
)

from rules.catalog import CATALOG
from rules.errors import InvalidPolicyError
from rules.policy import Approvals, EvidencePolicy, Exemption, Policy, SourcePolicy
from stream.kinds import (
    COUNT,
    DATE,
    FLAG,
    MOMENT,
    SPAN,
    TEXT,
    TEXT_EXPECTED,
    read_by,
    text,
    word,
)

HOMES = {
    "version": ("policy", "version"),
    "owner": ("policy", "owner"),
    "author": ("policy", "author"),
    "approved_by": ("policy", "approved_by"),
    "in_force_from": ("policy", "in_force_from"),
    "shadow": ("rules", "shadow"),
    "birthright_entitlements": ("birthright", "entitlements"),
    "birthright_workflows": ("birthright", "workflows"),
    "known_automation": ("automation", "known"),
    "human_decision_for": ("automation", "human_decision_for"),
    "link_proofs": ("links", "proofs"),
    "silence_patience": ("silence", "patience"),
    "settle_after": ("settle", "after"),
    "keep_closed_cases": ("retention", "closed_cases"),
}
"""Where the knobs stand that are fields of `Policy` itself: section and key."""

NO_PROOF = frozenset({"email", "e-mail", "mail", "name", "displayname", "display name"})
"""What two people may share, so that it never proves that they are one."""


class Section(BaseModel):
    """A table of the document. Once valid, `built` is the domain's value of it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    domain: ClassVar[Callable[..., Any]] = dict
    _built: Any = PrivateAttr()

    @model_validator(mode="after")
    def build(self) -> Self:
        """Let the domain have its say: its refusals are faults of the document."""
        told = {name: _built(getattr(self, name)) for name in self.model_fields_set}
        value = type(self).domain(**told)
        if isinstance(value, Approvals):
            _more_for_privileged(value)
        self._built = value
        return self

    @property
    def built(self) -> Any:
        """The domain's value: a dataclass, or a dict of what was told where `domain` is none."""
        return self._built


def _built(value: Any) -> Any:
    match value:
        case Section():
            return value.built
        case tuple():
            return tuple(_built(item) for item in value)
        case dict():
            return {key: _built(item) for key, item in value.items()}
        case _:
            return value


def _more_for_privileged(approvals: Approvals) -> None:
    """Whoever raises one quorum and forgets the other would protect the crown jewels less."""
    if approvals.quorum_privileged < approvals.quorum:
        raise InvalidPolicyError(
            key="quorum_privileged",
            found=approvals.quorum_privileged,
            expected=f"at least the quorum of ordinary entitlements, {approvals.quorum}",
        )


def _proof(value: Any) -> str:
    proof = text(value).lower()
    if proof in NO_PROOF:
        raise ValueError
    return proof


KINDS: dict[Any, Any] = {
    str: TEXT,
    bool: FLAG,
    int: COUNT,
    timedelta: SPAN,
    datetime: MOMENT,
    date: DATE,
}
"""How a type of the domain is read from the document."""

SPECIAL: dict[tuple[type, str], Any] = {
    (Exemption, "rule"): Annotated[str, PlainValidator(word(rule.id for rule in CATALOG))],
    (Policy, "shadow"): tuple[
        Annotated[str, PlainValidator(word(rule.id for rule in CATALOG))], ...
    ],
    (Policy, "link_proofs"): tuple[
        Annotated[
            str, read_by(_proof, "a kind of proof; equal e-mail addresses or names are none")
        ],
        ...,
    ],
    (EvidencePolicy, "template_reasons"): tuple[
        # Rules compare folded texts.
        Annotated[str, read_by(lambda v: text(v).rstrip(".").strip().lower(), TEXT_EXPECTED)],
        ...,
    ],
}
"""Fields that are read more strictly than their type asks for."""


def _kind(hint: Any) -> Any:
    """Turn a type of the domain into one that pydantic reads from the document."""
    if isinstance(hint, UnionType):
        [hint] = [option for option in get_args(hint) if option is not type(None)]
    if get_origin(hint) is tuple:
        return GenericAlias(tuple, (_kind(get_args(hint)[0]), ...))
    if is_dataclass(hint):
        return section_of(hint)
    if issubclass(hint, StrEnum):
        read = word(each.value for each in hint)
        return Annotated[hint, PlainValidator(lambda value: hint(read(value)))]
    return KINDS[hint]


def _knobs(domain: Any, *without: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield a pydantic field per field of a dataclass; only what has a default may be left out."""
    hints = get_type_hints(domain)
    for each in fields(domain):
        if each.name not in without:
            kind = SPECIAL.get((domain, each.name)) or _kind(hints[each.name])
            yield each.name, (kind, ... if _demanded(each) else None)


def _demanded(each: "Field[Any]") -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def section_of(domain: Any, *without: str) -> type[Section]:
    """Make the table that describes a dataclass of the domain."""
    knobs: dict[str, Any] = dict(_knobs(domain, *without))
    model = create_model(domain.__name__, __base__=Section, **knobs)
    if not without:
        model.domain = domain
    return model


def _document() -> type[Section]:
    """Make the whole document: what `HOMES` places, and a section per group of knobs."""
    sections: dict[str, Any] = {}
    placed: dict[str, dict[str, Any]] = {}
    for name, (kind, default) in _knobs(Policy, "sources"):
        if name in HOMES:
            section, key = HOMES[name]
            placed.setdefault(section, {})[key] = (kind, default)
        else:
            sections[name] = (kind, default)
    for section, keys in placed.items():
        sections[section] = (create_model(section, __base__=Section, **keys), None)
    sections["sources"] = (GenericAlias(dict, (TEXT, section_of(SourcePolicy, "name"))), None)
    return create_model("Document", __base__=Section, **sections)


DOCUMENT = _document()


def build_policy(tree: dict[str, Any]) -> Policy:
    """Make a policy of a parsed document. Raises pydantic's ValidationError."""
    told = DOCUMENT.model_validate(tree).built
    sources = told.pop("sources", {})
    for name, (section, key) in HOMES.items():
        if key in told.get(section, {}):
            told[name] = told[section][key]
    for section, _ in HOMES.values():
        told.pop(section, None)
    return Policy(
        **told,
        sources=tuple(SourcePolicy(name=name, **each) for name, each in sorted(sources.items())),
    )


def allowed_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """List the keys that the table at `path` may have; none where there is no table."""
    shape: Any = DOCUMENT
    for part in path:
        shape = _inside(shape, part)
    return tuple(shape.model_fields) if _is_section(shape) else ()


def _inside(shape: Any, part: str | int) -> Any:
    if _is_section(shape) and part in shape.model_fields:
        return shape.model_fields[part].annotation
    arguments = get_args(shape)
    return arguments[0 if get_origin(shape) is tuple else -1] if arguments else None


def _is_section(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, Section)
