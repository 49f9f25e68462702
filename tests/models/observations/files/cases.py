"""Files that people have, each with the counts that are in it, or the one line that says why it cannot be read."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from tests.models.observations.files.workbooks import cells, open_document, text, workbook, workbook_of

K, N, NAMES = [3, 1, 0], [10, 12, 7], ("Alyssa", "Ben", "Carmen")
TEXT = "name,k,n\nAlyssa,3,10\nBen,1,12\nCarmen,0,7\n"


@dataclass(frozen=True)
class Case:
    """A file, how it is read, and what comes of it.

    Args:
        file: its name.
        content: its text or bytes.
        k: the successes; None if it is refused.
        n: the trials.
        names: the names; None if rows have none.
        error: what the one line says after the name of the file, if it is refused.
        options: keywords of `Counts.read`.
    """

    file: str
    content: str | bytes
    k: Sequence[int] | None = None
    n: Sequence[int] = ()
    names: Sequence[str] | None = None
    error: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        """What is in the file."""
        return self.content.encode() if isinstance(self.content, str) else self.content


def right(content: str | bytes, file: str = "my.csv", *, k=K, n=N, names=NAMES, **options: Any) -> Case:
    """A file that holds these counts, those of TEXT by default."""
    return Case(file, content, k, n, names, options=options)


def wrong(content: str | bytes, error: str, file: str = "my.csv", **options: Any) -> Case:
    """A file that is refused with this error."""
    return Case(file, content, error=error, options=options)


def written(write: Callable[[pl.DataFrame, io.BytesIO], Any], **columns: Any) -> bytes:
    """The bytes of a table of these columns, or of the counts of TEXT."""
    into = io.BytesIO()
    write(pl.DataFrame(columns or {"name": NAMES, "k": K, "n": N}), into)
    return into.getvalue()


def parquet(**columns: Any) -> bytes:
    """A Parquet file."""
    return written(pl.DataFrame.write_parquet, **columns)


def feather(**columns: Any) -> bytes:
    """A Feather file."""
    return written(pl.DataFrame.write_ipc, **columns)


def archive(**files: str | bytes) -> bytes:
    """A zip file; two underscores in a name stand for a dot."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "."), content)
    return into.getvalue()


# An .xls file of Excel 97, sheets "Class A" and "notes", as xlwt 1.3 wrote it; no library still kept writes one.
EXCEL_97 = gzip.decompress((Path(__file__).parent / "excel_97.xls.gz").read_bytes())

ROWS = [["name", "k", "n"], *zip(NAMES, K, N, strict=True)]
OBJECTS = [dict(zip(("name", "k", "n"), row, strict=True)) for row in ROWS[1:]]
LEFT_OUT = {"k": [3, 0], "n": [10, 7], "names": ("Alyssa", "Carmen"), "drop_missing": True}
LONG = "who,won\nBen,1\nEmi,0\nBen,0\nBen,1\n"
LONG_READ = {"k": [2, 0], "n": [3, 1], "names": ("Ben", "Emi"), "trials_long": "won", "group": "who"}


SEPARATORS = {
    "commas": right(TEXT),
    "semicolons": right(TEXT.replace(",", ";")),
    "tabs": right(TEXT.replace(",", "\t"), "my.tsv"),
    "spaces": right(TEXT.replace(",", " "), "my.dat"),
    "columns aligned by spaces": wrong(
        "name    k  n\nAlyssa  3 10\n", "no column 'k': there is one column only, 'name    k  n'; separate", "my.dat"
    ),
    "bars": right(TEXT.replace(",", "|"), "my.txt"),
    "announced": right("sep=;\n" + TEXT.replace(",", ";")),
    "announced, and of no other file": right("sep=^\n" + TEXT.replace(",", "^")),
    "announced in quotes": right('"sep=\t"\r\n' + TEXT.replace(",", "\t")),
    "commas in names between semicolons": right(
        "name;k;n\nSmith, J;3;10\nLee, B;1;12\nRay, C;0;7\n", names=("Smith, J", "Lee, B", "Ray, C")
    ),
    "commas in quoted names": right(
        'name,k,n\n"Smith, J",3,10\nBen,1,12\n', k=[3, 1], n=[10, 12], names=("Smith, J", "Ben")
    ),
    "a column more of some rows": wrong(
        TEXT + "Smith, J,1,2\n", "line 5 of the file has 4 values, but the header (line 1) has 3 columns; put a value"
    ),
    "separators at the ends": right("name,k,n,,\nAlyssa,3,10,,\nBen,1,12,,\nCarmen,0,7,,\n"),
    "separators at the ends of rows": right("name,k,n\nAlyssa,3,10,\nBen,1,12,\nCarmen,0,7,\n"),
    "inches": right('name,k,n\n5" pipe,3,10\n6" pipe,1,12\n', k=[3, 1], n=[10, 12], names=('5" pipe', '6" pipe')),
    "inches among quotes": wrong(
        'name,k,n\n"Ben",1,2\n5" pipe,3,10\n6" pipe,1,12\n', "line 3 of the file: a quotation mark is not closed, or is"
    ),
    "a quote that is not closed": wrong(
        'name,k,n\n"Ben,1,2\nEmi,3,10\n', "line 2 of the file: a quotation mark is not"
    ),
    "a quote that is closed in the next row": wrong(
        'name,k,n\nEmi,3,10\n"Ben,1,2\nAda",3,10\nIda,0,1\n',
        "line 3 of the file: the quotation mark that is opened here is closed only in another row; close it in its own",
    ),
    "a quote between backslashes": wrong(
        'name,k,n\n"a\\"b",2,5\nc,2,6\n"a\\"b",1,6\n',
        "line 2 of the file: a quotation mark is not closed, or is inside",
    ),
    "blanks before quotes": right(
        'k, n, "name"\n3, 10, "Smith, J"\n1, "12",  "Lee ""B"""\n', k=[3, 1], n=[10, 12], names=("Smith, J", 'Lee "B"')
    ),
    "blanks behind quotes": right(
        'name;k;n\n"Smith; J" ;3;"10" \n"Lee" ;1; 12\n', k=[3, 1], n=[10, 12], names=("Smith; J", "Lee")
    ),
    "blanks and commas inside quotes": right(
        'name,k,n\n"a, ""b"" ,c",3,10\n"d ,e",1,12\n', k=[3, 1], n=[10, 12], names=('a, "b" ,c', "d ,e")
    ),
    "an address in quotes": right(
        'name,k,n,where\nBen,3,10,"1, High Street\nYork, 3"\nEmi,1,12,"2, High Street\nYork"\n',
        k=[3, 1],
        n=[10, 12],
        names=("Ben", "Emi"),
    ),
    "line breaks in names": right(
        'name,k,n\n"Ben\nLee",1,2\nEmi,3,10\n', k=[1, 3], n=[2, 10], names=("Ben\nLee", "Emi")
    ),
    "a bad line below line breaks": wrong(
        'name,k,n\n"Ben\nLee",1,2\nEmi,x,10\n',
        "row 2, column k: 'x' is not a number; write a number, or NA where it is missing; line 4 of the file",
    ),
    "a first row that ends early": right("name,k,n,note\nAlyssa,3,10\nBen,1,12,x\nCarmen,0,7\n"),
    "a quote that is not closed in another column": wrong(
        'k,n,note\n1,2,"x\n1,2,y\n', "line 2 of the file: a quotation mark is not closed, or is inside a value; put"
    ),
    "quotes in a title": right(
        '"5"" pipes"\n"of\n' + TEXT.replace("Ben", '5" pipe'), names=("Alyssa", '5" pipe', "Carmen")
    ),
    "line breaks in the header": wrong(
        '"k\n",of\n1,2\n', "no column 'n': name the column by --n, in Python n= (columns: k, of)"
    ),
    "control characters": wrong(
        "k,n\n1\x07,2\n", r"row 1, column k: '1\x07' is not a number; write the number alone, as 1"
    ),
    "line breaks between columns": wrong(
        '"a\nb",c\n1,2\n', r"no column 'k': name the column by --k, in Python k= (columns: a\nb, c)"
    ),
    "many columns": wrong(
        ",".join(f"column {i}" for i in range(99)) + "\n" + ",".join("1" * 99) + "\n",
        "no column 'k': name the column by --k",
    ),
    "rows that end early": wrong(TEXT + "Diego,3\n", "row 4, column n: missing; write 0 if there were none, or leave"),
}
HEADERS = {
    "comments": right("# of 2026\n#, and more\n" + TEXT),
    "a title of a spreadsheet": wrong(
        "Sold in 2026;;\nNorth;;\n\nshop;sold;visitors\nAlyssa;3;10\nBen;1;12\n",
        "no column 'k': name the column by --k, in Python k= (columns: shop, sold, visitors)",
    ),
    "a rate alone": wrong(
        "name,k\nBen,0.25\n",
        "no column 'n': name the column by --n, in Python n= (columns: name, k); a rate without the number",
    ),
    "a name that begins with #": right(
        "name,k,n\n#7 Main Street,3,10\nBen,1,12\n", k=[3, 1], n=[10, 12], names=("#7 Main Street", "Ben")
    ),
    "a comment below the header": wrong(
        "name,k,n\nBen,1,12\n# checked\n",
        "row 2, column k: missing; write 0 if there were none, or leave such rows out by drop_missing=True "
        "(--drop-missing); line 3 of the file, which begins with #; comments are lines above the header",
    ),
    "a header that begins with #": right("#name\tk\tn\nAlyssa\t3\t10\nBen\t1\t12\nCarmen\t0\t7\n", name="name"),
    "titles": right("Batting, of 2026\nby team\n\n" + TEXT),
    "titles between separators": right("Report;;\n;;\n" + TEXT.replace(",", ";")),
    "blank lines above": right("\n\n" + TEXT),
    "names of rows, as R writes them": right('"k","n"\n"Alyssa",3,10\n"Ben",1,12\n"Carmen",0,7\n'),
    "names of rows between spaces": right('"k" "n"\n"Alyssa" 3 10\n"Ben" 1 12\n"Carmen" 0 7\n', "my.txt"),
    "names of rows between tabs": right("k\tn\nAlyssa\t3\t10\nBen\t1\t12\nCarmen\t0\t7\n", "my.txt"),
    "a header without a name in front": right(",k,n\n0,3,10\n1,1,12\n2,0,7\n", names=None),
    "a column twice": wrong("k,n,k\n1,2,3\n", "the header has the column 'k' 2 times; rename all but one"),
    "another column twice": right("name,k,n,note,note\nAlyssa,3,10,,\nBen,1,12,,\nCarmen,0,7,,\n"),
    "spaces in the header": right(TEXT.replace("name,k,n", " name , k,n ")),
    "no header": wrong(
        "Ben,3,10\nEmi,1,12\n", "no column 'k'; the header is Ben, 3, 10: give the file a first line that"
    ),
    "other columns": wrong(
        "player,hits,AB\nBen,3,10\n",
        "no column 'k': use --k hits --n AB, in Python k='hits', n='AB' (columns: player, hits, AB)",
    ),
    "answers that are called as columns often are": wrong(
        "id,first,second\n1,yes,no\n2,no,yes\n",
        "no column 'k': name the column by --k, in Python k= (columns: id, first, second)",
    ),
    "other columns below titles": right(
        "Report,,\n,,\nTeam,Clicks,Views\nAlyssa,3,10\nBen,1,12\nCarmen,0,7\n", guess=True
    ),
    "columns of failures": wrong(
        "team,wins,losses\nBen,3,10\n",
        "no column 'k': use --k wins --failures losses, in Python k='wins', failures='losses'",
    ),
    "a column in capitals": wrong("K,of\n1,2\n", "no column 'k'; is it 'K'? (columns: K, of)"),
    "two counts in a column": wrong(
        "name,when,score\nBen,1/2/2026,3/10\n",
        "no column 'k': name the column by --k, in Python k= (columns: name, when, score); column score holds '3/10': "
        "write the successes and the trials in a column each",
    ),
    "two counts that became a date": wrong(
        "name,k\nBen,10-Mar\n",
        "no column 'n': name the column by --n, in Python n= (columns: name, k); column k holds '10-Mar': write the",
    ),
    "one column": wrong(
        "name~k~n\nBen~1~2\n",
        "no column 'k': there is one column only, 'name~k~n'; separate columns by commas, semicolons, tabs or bars",
    ),
    "columns nobody knows": wrong("a,b\n1,2\n", "no column 'k': name the column by --k, in Python k= (columns: a, b)"),
    "nothing": wrong("", "the file is empty; give a header line"),
    "a header alone": wrong("k,n\n", "no groups: there are no rows of counts"),
    "a comment like the header": right("# name,k,n\n" + TEXT),
    "the header again": wrong(
        TEXT + TEXT, "row 4, column k, n, name: this is the header again; delete its line; line 5 of the file"
    ),
    "the header of trials again": wrong(
        LONG + LONG,
        "row 5, column won, who: this is the header again; delete its line; line 6 of the file",
        trials_long="won",
        group="who",
    ),
    "comments alone": wrong("# k,n\n", "no groups: there are no rows of counts"),
}
CHARACTERS = {
    "a byte order mark": right("\ufeff" + TEXT),
    "a byte order mark before k": right("\ufeffk,n\n3,10\n1,12\n0,7\n", names=None),
    "UTF-16": right(TEXT.replace("Ben", "Bén").encode("utf-16"), names=("Alyssa", "Bén", "Carmen")),
    "UTF-16 of Japanese": right(
        ("氏名は漢字で書いてあります,k,n\n" + "".join(f"生徒生徒生徒生徒生徒生徒{i},1,2\n" for i in "一二三四")).encode(
            "utf-16"
        ),
        k=[1] * 4,
        n=[2] * 4,
        names=None,
    ),
    "UTF-16 without a mark": right(TEXT.encode("utf-16-le")),
    "UTF-16 between tabs": right(TEXT.replace(",", "\t").encode("utf-16-be"), "my.txt"),
    "Windows-1252": right(TEXT.replace("Ben", "Bén – €").encode("cp1252"), names=("Alyssa", "Bén – €", "Carmen")),  # noqa: RUF001
    "neither": wrong(
        TEXT.encode() + b"B\x81n,1,2\n", "line 5 of the file: characters of neither UTF-8 nor Windows-1252; save"
    ),
    "Windows line ends": right(TEXT.replace("\n", "\r\n")),
    "old Mac line ends": right(TEXT.replace("\n", "\r")),
    "old Mac line ends, a bad value": wrong(
        "k,n\r1,2\rx,2\r",
        "row 2, column k: 'x' is not a number; write a number, or NA where it is missing; line 3 of the file",
    ),
    "blank lines at the end": right(TEXT + "\r\n , ,\n\n"),
    "no line end": right(TEXT.strip()),
    "accents": right(TEXT.replace("Ben", "Bén – €"), names=("Alyssa", "Bén – €", "Carmen")),  # noqa: RUF001
    "files put together, with their marks": right(
        "\ufeffname,k,n\nAlyssa,3,10\n\ufeffBen,1,12\nCarmen,\u200b0\ufeff,\u200e7\n"
    ),
    "a header with signs that cannot be seen": right("\ufeff\u200bname,\u200bk,n\u200e\n" + TEXT.partition("\n")[2]),
    "an accent of its own sign": right(TEXT.replace("Ben", "Be\u0301n"), names=("Alyssa", "B\u00e9n", "Carmen")),
    "zero bytes": wrong(TEXT.encode() + b"\0\0", "not readable as a table: it holds zero bytes, so it is no text"),
}
NUMBERS = {
    "thousands in quotes": right('k,n\n"3,771","12,345,678"\n0,"1,000"\n', k=[3771, 0], n=[12345678, 1000], names=None),
    "thousands in quotes alone": right('k,n\n"3,771","4,000"\n', k=[3771], n=[4000], names=None),
    "one, because spaces group thousands": right("k;n\n1,000;2 000\n", k=[1], n=[2000], names=None, thousands=" "),
    "thousands between narrow spaces": right(
        "k;n\n3\u202f771;12\u00a0345\n0;1 000\n", k=[3771, 0], n=[12345, 1000], names=None
    ),
    "thousands between apostrophes": right("k;n\n3'771;12’345\n", k=[3771], n=[12345], names=None),  # noqa: RUF001
    "digits of other scripts": right("k;n\n３;１０\n١;١٢\n०;७\n", names=None),  # noqa: RUF001 - wide, Arabic, Devanagari
    "thousands in Arabic": right("k;n\n١٬٢٣٤;２，０００，０００\n", k=[1234], n=[2_000_000], names=None),  # noqa: RUF001
    "a thousand, or one, in wide signs": wrong(
        "k;n\n1;\uff11\uff0e\uff10\uff10\uff10\n",
        "row 1, column n: '\uff11\uff0e\uff10\uff10\uff10' could be 1.000 or 1000",
    ),
    "a minus sign": wrong("k,n\n−1,2\n", "row 1, column k: −1 is negative; a count is 0 or more"),  # noqa: RUF001
    "lakhs": right(
        'k,n\n"1,23,456","12,34,567"\n"1,234","1,00,000"\n', k=[123456, 1234], n=[1234567, 100000], names=None
    ),
    "scientific notation": right("k,n\n1E+05,2e5\n1.2E3,1.20e+04\n", k=[100000, 1200], n=[200000, 12000], names=None),
    "shortened by a spreadsheet": wrong(
        "k,n\n1,1.23457E+11\n", "row 1, column n: 1.23457E+11 was shortened by a spreadsheet program; write all digits"
    ),
    "a whole number that no float keeps, in scientific notation": wrong(
        "k,n\n1,9.007199254740993e15\n", "row 1, column n: 9.007199254740993e15 is too large: float64 skips"
    ),
    "a thousand, or one": wrong(
        "k,n\n1,1.000\n",
        "row 1, column n: '1.000' could be 1.000 or 1000; say which by decimal='.' or thousands='.' (--dec",
    ),
    "three thousand, or three": wrong(
        "k;n\n1;3,771\n", "row 1, column n: '3,771' could be 3.771 or 3771; say which by dec"
    ),
    "a thousand, by --thousands": right("k,n\n1,1.000\n", k=[1], n=[1000], names=None, thousands="."),
    "one, by --decimal": right("k,n\n1,1.000\n", k=[1], n=[1], names=None, decimal="."),
    "a thousand, by another number": right("k;n\n1.000;1.234.567\n", k=[1000], n=[1234567], names=None),
    "one, by another number": right("k;n\n1.000;12.0\n", k=[1], n=[12], names=None),
    "decimal commas": right("k;n\n3,0;10,0\n1,00;2\n", k=[3, 1], n=[10, 2], names=None),
    "a fraction behind a decimal comma": wrong(
        "k;n\n1,5;2\n", "row 1, column k: 1,5 is not a whole number; give counts, not shares or means; line 2 of"
    ),
    "a point where there are commas": wrong(
        "k;n\n1,0;2\n1.0;2\n", "row 2, column k: '1.0' is not a number where the decimal sign is a comma; write"
    ),
    "a fraction": wrong(
        "k,n\n1,2\n1.5,2\n",
        "row 2, column k: 1.5 is not a whole number; give counts, not shares or means; line 3 of the file",
    ),
    "a fraction that no float keeps": wrong(
        "k,n\n1.00000000000000000001,2\n", "row 1, column k: 1.00000000000000000001 is not a whole number; give counts"
    ),
    "a whole number that no float keeps": right("k,n\n1,9007199254740993.0\n", k=[1], n=[2**53 + 1], names=None),
    "wrong groups": wrong(
        'k,n\n1,"12,34"\n',
        "row 1, column n: 12,34 is not a whole number; give counts, not shares or means; line 2 of the file",
    ),
    "percentages": wrong(
        "name,k,n\nBen,7.5%,40\nEmi,10%,20\n",
        "row 1, column k: '7.5%' is a percentage; give what was counted, because 50 % of 2 and 50 % of 2,000 do not "
        "say the same (and 1 more such row); line 2 of the file",
    ),
    "a share": wrong(
        "k,n\n30 %,10\n",
        "row 1, column k: '30 %' is a percentage; give what was counted, because 50 % of 2 and 50 % of 2,000 do not "
        "say the same; line 2 of the file",
    ),
    "two columns that are swapped": wrong(
        "k,n\n10,3\n12,1\n",
        "row 1, column k, n: 10 successes out of 3 trials; k must not exceed n; if n counts failures, read it by "
        "failures='n' (--failures n); if the two are swapped, by k='n', n='k' (and 1 more such row); line 2 of",
    ),
    "one row with more than there are": wrong(
        "k,n\n3,10\n12,1\n",
        "row 2, column k, n: 12 successes out of 1 trials; k must not exceed n; if n counts failures, read it by "
        "failures='n' (--failures n); line 3 of the file",
    ),
    **{
        f"{value} as a number": wrong(
            f"k;n\n{value};20\n", f"row 1, column k: {value!r} is not a number; {what_to_do}; line 2 of the file"
        )
        for value, what_to_do in {
            "12*": "write the number alone, as 12",
            "12 (est.)": "write the number alone, as 12",
            "12 pcs": "write the number alone, as 12",
            "3 (30%)": "write the number alone, as 3",
            "$12": "write the number alone, as 12",
            "3/10": "write the successes and the trials in a column each",
            "3 of 10 (30%)": "write the successes and the trials in a column each",
            "3-7": "write the successes and the trials in a column each, or one number",
            "10-Mar": "a spreadsheet program may have made a date of it; write what it was, as text",
            "<5": "write the number itself, or NA where it is not known",
            "#DIV/0!": "a formula has failed; write a number, or NA where it is missing",
            "0x10": "write a number, or NA where it is missing",
            "1_000": "write a number, or NA where it is missing",
            "(1)": "write a number, or NA where it is missing",
            "1-": "write a number, or NA where it is missing",
            "2026-01-05": "this is a date",
        }.items()
    },
    "more than there are": wrong(
        "k,failures\n5,3\n",
        "row 1, column k, failures: 5 successes out of 3 trials; k must not exceed failures; if failures counts",
        n="failures",
    ),
    "2^63": wrong(f"k,n\n1,{2**63}\n", "row 1, column n: 9223372036854775808 is too large: float64 skips"),
    "multiplicities beyond 2^63": wrong(
        f"k,n,multiplicity\n0,0,{2**62}\n0,0,{2**62}\n", "9.2e+18 groups in all are more than an int64 holds"
    ),
    "text for a spreadsheet": right(
        'name,k,n\n="007",3,10\n"=""8""",1,12\n\'="9",0,7\n'.replace('"=""8"""', '="8"'), names=("007", "8", '="9"')
    ),
    "spreadsheet formulas": right("name,k,n\n'=cmd|x,3,10\n'-Ben,1,12\n'tis,0,7\n", names=("=cmd|x", "-Ben", "'tis")),
}
MISSING = {
    **{
        f"{word or 'nothing'}": wrong(
            f"name,k,n\nAlyssa,3,10\nBen,{word},12\nCarmen,0,7\n",
            "row 2, column k: missing"
            + (f" ({word!r})" if word else "")
            + "; write 0 if there were none, or leave such rows",
        )
        for word in ("", "NA", "N/A", "-", ".", "null", "NaN", r"\N", "<NA>", "--", "…")
    },
    **{
        f"{word or 'nothing'} left out": right(f"name,k,n\nAlyssa,3,10\nBen,{word},12\nCarmen,0,7\n", **LEFT_OUT)
        for word in ("", "NA", "N/A", "-", ".", "NaN")
    },
    "NaN in Parquet left out": right(parquet(name=NAMES, k=[3.0, float("nan"), 0.0], n=N), "my.parquet", **LEFT_OUT),
    "a blank line left out": right("name,k,n\nAlyssa,3,10\n\nCarmen,0,7\n", **LEFT_OUT),
    "every row": wrong("k,n\nNA,2\n3,-\n", "every row has a missing value in k, n", drop_missing=True),
    "a bad row below one left out": wrong(
        "k,n\nNA,2\nx,2\n",
        "row 2, column k: 'x' is not a number; write a number, or NA where it is missing; line 3 of the file",
        drop_missing=True,
    ),
    "NA as a name": right(TEXT.replace("Ben", "NA"), names=("Alyssa", "NA", "Carmen")),
    "no name": wrong(
        TEXT.replace("Ben", " "),
        "row 2, column name: missing name; give each row one, or name another column; line 3 of the file",
    ),
    "NaN as a name in Parquet": wrong(
        parquet(name=[1.0, float("nan")], k=[1, 1], n=[2, 2]), "row 2, column name: missing name", "my.parquet"
    ),
    "whole numbers as names": right(
        parquet(name=[7.0, 8.0], k=[1, 1], n=[2, 2]), "my.parquet", k=[1, 1], n=[2, 2], names=("7", "8")
    ),
}
COLUMNS = {
    "Multiplicity and Name": right("Name,k,n,Multiplicity\nAlyssa,3,10,1\nBen,1,12,1\nCarmen,0,7,1\n"),
    "failures": right("k,lost\n3,7\n1,11\n0,7\n", names=None, failures="lost"),
    "failures beyond 2^63": wrong(
        f"k,lost\n{2**62},{2**62}\n", f"row 1, column k, lost: {2**62} and {2**62} are more than", failures="lost"
    ),
    "guesses": right("Player,Hits,AB\nAlyssa,3,10\nBen,1,12\nCarmen,0,7\n", guess=True),
    "a guess of failures": right("team,wins,losses\nAlyssa,3,7\nBen,1,11\nCarmen,0,7\n", guess=True),
    "a guess of nothing": wrong("a,b\n1,2\n", "no column 'k': name the column by --k", guess=True),
    "several names": right(
        "first,last,k,n\nBen,Lee,3,10\nBen,Ray,1,12\n",
        k=[3, 1],
        n=[10, 12],
        names=("Ben, Lee", "Ben, Ray"),
        name=["first", "last"],
    ),
    "several names twice": wrong(
        "first,last,k,n\nBen,Lee,3,10\nBen,Lee,1,12\n",
        "row 2, column first: the name 'Ben, Lee' occurs twice (first in row 1); give each group one row, or tell them",
        name=["first", "last"],
    ),
    "a row per trial, 0 and 1": right(LONG, **LONG_READ),
    "a row per trial, yes and no": right(LONG.replace("1", "Yes").replace("0", "no"), **LONG_READ),
    "a row per trial, true and false": right(LONG.replace("1", "TRUE").replace("0", "FALSE"), **LONG_READ),
    "a row per trial, booleans": right(
        parquet(who=["Ben", "Emi", "Ben", "Ben"], won=[True, False, False, True]), "my.parquet", **LONG_READ
    ),
    "a row per trial, won and lost": right(LONG.replace(",1", ",Won").replace(",0", ",lost"), **LONG_READ),
    "a row per trial, in words of a spreadsheet": right(LONG.replace("1", "WAHR").replace("0", "FALSCH"), **LONG_READ),
    "a row per trial, with decimals because one is missing": right(
        LONG.replace("0", "0.0").replace("1", "1.0") + "Emi,\n", **LONG_READ, drop_missing=True
    ),
    "a row per trial, decimals in Parquet": right(
        parquet(who=["Ben", "Emi", "Ben", "Ben"], won=[Decimal("1.00"), Decimal(0), Decimal(0), Decimal(1)]),
        "my.parquet",
        **LONG_READ,
    ),
    "a row per trial, an accent of its own sign": right(
        LONG.replace("Ben", "B\u00e9n", 1).replace("Ben", "Be\u0301n"),
        **(LONG_READ | {"names": ("B\u00e9n", "Emi")}),
    ),
    "a row per trial, groups with the same joined names": wrong(
        'a,b,won\n"x, y",z,1\nx,"y, z",0\n',
        "row 2, column a: the name 'x, y, z' occurs twice",
        trials_long="won",
        group=["a", "b"],
    ),
    "a row per trial, something else": wrong(
        LONG + "Emi,maybe\n",
        "row 5, column won: 'maybe' is no outcome; write 1 or 0, yes or no, true or false, won or lost, ...; line 6",
        trials_long="won",
        group="who",
    ),
    "a row per trial, one missing": wrong(
        LONG + "Emi,\n", "row 5, column won: missing; give every trial its outcome", trials_long="won", group="who"
    ),
    "a row per trial, one left out": right(LONG + "Emi,\n", **LONG_READ, drop_missing=True),
    "a row per trial, nobody's": wrong(
        LONG + ",1\n", "row 5, column who: missing; give every trial its group", trials_long="won", group="who"
    ),
}
LABELS = {"B2": text("name"), "C2": text("k"), "D2": text("n"), "E2": text("rate")}
TEN, NEVER, ZERO = "<v>10</v>", "<f>1+2</f>", "<f>1+2</f><v>0</v>"
NOT_COMPUTED = "was never computed; open the workbook in a spreadsheet program and save it there"
MERGED_ROWS = [
    {"B2": text("A"), "C2": "<v>2025</v>", "D2": "<v>1</v>", "E2": TEN},
    {"B3": "", "C3": "<v>2026</v>", "D3": "<v>3</v>", "E3": TEN},
]
WORKBOOKS = {
    "a formula with its value": right(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": "<f>1+2</f><v>3</v>", "D3": TEN})]),
        "my.xlsx",
        k=[3],
        n=[10],
        names=("Ben",),
    ),
    "a formula that was never computed": wrong(
        workbook_of([cells({"A1": ""}, LABELS, {"B3": text("Ben"), "C3": "<v>1</v>", "D3": NEVER})]),
        f"column n: the formula in cell D3 {NOT_COMPUTED}",
        "my.xlsx",
    ),
    "a formula that was never computed, left out": wrong(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": "<f>1+2</f><v/>", "D3": TEN})]),
        f"column k: the formula in cell C3 {NOT_COMPUTED}",
        "my.xlsx",
        drop_missing=True,
    ),
    "a formula to be computed later": wrong(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": ZERO, "D3": TEN})], computed_later=True),
        f"column k: the formula in cell C3 {NOT_COMPUTED}",
        "my.xlsx",
    ),
    "a formula whose value is 0": right(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": ZERO, "D3": TEN})]),
        "my.xlsx",
        k=[0],
        n=[10],
        names=("Ben",),
    ),
    "a formula to be computed later in another column": right(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": "<v>0</v>", "D3": TEN, "E3": ZERO})], computed_later=True),
        "my.xlsx",
        k=[0],
        n=[10],
        names=("Ben",),
    ),
    "a sheet that is hidden": right(
        workbook_of([cells({"A1": text("old")}), cells(LABELS, {"B3": text("Ben"), "C3": TEN, "D3": TEN})], hidden=[1]),
        "my.xlsx",
        k=[10],
        n=[10],
        names=("Ben",),
    ),
    "a sheet that is hidden and asked for": right(
        workbook_of([cells(LABELS, {"B3": text("Ben"), "C3": TEN, "D3": TEN}), cells({"A1": text("new")})], hidden=[1]),
        "my.xlsx",
        k=[10],
        n=[10],
        names=("Ben",),
        sheet="Sheet1",
    ),
    "names in merged cells": right(
        workbook_of(
            [
                cells({"B1": text("where"), "C1": text("year"), "D1": text("k"), "E1": text("n")}, *MERGED_ROWS)
                + '</sheetData><mergeCells><mergeCell ref="B2:B3"/><mergeCell ref="D2:D3"/></mergeCells><sheetData>'
            ]
        ),
        "my.xlsx",
        k=[1, 3],
        n=[10, 10],
        names=("A, 2025", "A, 2026"),
        name=["where", "year"],
    ),
    "true among numbers": wrong(
        workbook([["k", "n"], [True, 2], [3, 4]]), "row 1, column k: 'true' is not a number; write a number", "my.xlsx"
    ),
}
TYPES = {
    "Parquet": right(parquet(), "my.parquet"),
    "Feather": right(feather(), "my.feather"),
    "Arrow": right(feather(), "my.arrow"),
    "text in Parquet": right(parquet(name=NAMES, k=["3", "1", "0"], n=["10", " 12", "7.0"]), "my.parquet"),
    "categories in Parquet": right(
        parquet(name=NAMES, k=pl.Series(["3", "1", "0"], dtype=pl.Categorical), n=N), "my.parquet"
    ),
    "whole decimals in Parquet": right(
        parquet(name=NAMES, k=[Decimal("3.00"), Decimal(1), Decimal(0)], n=N), "my.parquet"
    ),
    "decimals in Parquet": wrong(
        parquet(k=[Decimal("3.00"), Decimal("1.50")], n=[10, 12]),
        "row 2, column k: 1.5 is not a whole number",
        "my.parquet",
    ),
    "decimals with three digits in Parquet": right(
        parquet(name=NAMES, k=[Decimal("3.000"), Decimal(1), Decimal(0)], n=N), "my.parquet"
    ),
    "bytes of text in Parquet": right(
        parquet(name=[name.encode() for name in NAMES], k=[b"3", b"1", b"0"], n=N), "my.parquet"
    ),
    "bytes of no text in Parquet": wrong(
        parquet(name=[b"\xff"], k=[1], n=[2]),
        "column name holds Binary, which is no text; give a column of",
        "my.parquet",
    ),
    "lists of names in Parquet": wrong(
        parquet(name=[["a"]], k=[1], n=[2]),
        "column name holds List(String), which is no text; give a column",
        "my.parquet",
    ),
    "dates in Parquet": wrong(
        parquet(k=[date(2026, 1, 5)], n=[99999]),
        "column k holds dates or times, not numbers; give a column of",
        "my.parquet",
    ),
    "booleans in Parquet": wrong(parquet(k=[True], n=[2]), "column k holds true and false, not numbers", "my.parquet"),
    "lists in Parquet": wrong(parquet(k=[[1]], n=[2]), "column k holds List(Int64), not numbers; give", "my.parquet"),
    "a dictionary of names": right(parquet(name=pl.Series(NAMES, dtype=pl.Categorical), k=K, n=N), "my.parquet"),
    "a workbook": right(workbook(ROWS), "my.xlsx"),
    "a workbook with titles": right(workbook([["Report"], [None], *ROWS]), "my.xlsx"),
    "the second sheet": right(workbook([], ROWS), "my.xlsx"),
    "thousands in a workbook": right(
        workbook([["k", "n"], ["3,771", "12,345,678"], [2, 10]]), "my.xlsx", k=[3771, 2], n=[12345678, 10], names=None
    ),
    "a bad cell": wrong(
        workbook([["Report"], *ROWS[:2], ["Ben", "x", 12]]),
        "row 2, column k: 'x' is not a number; write a number, or NA where it is missing; row 4 of the sheet",
        "my.xlsx",
    ),
    "a fraction in a workbook": wrong(
        workbook([["k", "n"], [1.5, 12]]),
        "row 1, column k: 1.5 is not a whole number; give counts, not shares or means; row 2 of the sheet",
        "my.xlsx",
    ),
    "NA in a workbook": right(workbook([ROWS[0], ROWS[1], ["Ben", "NA", 12.0], ROWS[3]]), "my.xlsx", **LEFT_OUT),
    "true in a workbook": wrong(workbook([["k", "n"], [True, 2]]), "column k holds true and false, not num", "my.xlsx"),
    "a cell beside the table": wrong(
        workbook([["Report"], *ROWS[:3], [*ROWS[3], "checked"]]),
        "row 5 of the sheet has 'checked' in a column without a name",
        "my.xlsx",
    ),
    "a sheet that is asked for": right(workbook([["notes"]], ROWS), "my.xlsx", sheet="Sheet2"),
    "a sheet that is not there": wrong(
        workbook(ROWS, [["notes"]], []),
        "there is no sheet 'Data'; give one of 'Sheet1', 'Sheet2'",
        "my.xlsx",
        sheet="Data",
    ),
    "a sheet that is empty": wrong(
        workbook(ROWS, []), "the sheet 'Sheet2' is empty; give one of 'Sheet1'", "my.xlsx", sheet="Sheet2"
    ),
    "counts on another sheet": wrong(
        workbook([["notes"], ["by me"]], ROWS, ROWS),
        "no column 'k': name the column by --k, in Python k= (columns: notes); or is it on another sheet ('Sheet2', "
        "'Sheet3')? name that one by --sheet, sheet=",
        "my.xlsx",
    ),
    "a sheet of no workbook": wrong(
        TEXT, "there is no sheet 'Data': only workbooks have sheets; leave it out", sheet="Data"
    ),
    "a workbook of LibreOffice": right(open_document([["Report"], [None], *ROWS], [["other"]]), "my.ods"),
    "a sheet of LibreOffice": right(open_document([["other"]], ROWS), "my.ods", sheet="Sheet2"),
    "a damaged workbook of LibreOffice": wrong(
        open_document(ROWS).replace(b"content.xml", b"contents.xm"), "not readable as a workbook: ", "my.ods"
    ),
    "an old workbook": right(EXCEL_97, "my.xls"),
    "a sheet of an old workbook": wrong(
        EXCEL_97,
        "no column 'k': name the column by --k, in Python k= (columns: by me); or is it on another sheet ('Class A')? "
        "name that one by --sheet, sheet=",
        "my.xls",
        sheet="notes",
    ),
    "a damaged old workbook": wrong(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "not readable as a workbook: ", "my.xls"
    ),
    "a table that is called an old workbook": right(TEXT.replace(",", "\t"), "my.xls"),
    "an empty workbook": wrong(workbook([]), "the file is empty", "my.xlsx"),
    "no workbook": wrong(TEXT, "not readable as xlsx: it holds text; rename it, or save it anew", "my.xlsx"),
    "objects": right(json.dumps(OBJECTS), "my.json"),
    "an object a line": right("\n".join(map(json.dumps, OBJECTS)), "my.ndjson"),
    "an object of lists": right(json.dumps({"name": NAMES, "k": K, "n": N}), "my.json"),
    "NaN among names in JSON": wrong(
        '[{"name": "a", "k": 1, "n": 2}, {"name": NaN, "k": 1, "n": 2}]', "row 2, column name: missing name", "my.json"
    ),
    "a long number among floats in JSON": right(
        '[{"k": 1, "n": 9007199254740993}, {"k": 1, "n": 2.0}]', "my.json", k=[1, 1], n=[2**53 + 1, 2], names=None
    ),
    "a table inside of JSON": wrong(
        json.dumps({"meta": {}, "data": OBJECTS}),
        "this JSON is no table, but has one as 'data'; give that alone",
        "my.json",
    ),
    "a bad line of JSON": wrong(
        '{"k": 1, "n": 2}\n\n{"k": 1, "n":\n', "not readable as JSON: line 3 of the file: Expecting value", "my.ndjson"
    ),
    "a line break of another kind in JSON": right(
        '{"name": "Alyssa\u2028", "k": 3, "n": 10}\n{"name": "Ben", "k": 1, "n": 12}\n',
        "my.ndjson",
        k=[3, 1],
        n=[10, 12],
        names=("Alyssa", "Ben"),
    ),
    "JSON without an end": wrong("[" * 100_000, "not readable as JSON: it is nested too deeply", "my.json"),
    "half of a character in JSON": wrong(
        '[{"name": "\\ud800", "k": 1, "n": 2}]', "not readable as JSON: it has half of a character", "my.json"
    ),
    "a number of 5,000 digits in JSON": wrong(
        f'[{{"k": 1, "n": {"9" * 5000}}}]', "not readable as JSON: a number has too many digits", "my.json"
    ),
    "mixed values in JSON": wrong(
        '[{"k": 1, "n": 2}, {"k": "x", "n": 2}]', "row 2, column k: 'x' is not a number", "my.json"
    ),
    "a key twice in JSON": wrong('[{"k": 1, "n": 2, "k": 2}]', "an object has the key 'k' twice; give each", "my.json"),
    "no table in JSON": wrong("[1, 2]", "this JSON is no table; give [{", "my.json"),
    "broken JSON": wrong('[{"k": 1,\n "n"', "not readable as JSON: line 2 of the file: ", "my.json"),
    "gzip": right(gzip.compress(TEXT.encode()), "my.csv.gz"),
    "bzip2": right(bz2.compress(TEXT.encode()), "my.csv.bz2"),
    "xz": right(lzma.compress(TEXT.encode()), "my.csv.xz"),
    "gzip of UTF-16 between tabs": right(gzip.compress(TEXT.replace(",", "\t").encode("utf-16")), "my.txt.gz"),
    "half a gzip": wrong(gzip.compress(TEXT.encode())[:-12], "not readable as a compressed file: ", "my.csv.gz"),
    "a table in an archive": right(archive(my__csv=TEXT), "my.zip"),
    "gzip twice": wrong(
        gzip.compress(gzip.compress(TEXT.encode())),
        "not readable as a table: it is compressed twice; save",
        "my.csv.gz",
    ),
    "a tar archive": wrong(
        bytes(257) + b"ustar", "not readable as a table: it is a tar archive; unpack it and give one file", "my.tar"
    ),
    "a pointer of Git LFS": wrong(
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "not readable as a table: it is a pointer of Git LFS",
    ),
    "an archive with what a Mac adds": right(archive(my__csv=TEXT, __DS_Store="x", **{"a/__my__csv": "x"}), "my.zip"),
    "the index of a pandas frame in Parquet": right(parquet(k=K, n=N, __index_level_0__=NAMES), "my.parquet"),
    "rows of a pandas frame in Parquet": right(
        parquet(k=K, n=N, __index_level_0__=[5, 7, 9]), "my.parquet", names=None
    ),
    "two tables in an archive": wrong(
        archive(a__csv=TEXT, b__csv=TEXT), "an archive of 2 files (a.csv, b.csv); unpack", "my.zip"
    ),
    "a document of a word processor": wrong(
        archive(**{"[Content_Types]__xml": "<Types/>", "word/document__xml": "<w/>"}),
        "a text document, not a table; copy its table into a spreadsheet",
        "my.docx",
    ),
    "a document of Numbers": wrong(
        archive(**{"Index/Document__iwa": "x", "preview__jpg": "x"}),
        "a document of Numbers or another Apple program; export it as Excel or CSV",
        "my.numbers",
    ),
    "half a Parquet file": wrong(parquet()[:40], "not readable as parquet: ", "my.parquet"),
    "text called Parquet": wrong(TEXT, "not readable as parquet: it holds text", "my.parquet"),
    "a web page called .xls": wrong(
        "<html><table>", "not readable as a table: it is a web page; save it as CSV", "my.xls"
    ),
    "text called .xls": right(TEXT.replace(",", "\t"), "my.xls"),
    "a PDF": wrong(
        b"%PDF-1.7", "not readable as a table: it is a PDF; save it as CSV or other text, Parquet", "my.pdf"
    ),
}
CASES = {
    f"{kind}: {name}": case
    for kind, cases in {
        "separators": SEPARATORS,
        "headers": HEADERS,
        "characters": CHARACTERS,
        "numbers": NUMBERS,
        "missing": MISSING,
        "columns": COLUMNS,
        "workbooks": WORKBOOKS,
        "types": TYPES,
    }.items()
    for name, case in cases.items()
}
