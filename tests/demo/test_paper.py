"""In colour for a person at a terminal, plain for everybody else."""

import io

import pytest

from stream.demo.text_page import Paper


class Terminal(io.StringIO):
    """Somewhere to write that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colour() -> None:
    """A critical finding stands out."""
    out = Terminal()
    Paper(out, {}).line("broken", "bold red")

    assert out.getvalue() == "\x1b[1;31mbroken\x1b[0m\n"


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_whoever_wants_none_gets_none(environ: dict[str, str]) -> None:
    """NO_COLOR is honoured, as is a terminal that can not."""
    out = Terminal()
    Paper(out, environ).line("broken", "bold red")

    assert out.getvalue() == "broken\n"


def test_a_file_gets_each_line_whole() -> None:
    """A search in what was written finds what is on one line."""
    out = io.StringIO()
    Paper(out, {}).line("  " + "word " * 80, "bold red")

    assert out.getvalue() == "  " + "word " * 80 + "\n"


def test_a_long_line_is_broken_at_words_and_stays_in_its_column() -> None:
    """Each part begins as far in as the line does."""
    out = Terminal()
    paper = Paper(out, {})
    paper.line("    " + "word " * 40)
    lines = out.getvalue().splitlines()

    assert len(lines) > 1
    assert [len(each) - len(each.lstrip()) for each in lines] == [4] * len(lines)
    assert "".join(lines).split() == ["word"] * 40


def test_what_is_there_to_be_copied_is_not_broken() -> None:
    """A command goes into the clipboard as one line."""
    out = Terminal()
    Paper(out, {}).line("foureyes " + "word " * 40, whole=True)

    assert out.getvalue().count("\n") == 1
