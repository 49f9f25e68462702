"""What a file holds, decided by its first bytes: text, Parquet, Feather, a workbook or JSON."""

from pathlib import Path
from typing import Literal

from models.observations.columns import CountsError

type Format = Literal["text", "parquet", "feather", "workbook", "json"]

HEAD = 1 << 16  # bytes at the beginning of a file that tell what it holds
MAGIC: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "feather",
    b"PK\x03\x04": "workbook",  # .xlsx and .ods are archives
    b"\xd0\xcf\x11\xe0": "workbook",  # .xls, and workbooks with a password
}
SUFFIXES: dict[str, Format] = {
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".ipc": "feather",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xlsb": "workbook",
    ".ods": "workbook",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
OTHERS = {  # what cannot be read, by its first bytes, in lower case
    b"%pdf": "a PDF",
    b"fea1": "a Feather file of version 1",
    b"\x89png": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x89hdf": "an HDF5 file",
    b"rdx": "an R data file",
    b"\x1f\x8b": "compressed twice",
    b"7z\xbc\xaf": "a 7z archive",
    b"rar!\x1a": "a RAR archive",
    b'\x04"m\x18': "compressed by LZ4",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"obj\x01": "an Avro file",
    b"\x93numpy": "a NumPy array",
    b"\x80\x04": "a pickle of Python",
    b"\x80\x05": "a pickle of Python",
    b"{\\rtf": "a text document",
    b"mime-version:": "a web page",
    b"version https://git-lfs": "a pointer of Git LFS (`git lfs pull` gets the file)",
    b"$fl2": "an SPSS file",
    b"sqlite format": "an SQLite database",
    b"<stata_dta": "a Stata file",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<?xml": "XML",
}
READ = "CSV or other text, Parquet, Feather, .xlsx or JSON"


def format_of(path: Path, head: bytes, source: str) -> Format:
    """What a file holds.

    Args:
        path: its name, whose suffix tells JSON from other text.
        head: its first bytes, after decompression.
        source: the file in the words of a message.

    Returns:
        The format.

    Raises:
        CountsError: if the file is empty, or is nothing that can be read, or not what its suffix says.
    """
    if not head:
        raise CountsError(f"{source}: the file is empty; give a header line and a row per group")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, what in OTHERS.items():
        if start[: len(magic)].lower() == magic:
            raise CountsError(f"{source}: not readable as a table: it is {what}; save it as {READ}")
    if head[257:262] == b"ustar":
        raise CountsError(f"{source}: not readable as a table: it is a tar archive; unpack it and give one file of it")
    found: Format | None = next((found for magic, found in MAGIC.items() if head.startswith(magic)), None)
    expected = SUFFIXES.get(_suffix(path))
    if found is None and expected != "json" and start[:1] in (b"[", b"{") and _begins_json(start):
        found = "json"
    found = found or ("json" if expected == "json" else "text")
    if expected is not None and expected != found:
        raise CountsError(
            f"{source}: not readable as {_suffix(path)[1:]}: it holds {found}; rename it, or save it anew"
        )
    return found


def _suffix(path: Path) -> str:
    """The suffix in lower case, without that of a compressed file."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in (".gz", ".bz2", ".xz", ".zip")), "")


def _begins_json(start: bytes) -> bool:
    """Whether text begins as JSON: a list of objects, or an object with a key."""
    after = start[1:].lstrip()[:1]
    return after == (b"{" if start[:1] == b"[" else b'"')
