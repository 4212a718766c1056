"""A delta written in XML, taken apart into objects like those that JSON gives.

Expat reads it. Document types and entities are refused before anything could be expanded, and
depth is bounded.
"""

from typing import Any
from xml.parsers import expat

DEPTH_MAX = 64
"""Elements inside each other."""

_ABOUT_XML = ("xmlns", "xsi:", "xml:")

Node = dict[str, Any]


def read_xml(delta: bytes) -> Node:
    """Read it: elements and attributes by their names, several of one name as a list.

    An element that holds nothing but text is that text. Raises ValueError.
    """
    tree = _Tree()
    try:
        tree.parser.Parse(delta, True)  # noqa: FBT003 - expat's own way to say: to the end
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return tree.root


class _Tree:
    def __init__(self) -> None:
        self.root: Node = {}
        self._open: list[tuple[Node, list[str]]] = [(self.root, [])]
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.CharacterDataHandler = self._text
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _begin(self, _name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEPTH_MAX:
            raise ValueError(f"more than {DEPTH_MAX} elements inside each other")
        told = {each: text for each, text in attributes.items() if not each.startswith(_ABOUT_XML)}
        self._open.append((told, []))

    def _text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def _end(self, name: str) -> None:
        told, text = self._open.pop()
        value = told or "".join(text).strip()
        parent, _ = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif type(parent[name]) is list:
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type")
