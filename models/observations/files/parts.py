"""Parquet and Feather: one file, a folder of Parquet parts, or a pattern that names them; read as one table."""

import glob
from pathlib import Path

import polars as pl

from models.observations.columns import CountsError

WILD = "*?"  # a path that has one of these, and names no file, is a pattern


def is_in_parts(path: Path) -> bool:
    """Whether a path stands for several Parquet files: it is a folder; or names nothing, and has * or ? in it."""
    return path.is_dir() or (not path.exists() and any(sign in str(path) for sign in WILD))


def parts_of(path: Path) -> list[Path]:
    """The Parquet files of a folder or pattern, in the order of their names.

    Args:
        path: a folder, as Spark and DuckDB write it, whose files and folders that begin with _ or . are left out; or a
            pattern, in which ** stands for any number of folders.

    Returns:
        The files.

    Raises:
        CountsError: if other files match, or the folder has none.
        FileNotFoundError: if no file matches.
    """
    if path.is_dir():
        inside = [part for part in path.rglob("*.parquet") if part.is_file()]
        found = [part for part in inside if not any(name[0] in "_." for name in part.relative_to(path).parts)]
        if not found:
            raise CountsError(f"{path}: this is a folder without Parquet files (*.parquet); give a file")
    else:
        found = [Path(part) for part in glob.glob(str(path), recursive=True) if Path(part).is_file()]
        if not found:
            raise FileNotFoundError(f"{path}: there is no such file, and no file fits this pattern")
        other = [part for part in found if part.suffix.lower() != ".parquet"]
        if other:
            raise CountsError(f"{path}: there is no such file; a pattern is for Parquet parts, not for {other[0]}")
    return sorted(found)


def scan_parts(path: Path, parts: list[Path]) -> pl.LazyFrame:
    """The parts as one table, with the columns that folders such as year=2026 stand for."""
    in_folders = any("=" in name for part in parts for name in _below(path, part))
    return pl.scan_parquet(parts, glob=False, hive_partitioning=in_folders)


def _below(path: Path, part: Path) -> tuple[str, ...]:
    return part.relative_to(path).parent.parts if path.is_dir() else part.parent.parts
