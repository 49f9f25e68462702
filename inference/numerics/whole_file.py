"""Writes files so that they are either complete or absent."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a temporary file, then rename it: an interrupted write leaves no partial file and keeps an older file.

    Args:
        path: the final name, in a folder that exists.

    Yields:
        A temporary name in the same folder, to be written inside the `with`.

    Raises:
        OSError: if the folder cannot be written to.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        try:
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    finally:
        # Again, because one Ctrl-C while polars computes may raise KeyboardInterrupt twice, the second time above.
        temporary.unlink(missing_ok=True)
