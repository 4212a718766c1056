"""People and groups from SCIM 2.0 (RFC 7643, 7644): resources become reference facts.

The enterprise extension's `employeeNumber` says which person a User is. A User without one gives
nobody: an id, a user name or an e-mail address names an account and not a person.

| our field | theirs |
|---|---|
| `person` | `employeeNumber` of the enterprise extension |
| `account` | `id`, from `meta.created` on: it is never given to anybody else |
| `account` | `userName`, from `meta.lastModified` on: until then it may have been another one |
| `name` | `displayName`, `name.formatted`, or `name.givenName` and `name.familyName` |
| `department`, `manager` | of the enterprise extension; the manager's `employeeNumber` |
| `status` | `active`, where it is true: an account that is not active says nothing of its person |
| entitlement `id`, `name` | `id`, `displayName` of a Group; its type is `group` |
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from stream.faults import Fault, FaultyInputError, shown
from stream.intake.fact_records import EntitlementRecord, FactRecord, PersonRecord, read_record

PROOF = "scim"
"""How such a link is known: the policy says whether it counts (`links.proofs`)."""

USER = "urn:ietf:params:scim:schemas:core:2.0:user"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
LIST = "urn:ietf:params:scim:api:messages:2.0:listresponse"
KNOWN = "a User, a Group or a ListResponse of SCIM 2.0"
RESOURCES_MAX = 200_000
"""Resources of one source that are read together."""

Attributes = Mapping[str, Any]
"""Attributes by their names in small letters: SCIM's names have no case."""


class Resource(NamedTuple):
    """One User or Group, and where it stands."""

    place: str
    schemas: frozenset[str]
    attributes: Attributes


class Pages(NamedTuple):
    """One answer in pages: the place of the last, how many are announced, and whose ids came."""

    place: str
    announced: int
    came: set[str]


class Told(NamedTuple):
    """What documents of one source tell: facts, and how many Users name no person."""

    records: list[FactRecord]
    unnamed: int


class ScimReading:
    """Documents of one source on their way in. `faults` are what is wrong with them.

    `source` is the name under which the system reports whose accounts and groups these are.
    """

    def __init__(self, source: str) -> None:
        self.faults: list[Fault] = []
        self._source = source
        self._resources: dict[str, Resource] = {}
        self._pages: dict[str, Pages] = {}

    def take(self, document: object, place: str) -> None:
        """Take one document apart: a resource, a ListResponse, or a list of either."""
        if isinstance(document, list):
            for number, each in enumerate(document):
                self._take_one(each, f"{place}[{number}]")
        else:
            self._take_one(document, place)

    def told(self) -> Told:
        """Give the facts that all documents tell together."""
        for pages in self._pages.values():
            if len(pages.came) < pages.announced:
                expected = f"all {pages.announced:,}: every page of the answer"
                self._wrong(pages.place, "Resources", len(pages.came), expected)
        users = [each for each in self._resources.values() if USER in each.schemas]
        numbers = {str(each.attributes["id"]): _number(each) for each in users}
        records: list[FactRecord] = []
        for each in self._resources.values():
            if GROUP in each.schemas:
                records += self._read(EntitlementRecord, self._group(each), each.place)
            elif _number(each) is not None:
                for link in self._links(each, numbers):
                    records += self._read(PersonRecord, link, each.place)
        self.faults = list(dict.fromkeys(self.faults))
        return Told(records, sum(each is None for each in numbers.values()))

    # --- documents ----------------------------------------------------------------------------

    def _take_one(self, document: object, place: str) -> None:
        found = _attributes(document)
        names = _schemas(found)
        if LIST in names:
            self._take_page(found, place)
        else:
            self._take_resource(found, names, place)

    def _take_page(self, page: Attributes, place: str) -> None:
        resources = page.get("resources", [])
        if not isinstance(resources, list):
            self._wrong(place, "Resources", resources, "a list")
            return
        total = page.get("totalresults")
        if type(total) is not int or total < len(resources):
            self._wrong(place, "totalResults", total, "how many there are in all, as a number")
            return
        for number, each in enumerate(resources):
            found = _attributes(each)
            self._take_resource(found, _schemas(found), f"{place} Resources[{number}]")
        # Pages of one answer announce the same; whose answer it is, the first resource tells.
        kind = GROUP if resources and GROUP in _schemas(_attributes(resources[0])) else USER
        pages = self._pages.setdefault(kind, Pages(place, total, set()))
        came = pages.came | {str(_attributes(each).get("id")) for each in resources}
        self._pages[kind] = Pages(place, max(pages.announced, total), came)

    def _take_resource(self, found: Attributes, names: frozenset[str], place: str) -> None:
        name = found.get("id")
        if len(names & {USER, GROUP}) != 1:
            self._wrong(place, "schemas", found.get("schemas"), KNOWN)
        elif not isinstance(name, str) or not name.strip():
            self._wrong(place, "id", name, "a text: RFC 7643 gives every resource one")
        elif len(self._resources) >= RESOURCES_MAX:
            self._wrong(place, "the document", "more resources", f"at most {RESOURCES_MAX:,}")
        else:
            first = self._resources.setdefault(name, Resource(place, names, found))
            if first.attributes != found:
                found_there = f"other content than in {first.place} for the same id"
                self.faults.append(
                    Fault(place=place, key="id", found=found_there, expected="one of them")
                )

    # --- resources --------------------------------------------------------------------------

    def _links(self, user: Resource, numbers: Mapping[str, object]) -> Iterator[dict[str, object]]:
        told, extension = user.attributes, _enterprise(user)
        meta = _attributes(told.get("meta"))
        person = {
            "person": _number(user),
            "source": self._source,
            "proof": PROOF,
            "name": _name(told),
            "department": extension.get("department"),
            "manager": numbers.get(str(_manager(extension))),
            "status": "active" if self._is_active(user) else None,
        }
        yield {**person, "account": told["id"], "from": meta.get("created")}
        name = told.get("username")
        if name is None:
            self._wrong(user.place, "userName", name, "a text: RFC 7643 asks for one")
        elif name != told["id"]:
            yield {**person, "account": name, "from": meta.get("lastmodified")}

    def _is_active(self, user: Resource) -> bool:
        active = user.attributes.get("active")
        if active is not None and type(active) is not bool:
            self._wrong(user.place, "active", active, "true or false")
        return active is True

    def _group(self, group: Resource) -> dict[str, object]:
        told = group.attributes
        name = told.get("displayname")
        if name is None:
            self._wrong(group.place, "displayName", name, "a text: RFC 7643 asks for one")
        return {"id": told["id"], "source": self._source, "type": "group", "name": name}

    def _read(
        self, kind: type[FactRecord], told: Mapping[str, object], place: str
    ) -> list[FactRecord]:
        record = read_record(kind, told, place)
        if isinstance(record, tuple):
            self.faults += (_in_their_words(fault) for fault in record)
            return []
        return [record]

    def _wrong(self, place: str, key: str, found: object, expected: str) -> None:
        said = "nothing" if found is None else shown(found)
        self.faults.append(Fault(place=place, key=key, found=said, expected=expected))


def pushed(told: Mapping[str, object], place: str) -> list[FactRecord]:
    """Read a record of a facts topic that holds a document: `{"source": …, "scim": …}`.

    Raises FaultyInputError.
    """
    source = told.get("source")
    if not isinstance(source, str) or not source.strip():
        fault = Fault(place=place, key="source", found=shown(source), expected="a source's name")
        raise FaultyInputError(what="a SCIM document", faults=[fault])
    reading = ScimReading(source)
    reading.take(told["scim"], place)
    found = reading.told()
    if reading.faults:
        raise FaultyInputError(what="a SCIM document", faults=reading.faults)
    return found.records


_THEIRS = {
    "person": "employeeNumber",
    "account": "id or userName",
    "name": "displayName",
    "department": "department",
    "manager": "employeeNumber of the manager",
    "from": "meta",
}


def _in_their_words(fault: Fault) -> Fault:
    """Name the attribute as the document does."""
    key = _THEIRS.get(fault.key, fault.key)
    return Fault(place=fault.place, key=key, found=fault.found, expected=fault.expected)


def _attributes(value: object) -> Attributes:
    """Write attribute names small. What is no object has none."""
    if not isinstance(value, dict):
        return {}
    return {str(name).lower(): each for name, each in value.items()}


def _enterprise(user: Resource) -> Attributes:
    return _attributes(user.attributes.get(ENTERPRISE))


def _number(user: Resource) -> object:
    """The employee number; one that is blank is none."""
    told = _enterprise(user).get("employeenumber")
    return None if isinstance(told, str) and not told.strip() else told


def _schemas(found: Attributes) -> frozenset[str]:
    told = found.get("schemas")
    if not isinstance(told, list):
        return frozenset()
    return frozenset(each.lower() for each in told if isinstance(each, str))


def _manager(extension: Attributes) -> object:
    """The id of the manager's User; some servers write it without the object around it."""
    told = extension.get("manager")
    return _attributes(told).get("value") if isinstance(told, dict) else told


def _name(user: Attributes) -> object:
    told = _attributes(user.get("name"))
    parts = [each for each in (told.get("givenname"), told.get("familyname")) if each]
    whole = " ".join(map(str, parts)) or None
    return user.get("displayname") or told.get("formatted") or whole
