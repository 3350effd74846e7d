"""Which files are parsed, and what results are called."""

from pathlib import Path

from hiremesh_cli.files import result_names, resumes_in, write_result


def test_a_result_is_called_after_the_stem_of_its_file() -> None:
    assert result_names([Path("in/ada.pdf"), Path("in/ben.docx")]) == ["ada.json", "ben.json"]


def test_files_with_one_stem_do_not_overwrite_each_other() -> None:
    names = result_names([Path("cv.pdf"), Path("cv.docx"), Path("a/cv.pdf"), Path("CV.PDF"), Path("cv.pdf-2")])
    assert names == ["cv.pdf.json", "cv.docx.json", "cv.pdf-2.json", "CV.PDF-3.json", "cv.pdf-2-2.json"]
    assert len({name.casefold() for name in names}) == len(names)


def test_folders_give_their_resumes_and_named_files_are_taken_as_they_are(tmp_path: Path) -> None:
    for name in ("b.pdf", "deeper/a.DOCX", "notes.md", ".git/c.pdf", "named.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = resumes_in([tmp_path / "named.md", tmp_path, tmp_path / "b.pdf"])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["named.md", "b.pdf", "deeper/a.DOCX"]


def test_a_result_replaces_an_older_one_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text("old")
    write_result(tmp_path / "ada.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("ada.json", "new")]
