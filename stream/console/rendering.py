"""Templates and the words and addresses that they use; whatever they quote is escaped."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from rules.finding import Finding
from rules.verdict import Verdict
from rules.words import moment, printable, span
from stream.pseudonyms.names import InClear, KnownNames, put_back_on_page

STATIC = ("console.css", "console.js", "icon.svg")
_VERDICTS = {
    Verdict.BROKEN: "broken",
    Verdict.OPEN: "open",
    Verdict.CANNOT_TELL: "cannot tell",
    Verdict.HELD: "held",
}


class Templates:
    """Renders pages, with the files of the folder `static` under a name for each version."""

    def __init__(self, names: KnownNames | None = None) -> None:
        """Make them; `names` puts back whom the record has by pseudonyms."""
        self._names = names or InClear()
        static = files("stream.console").joinpath("static")
        self.static = {name: static.joinpath(name).read_bytes() for name in STATIC}
        self._environment = Environment(
            loader=PackageLoader("stream.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "moment": moment,
            "stamp": stamp,
            "number": lambda amount: f"{amount:,}",
            "printable": printable,
            "span": span,
            "verdict": verdict_word,
        }
        self._environment.globals |= {
            "address": address,
            "case_address": case_address,
            "about_address": about_address,
            "static": self._static_address,
        }

    def render(self, name: str, /, **told: object) -> str:
        """Fill a template."""
        page = self._environment.get_template(f"{name}.html").render(**told)
        return put_back_on_page(page, self._names)

    def _static_address(self, name: str) -> str:
        return f"/static/{name}?v={sha256(self.static[name]).hexdigest()[:12]}"


def stamp(at: datetime) -> str:
    """Tell a time briefly: "2026-11-02 09:41:00Z"."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def verdict_word(verdict: str | None) -> str:
    """Name a verdict."""
    return "no verdict" if verdict is None else _VERDICTS[Verdict(verdict)]


def address(path: str, asked: Mapping[str, object] | None = None, /, **more: object) -> str:
    """Write an address; what is None or empty is left out."""
    told = {k: v for k, v in {**(asked or {}), **more}.items() if v not in (None, "")}
    return f"{path}?{urlencode(told)}" if told else path


def case_address(name: str, tenant: str | None) -> str:
    """Where a case is shown."""
    return address("/case", name=name, tenant=tenant)


def about_address(finding: Finding) -> str:
    """Where what a finding is about is shown: its case, or its entity."""
    match finding.entity:
        case None:
            return case_address(finding.case, finding.tenant)
        case "person":
            return address("/person", name=finding.case)
        case "workflow":
            return address("/workflow", id=finding.case)
        case _:
            return address("/findings", person=finding.case, state="all")
