"""Whatever is done to an export is seen and named: by a stranger, and by who holds the key."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.exports.layout import Selection
from tests.exports import second_verifier
from tests.exports.forging import packed, resealed, rewritten, unpacked
from tests.exports.matrix import MATRIX
from tests.exports.office import KEY, WITNESS, Office, checked
from tests.properties.effort import looks


@pytest.mark.parametrize("name", MATRIX)
def test_who_holds_the_key_is_found_out(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The manifest is signed again by the archive's own key: the defect itself is named."""
    forgery = MATRIX[name]
    forged = forgery.forge(unpacked(request.getfixturevalue(forgery.of)))
    # Who has another key only signs by that, and has done so.
    sealed = forged if name == "key-unknown" else resealed(forged)
    report = checked(packed(sealed, tmp_path / f"{name}.zip"), *forgery.trusted)

    assert report.code == forgery.code
    assert forgery.kind in [each.kind for each in (*report.defects, *report.untold)]
    assert all(each.where and each.words and each.means for each in report.defects)


@pytest.mark.parametrize("name", [name for name in MATRIX if not name.startswith("key-")])
def test_a_stranger_is_found_out_twice(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Without the key there is a defect more: the manifest is not the one that was signed."""
    forgery = MATRIX[name]
    forged = forgery.forge(unpacked(request.getfixturevalue(forgery.of)))
    report = checked(packed(forged, tmp_path / f"{name}.zip"), *forgery.trusted)
    kinds = [each.kind for each in (*report.defects, *report.untold)]

    assert report.code == 1
    assert {"manifest", forgery.kind} <= {*kinds}


def test_a_member_that_was_changed_only_is_named(one_case: Path, tmp_path: Path) -> None:
    """A hex editor: the member whose digest is another one is said first."""
    members = unpacked(one_case)
    members["stories.txt"] = members["stories.txt"].upper()
    report = checked(packed(members, tmp_path / "edited.zip"))

    assert (report.defects[0].kind, report.defects[0].where) == ("digest", "stories.txt")


def test_a_tail_cut_off_and_signed_is_seen_by_who_kept_a_checkpoint(
    office: Office, everything: Path, tmp_path: Path
) -> None:
    """A log that ends earlier looks whole; nobody can see it without an older checkpoint."""
    members = unpacked(everything)
    held = office.archive.checkpoint(0) or ""
    cut = rewritten(members, lambda lines: lines[:-3])
    path = packed(resealed(cut), tmp_path / "cut.zip")
    kinds = [each.kind for each in checked(path, held=(held.encode(),)).defects]

    assert "held" in kinds
    assert "root" not in kinds


def test_a_checkpoint_that_the_file_does_not_show_can_not_be_told(
    office: Office, everything: Path
) -> None:
    """A held checkpoint of a log that is not told, or of a size between two lines."""
    office_only = office.export(Selection(kind="case", name="REQ-1-2"), "other.zip")
    held = office.archive.checkpoint(0) or ""

    assert checked(everything, held=(held.encode(),)).code == 0
    assert [each.kind for each in checked(office_only, held=(held.encode(),)).untold] == ["held"]


@pytest.mark.timeout(0)
@looks(120)
@given(data=st.data())
def test_no_single_byte_changes_unseen(
    data: st.DataObject, one_case: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Anywhere in the file, any other byte: it is a defect, or a key that nobody knows."""
    raw = bytearray(one_case.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("byte") / "changed.zip"
    path.write_bytes(raw)

    assert checked(path).code in (1, 3)


@pytest.mark.parametrize("name", MATRIX)
def test_a_second_verifier_agrees(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Another program, written from the description of the file, says the same of each."""
    forgery = MATRIX[name]
    forged = forgery.forge(unpacked(request.getfixturevalue(forgery.of)))
    sealed = forged if name == "key-unknown" else resealed(forged)
    path = packed(sealed, tmp_path / f"{name}.zip")
    keys = [
        (str(each.key), each.until.isoformat() if each.until else "") for each in forgery.trusted
    ]

    assert second_verifier.verify(path.read_bytes(), keys) == forgery.code


@pytest.mark.parametrize("of", ["one_case", "everything"])
def test_a_second_verifier_finds_nothing_in_what_is_sound(
    of: str, request: pytest.FixtureRequest
) -> None:
    """It is no verifier that always says no."""
    raw = request.getfixturevalue(of).read_bytes()
    keys = [(str(KEY.key), ""), (str(WITNESS.key), "")]

    assert second_verifier.verify(raw, keys) == 0
    assert second_verifier.verify(raw, keys[1:]) == 3


def test_the_second_verifier_is_small_and_stands_alone() -> None:
    """Small enough to be read in one sitting; nothing of the first one's arithmetic is in it."""
    source = Path(second_verifier.__file__).read_text()
    tree = ast.parse(source)
    docs = [node for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    words = [node for node in docs if isinstance(node.value, ast.Constant)]
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = [line for line in source.split("\n") if line.strip()]
    modules = [node.module or "" for node in imports if isinstance(node, ast.ImportFrom)]

    assert len(code) - len(words) - len(imports) <= 100
    assert not [each for each in modules if each.startswith(("rules.ledger", "stream.exports"))]
