"""Every key of a TOML document is found on its line, however the document is written."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.toml_lines import PATH_PARTS_MAX, Path, key_lines, line_of


class Bare(str):
    """A value that is written as it is, without quotes."""

    __slots__ = ()


KEYS = st.text("abcXYZ019_-. äß\"'#[]=", min_size=1, max_size=5)
SCALARS = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.text("ab \"'\\#[]{},=\n", max_size=6),
    st.sampled_from(["1979-05-27 07:32:00Z", "1.5e3", "07:32:00"]).map(Bare),
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)
FILLINGS = st.sampled_from(["", " ", "\n", " # no [table] = here\n", "\n\n"])


class Writer:
    """Writes a tree in a randomly chosen style, and notes where it put what."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.text = ""
        self.lines: dict[Path, int] = {}

    def choose(self, *options: str) -> str:
        return self.data.draw(st.sampled_from(options))

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: Path) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self.text.count("\n") + 1)

    def key(self, key: str) -> str:
        bare = all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
        options = [json.dumps(key, ensure_ascii=False)]
        if bare:
            options.append(key)
        if "'" not in key:
            options.append(f"'{key}'")
        return self.choose(*options)

    def document(self, tree: dict[str, Any]) -> None:
        """Plain pairs first, then tables and arrays of tables, which can not be left again."""
        tables = {
            k: v for k, v in tree.items() if isinstance(v, dict) and self.choose("t", "i") == "t"
        }
        arrays = {
            k: v
            for k, v in tree.items()
            if isinstance(v, list) and v and all(isinstance(e, dict) for e in v)
        }
        for key, value in tree.items():
            if key not in tables and key not in arrays:
                self.pair((), key, value)
        for key, value in tables.items():
            self.put(self.data.draw(FILLINGS) + "\n")
            self.note((key,))
            self.put(f"[{self.key(key)}] # a table\n")
            for inner, item in value.items():
                self.pair((key,), inner, item)
        for key, value in arrays.items():
            for number, element in enumerate(value):
                self.put("\n")
                self.note((key, number))
                self.put(f"[[ {self.key(key)} ]]\n")
                for inner, item in element.items():
                    self.pair((key, number), inner, item)

    def pair(self, table: Path, key: str, value: Any) -> None:
        path = (*table, key)
        self.note(path)
        written = self.key(key)
        while isinstance(value, dict) and len(value) == 1 and self.choose("dot", "brace") == "dot":
            [(inner, value)] = value.items()
            path = (*path, inner)
            self.note(path)
            written += self.choose(".", " . ") + self.key(inner)
        self.put(written + self.choose("=", " = "))
        self.value(path, value, in_table=False)
        self.put(self.choose("\n", " # end\n", "\n\n"))

    def value(self, path: Path, value: Any, *, in_table: bool) -> None:
        match value:
            case dict():
                self.put("{")
                for number, (key, item) in enumerate(value.items()):
                    self.put(", " if number else " ")
                    self.note((*path, key))
                    self.put(f"{self.key(key)} = ")
                    self.value((*path, key), item, in_table=True)
                self.put("}")
            case list():
                self.put("[")
                for number, item in enumerate(value):
                    self.put(self.data.draw(FILLINGS))
                    self.note((*path, number))
                    self.value((*path, number), item, in_table=in_table)
                    last = number == len(value) - 1
                    self.put(
                        self.choose(",", ", ") if not last or self.choose("y", "n") == "y" else ""
                    )
                self.put(self.data.draw(FILLINGS) + "]")
            case Bare():
                self.put(value)
            case str():
                self.put(self.string(value))
            case _:
                self.put(json.dumps(value))

    def string(self, value: str) -> str:
        basic = json.dumps(value)
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        options = [basic]
        if "'" not in value and "\n" not in value:
            options.append(f"'{value}'")
        if "'''" not in value:
            options.append(f"'''\n{value}'''")
        options.append(f'"""{"" if value.startswith(chr(10)) else chr(10)}{escaped}"""')
        return self.choose(*options)


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """List every key and array element that the real parser sees."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        yield (*path, key)
        yield from paths(item, (*path, key))


@given(TREES, st.data())
def test_a_key_is_found_where_it_was_written(tree: dict[str, Any], data: st.DataObject) -> None:
    """Strings over several lines, dotted and quoted keys, arrays in arrays: none may mislead."""
    writer = Writer(data)
    writer.document(tree)
    found = key_lines(writer.text)

    assert found == writer.lines
    assert set(found) == set(paths(tomllib.loads(writer.text)))


@pytest.mark.parametrize(
    ("document", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("[one]\nx = 1\n[two]\ny = 2", ("two", "y"), 4),
        ("a.b . 'c d'.\"e\" = 1", ("a", "b", "c d", "e"), 1),
        ("[[rows]]\nn = 1\n[[rows]]\nn = 2\n", ("rows", 1, "n"), 4),
        ("[[rows]]\n[rows.deep]\nn = 1\n[[rows]]\n[rows.deep]\nn = 2", ("rows", 1, "deep", "n"), 6),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nx = 1", ("a", 0, "b", 1, "x"), 4),
        ("a = [\n 1,\n # 9,\n {x = 2},\n]\nb = 3", ("a", 1, "x"), 4),
        ("a = [\n 1,\n # 9,\n {x = 2},\n]\nb = 3", ("b",), 6),
        ('a = """\n[b]\nb = 1\n"""\nb = 2', ("b",), 5),
        ('a = """x"""""\nb = 2', ("b",), 2),
        ("a = '''x'''''\nb = 2", ("b",), 2),
        ("a = 1\r\n\r\nb = 2\r\n", ("b",), 3),
        ("a = 1979-05-27 07:32:00Z # [\nb = 2", ("b",), 2),
        ("x.y = 1\nx.z = 2", ("x",), 1),
        ("[a.b]\nc = 1\n[a]\nd = 2", ("a", "d"), 4),
    ],
)
def test_the_line_of(document: str, path: Path, line: int) -> None:
    """The cases somebody might look up, one by one."""
    tomllib.loads(document)

    assert key_lines(document)[path] == line


def test_a_missing_key_is_placed_where_it_is_missing() -> None:
    """The exception on line 3 has no owner: that is what its author can act on."""
    lines = key_lines("a = 1\n\n[[rows]]\nn = 1\n")

    assert line_of(lines, ("rows", 0, "owner")) == 3
    assert line_of(lines, ("elsewhere",)) == 1


def test_a_very_deep_key_costs_no_more_than_a_flat_one() -> None:
    """A dotted key of ten thousand parts must not fill the memory with its own beginnings."""
    lines = key_lines(".".join(["a"] * 10_000) + " = 1")

    assert len(lines) == PATH_PARTS_MAX
    assert line_of(lines, ("a",) * 10_000) == 1
