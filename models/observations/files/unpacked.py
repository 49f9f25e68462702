"""Files that cannot be read where they are: standard input, pipes and compressed files are copied to a temporary file.

A copy is made once and kept until the process ends, because a table is read several times.
"""

import bz2
import gzip
import lzma
import os
import re
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import IO, Any

from models.observations.columns import CountsError

COMPRESSED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
STANDARD_INPUT = Path("-")


def unpacked(path: Path) -> Path:
    """Where the bytes of a file can be read, any number of times.

    Args:
        path: a file, a pipe, or "-" for standard input.

    Returns:
        The same path; or, of what is compressed or can be read only once, that of a copy.

    Raises:
        CountsError: if a compressed file is damaged, or an archive holds several files.
        FileNotFoundError: if there is no such file.
    """
    if path == STANDARD_INPUT:
        path = _copy_of_standard_input(sys.stdin)
    elif not path.exists():
        is_address = re.match(r"[a-z][a-z0-9+]+:/", str(path)) is not None
        raise FileNotFoundError(f"{path}: there is no such file" + ("; download it first" if is_address else ""))
    elif not path.is_file():
        if not stat.S_ISFIFO(path.stat().st_mode):
            raise FileNotFoundError(f"{path}: this is no file")
        path = _copy_of_pipe(path)
    facts = path.stat()
    return _decompressed(path, facts.st_mtime_ns, facts.st_size)


@cache
def _folder() -> TemporaryDirectory[str]:
    """A folder that is removed when the process ends."""
    return TemporaryDirectory(prefix="tables-")


def new_copy() -> Path:
    """A path in a temporary folder that no other copy has."""
    handle, copy = mkstemp(dir=_folder().name)
    os.close(handle)
    return Path(copy)


@lru_cache(maxsize=4)
def _copy_of_standard_input(stdin: IO[str]) -> Path:
    copy = new_copy()
    with copy.open("wb") as target:
        shutil.copyfileobj(stdin.buffer, target)  # pyright: ignore[reportAttributeAccessIssue]
    return copy


@cache
def _copy_of_pipe(path: Path) -> Path:
    copy = new_copy()
    with path.open("rb") as pipe, copy.open("wb") as target:
        shutil.copyfileobj(pipe, target)
    return copy


@lru_cache(maxsize=16)
def _decompressed(path: Path, changed: int, size: int) -> Path:
    """The file, or a copy without compression; `changed` and `size` tell another file of the same name."""
    with path.open("rb") as file:
        head = file.read(8)
    opened = next((opened for magic, opened in COMPRESSED.items() if head.startswith(magic)), None)
    try:
        if opened is not None:
            return _copied(lambda: opened(path, "rb"))
        if head.startswith(b"PK\x03\x04"):
            return _from_archive(path)
        if head.startswith(b"(\xb5/\xfd"):
            raise CountsError(f"{path}: compressed by zstd, which is not read; use gzip")
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as error:
        raise CountsError(f"{path}: not readable as a compressed file: {error}; unpack it first") from None
    return path


def _from_archive(path: Path) -> Path:
    """A workbook as it is; the file in an archive that holds only one."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.startswith("word/") for name in names):
            raise CountsError(f"{path}: a text document, not a table; copy its table into a spreadsheet, and save that")
        if any(name.endswith(".iwa") for name in names):
            raise CountsError(f"{path}: a document of Numbers or another Apple program; export it as Excel or CSV")
        if "[Content_Types].xml" in names or "mimetype" in names:
            return path
        files = [name for name in names if not name.endswith("/") and not re.search(r"^__MACOSX|(?:^|/)\.[^/]*$", name)]
        if len(files) != 1:
            listed = ", ".join(files[:5]) or "none"
            raise CountsError(f"{path}: an archive of {len(files)} files ({listed}); unpack it and give one of them")
        return _copied(lambda: archive.open(files[0]))


def _copied(opened: Callable[[], IO[bytes]]) -> Path:
    copy = new_copy()
    try:
        with opened() as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
    except BaseException:
        copy.unlink()  # what is there of a damaged file, or of one that is too large for the disk
        raise
    return copy
