"""The streams of a command: what happens to a screen does not happen to the work."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Screen(io.FileIO):
    """A file descriptor to which writing never fails: after the first error it is quiet.

    Args:
        descriptor: an open one, which is closed with this.
    """

    problem: OSError | None = None
    """What went wrong, if anything did: a pipe that is closed, or a disk that is full."""

    def __init__(self, descriptor: int):
        super().__init__(descriptor, "w")

    def write(self, data) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  # any buffer
        """Write what can be written, and take everything for written."""
        if self.problem is None:
            try:
                return super().write(data)
            except OSError as problem:
                self.problem = problem
        return memoryview(data).nbytes

    @property
    def is_full(self) -> bool:
        """Whether a reader lost something; whoever closes a pipe, as `head` does, has had enough."""
        return self.problem is not None and self.problem.errno != errno.EPIPE


@contextmanager
def screens() -> Iterator[Screen | None]:
    """Replace stdout and stderr by streams that never fail; leave them if they were replaced before, as in a notebook.

    A character that the encoding of the stream does not have is written as its escape.

    Yields:
        The screen of stdout, whose `problem` is known once `sys.stdout` was flushed; None if it was left as it is.
    """
    before = sys.stdout, sys.stderr
    if before != (sys.__stdout__, sys.__stderr__):
        yield None
        return
    screen = _screen(sys.stdout)
    sys.stdout, sys.stderr = _stream(screen, sys.stdout), _stream(_screen(sys.stderr), sys.stderr)
    try:
        yield screen
    finally:
        sys.stdout.close()
        sys.stderr.close()
        sys.stdout, sys.stderr = before


def _screen(stream: TextIO | None) -> Screen:
    return Screen(os.open(os.devnull, os.O_WRONLY) if stream is None else os.dup(stream.fileno()))


def _stream(screen: Screen, like: TextIO | None) -> TextIO:
    encoding = "utf-8" if like is None else like.encoding
    return io.TextIOWrapper(
        io.BufferedWriter(screen), encoding=encoding, errors="backslashreplace", line_buffering=True
    )
