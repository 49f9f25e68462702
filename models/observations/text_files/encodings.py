"""The characters and line ends of a text file; what polars cannot read is written anew as UTF-8."""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.observations.columns import CountsError
from models.observations.files.unpacked import new_copy

UNDEFINED = re.compile("[\x81\x8d\x8f\x90\x9d]")  # bytes that Windows-1252 leaves undefined
CHUNK = 1 << 20  # bytes read at a time
MARKS = {  # byte order marks; those of UTF-32 begin as those of UTF-16 do
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
SHOWN = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252"}


@dataclass(frozen=True)
class Encoding:
    """How a file is written.

    Args:
        name: Python's name of the encoding.
        has_lone_returns: whether a carriage return without a line feed occurs, which ends lines on old Macs.
    """

    name: str
    has_lone_returns: bool

    @property
    def is_plain(self) -> bool:
        """Whether polars reads it: UTF-8, lines that end in a line feed, with a carriage return before it or not."""
        return self.name.startswith("utf-8") and not self.has_lone_returns

    @property
    def remark(self) -> str | None:
        """What is to be said of it; nothing of UTF-8."""
        return SHOWN.get(self.name)


def encoding_of(path: Path, source: str) -> Encoding:
    """The encoding of a text file: by its byte order mark; else UTF-8 if all of it is; else Windows-1252.

    Args:
        path: the file.
        source: the file in the words of a message.

    Returns:
        The encoding.

    Raises:
        CountsError: if it is not text.
    """
    facts = path.stat()
    return _encoding_of(path, source, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=16)
def _encoding_of(path: Path, source: str, changed: int, size: int) -> Encoding:
    with path.open("rb") as file:
        head = file.read(4096)
    wide = next((name for mark, name in MARKS.items() if head.startswith(mark)), None) or _wide_without_mark(head)
    if wide is not None and not wide.startswith("utf-8"):
        return Encoding(wide, has_lone_returns=False)
    is_utf8, lone, decoder, last = True, False, codecs.getincrementaldecoder("utf-8")(), b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                raise CountsError(f"{source}: not readable as a table: it holds zero bytes, so it is no text")
            lone = lone or _lone_returns(last + chunk)
            last = chunk[-1:] if chunk.endswith(b"\r") else b""
            # Once something is not ASCII, every later byte passes through the decoder, which has a state.
            if is_utf8 and not (chunk.isascii() and not decoder.getstate()[0]):
                is_utf8 = _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    return Encoding("utf-8-sig" if is_utf8 else "cp1252", lone)


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: of plain text every second byte is 0."""
    odd, even = head[1::2], head[::2]
    if odd and odd.count(0) > 0.8 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even and even.count(0) > 0.8 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _lone_returns(chunk: bytes) -> bool:
    """Whether a carriage return is followed by something else than a line feed; one at the end is not known yet."""
    returns = chunk.count(b"\r") - chunk.endswith(b"\r")
    return returns > chunk.count(b"\r\n")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def as_plain(path: Path, encoding: Encoding, source: str) -> Path:
    """The file, or a copy in UTF-8 with line feeds, made once; lines keep their numbers.

    Args:
        path: the file.
        encoding: its encoding.
        source: the file in the words of a message.

    Returns:
        A path that polars can read.

    Raises:
        CountsError: if a character is none of the encoding.
    """
    if encoding.is_plain:
        return path
    facts = path.stat()
    return _written_plain(path, encoding, source, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=16)
def _written_plain(path: Path, encoding: Encoding, source: str, changed: int, size: int) -> Path:
    copy = new_copy()
    # newline=None makes every kind of line end a line feed.
    with path.open(encoding=encoding.name, newline=None) as text, copy.open("w", encoding="utf-8", newline="\n") as out:
        try:
            for line in text:
                out.write(line)
        except UnicodeError:
            at = f"line {_first_undefined(path)} of the file: " if encoding.name == "cp1252" else ""
            raise CountsError(
                f"{source}: {at}characters of neither UTF-8 nor {encoding.remark}; save the file as UTF-8"
            ) from None
    return copy


def _first_undefined(path: Path) -> int:
    """The line of the first byte that Windows-1252 has no character for."""
    with path.open(encoding="latin-1", newline=None) as text:
        return next(number for number, line in enumerate(text, 1) if UNDEFINED.search(line))
