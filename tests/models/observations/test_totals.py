"""A row that is the total of the others is read, because it may be a group, and said."""

import warnings

import pytest

from models import Categories, Counts, Events
from models.observations.totals import TotalRowWarning


def read(folder, text: str, kind=Counts, **columns):
    (folder / "my.csv").write_text(text)
    return kind.read(folder / "my.csv", **columns)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "k,n\n1,2\n2,5\n3,7\n",
            r"my.csv: row 3, line 4 of the file, is the sum of all other rows; if it is no group of",
        ),
        (
            "name,k,n\nTotal,3,7\nBen,1,2\nEmi,2,5\n",
            r"row 1 \(Total\), line 2 of the file, is the sum of all other rows",
        ),
        ("name,k,n\nBen,1,2\nEmi,2,5\n Overall: ,2,6\n", r"row 3 \(Overall:\), line 4 of the file, is called a total"),
        (
            "name,k,n,multiplicity\nBen,1,2,3\nsum,3,6,1\n",
            r"row 2 \(sum\), line 3 of the file, is the sum of all other",
        ),
        (
            "k,n\n1,10\n2,10\n3,20\n1,5\n2,5\n3,10\n",
            r"row 3, line 4 of the file, is the sum of the rows beside it \(and 1 more such rows\); if it is no",
        ),
        (
            "name,k,n\nNorth,3,20\na,1,10\nb,2,10\nSouth,3,10\nc,1,5\nd,2,5\n",
            r"row 1 \(North\), line 2 of the file, is the sum of the rows beside it \(and 1 more such rows\)",
        ),
        (
            "name,k,n\na,1,10\nb,2,10\nall a,3,20\nc,1,5\nd,2,5\nall c,3,10\neverything,6,30\n",
            r"row 3 \(all a\), line 4 of the file, is the sum of the rows beside it \(and 2 more such rows\)",
        ),
        (
            "name,k,n\na,1,10\nTotal 2025,4,20\nb,2,10\nNorth total,4,20\n",
            r"row 2 \(Total 2025\), line 3 of the file, is called a total \(and 1 more such rows\)",
        ),
        ("name,k,n\na,1,10\nb,2,20\nMean,1,15\n", r"row 3 \(Mean\), line 4 of the file, is called a mean; if it is no"),
    ],
    ids=[
        "last",
        "first",
        "by its name",
        "of several",
        "of blocks",
        "above blocks",
        "of blocks and of all",
        "words",
        "mean",
    ],
)
def test_a_total_is_said_and_read(text, said, tmp_path):
    with pytest.warns(TotalRowWarning, match=said) as warned:
        counts = read(tmp_path, text)
    assert len(counts) == text.count("\n") - 1
    assert counts.reading.warnings == (str(warned[0].message),)
    assert warned[0].filename == __file__


def test_a_total_of_events_or_in_a_large_file_is_said(tmp_path, streamed):
    with pytest.warns(TotalRowWarning, match="is the sum of all other rows; if it is no group of its own"):
        read(tmp_path, "k,exposure\n1,0.1\n2,0.2\n3,0.3\n", Events)
    with pytest.warns(TotalRowWarning, match=r"my\.csv: the row of 200 in 400 is the sum"):
        streamed(Counts.read, write(tmp_path, "k,n\n" + "1,2\n" * 200 + "200,400\n"))


def write(folder, text: str):
    (folder / "large").mkdir()
    (folder / "large" / "my.csv").write_text(text)
    return folder / "large" / "my.csv"


@pytest.mark.parametrize(
    "text",
    [
        "k,n\n3,7\n3,7\n",
        "k,n\n1,2\n2,5\n3,8\n",
        "k,n\n1,2\n2,5\n2,7\n",
        "k,n\n0,0\n0,0\n0,0\n",
        "name,k,n\nAlla,1,2\nBen,1,2\n",
        "k,n\n" + "1,5\n" * 12,
        "k,n\n1,10\n2,10\n3,20\n1,5\n2,5\n3,11\n",
        "k,n\n1,10\n2,10\n3,20\n1,5\n2,5\n3,10\n0,7\n",
        "k,n\n0,0\n0,0\n0,0\n0,0\n0,0\n0,0\n1,2\n",
    ],
    ids=[
        "two alike",
        "other trials",
        "other successes",
        "nobody",
        "a name that begins so",
        "all alike",
        "one block",
        "a row in no block",
        "none",
    ],
)
def test_what_is_no_total_is_not_called_one(text, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(tmp_path, text).reading.warnings == ()


def test_a_total_of_several_names_and_one_of_categories_is_said(tmp_path):
    with pytest.warns(TotalRowWarning, match=r"row 2 \(x, Overall\), line 3 of the file, is called a total"):
        read(tmp_path, "a,b,k,n\nx,y,1,3\nx,Overall,1,4\nz,y,1,1\n", name=["a", "b"])
    text = "red,blue,both\n1,2,3\n4,0,4\n"
    with pytest.warns(TotalRowWarning, match=r"my\.csv: column both is the sum of the other categories; if it is no"):
        read(tmp_path, text, Categories, k=("red", "blue", "both"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(tmp_path, text + "1,1,3\n", Categories, k=("red", "blue", "both"))
        read(tmp_path, "red,blue\n1,1\n2,2\n", Categories, k=("red", "blue"))
