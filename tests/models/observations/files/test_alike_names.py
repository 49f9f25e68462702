"""Names that look alike are read as they are, because they may differ, and said."""

import warnings

import pytest

from models import AlikeNamesWarning, Counts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ben", "ben"),
        ("Ben Lee", "Ben  Lee"),
        ("Ben Lee", "Ben\u00a0Lee"),
        ("Ben Lee", "Ben\u200b Lee"),
        ("7", "007"),
        ("7", "7.0"),
        ("Ben", "\uff22en"),
    ],
    ids=["capitals", "two blanks", "another blank", "a sign that cannot be seen", "zeros", "a point", "wide"],
)
def test_names_that_look_alike_are_said(first, second, tmp_path):
    (tmp_path / "my.csv").write_text(f"name,k,n\nEmi,1,2\n{first},1,2\n{second},1,2\n")
    with pytest.warns(AlikeNamesWarning) as warned:
        counts = Counts.read(tmp_path / "my.csv")
    said = str(warned[0].message)
    assert said.startswith(f"{tmp_path / 'my.csv'}: the names {first!r} (row 2) and {second!r} (row 3) differ only in")
    assert counts.reading.warnings == (said,)
    assert counts.names == ("Emi", first, second)
    assert warned[0].filename == __file__


def test_groups_of_trials_that_look_alike_are_said(tmp_path):
    (tmp_path / "my.csv").write_text("who,won\nBen,1\nben,1\nBEN,0\nBen,0\nBen,0\n")
    with pytest.warns(AlikeNamesWarning, match=r"'Ben' \(row 1\) and 'ben' \(row 2\) .* \(and 1 more such names\)"):
        assert Counts.read(tmp_path / "my.csv", trials_long="won", group="who").n.tolist() == [3, 1, 1]


def test_names_that_differ_are_not_said_to_be_alike(tmp_path):
    (tmp_path / "my.csv").write_text("name,k,n\nBen Lee,1,2\nBenLee,1,2\n7,1,2\n70,1,2\n0,1,2\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Counts.read(tmp_path / "my.csv").reading.warnings == ()


def test_values_of_a_covariate_that_look_alike_are_said(tmp_path):
    (tmp_path / "my.csv").write_text("k,n,arm\n1,2,Treated\n1,2,treated \n1,2,caf\u00e9\n1,2,cafe\u0301\n")
    with pytest.warns(
        AlikeNamesWarning, match=r"the values 'Treated' and 'treated' of column arm differ only in .*; if"
    ):
        counts = Counts.read(tmp_path / "my.csv", covariates="arm")
    assert counts.levels["arm"] == ("Treated", "caf\u00e9", "treated")
