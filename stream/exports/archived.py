"""A workflow's cases out of an archive, judged again as of its last entry: for `review`."""

from rules.review import Reviewed
from stream.archive.reader import Archive
from stream.exports.layout import Selection
from stream.exports.one_case import hear


def reviewed_cases(archive: Archive, workflow: str) -> list[Reviewed]:
    """The cases that ran in a workflow, with what each rule says of them."""
    cases = (
        Reviewed(heard.judged.file, {said.rule.id: said.verdict for said in heard.judged.said})
        for _, heard in hear(archive, Selection(kind="workflow", name=workflow))
    )
    return sorted(cases, key=lambda each: (each.file.tenant or "", each.file.case))
