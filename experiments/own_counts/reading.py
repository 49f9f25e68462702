"""Reading the file of `own-counts`, and what is said of it: how much was read, from where, and what may be wrong."""

import warnings

from experiments.own_counts.kinds import reader
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.strata.split import by_stratum
from inference.questions.two_groups.group_called import two_groups
from models import Counts, CountsError, Events
from models.observations.files.alike_names import AlikeNamesWarning
from models.observations.totals import TotalRowWarning


def read_counts(options: OwnCounts) -> Counts | Events:
    """The groups in the file. Its warnings are not shown here but are among `reading_sentences`.

    Args:
        options: the file, its columns, and how to read them.

    Returns:
        The groups.

    Raises:
        CountsError: if the file cannot be used.
        FileNotFoundError: if there is no such file.
    """
    with warnings.catch_warnings():
        for shown_later in (TotalRowWarning, AlikeNamesWarning):
            warnings.simplefilter("ignore", shown_later)
        return reader(options)(options.path, **({} if options.by is None else {"covariates": [options.by]}))


def is_streamed(counts: Counts | Events) -> bool:
    """Whether the file was too large to be held, so that a row is not a group but a different (k, n)."""
    return counts.reading is not None and counts.reading.is_streamed


def check_compared(options: OwnCounts, counts: Counts | Events) -> None:
    """Check before the population is learned that the groups of `--compare` are there.

    Args:
        options: the names of two groups, if two are compared.
        counts: the groups of the file.

    Raises:
        CountsError: if a name is that of no group, or both are the same, or the file is too large to keep names.
    """
    if options.compare is None:
        return
    if is_streamed(counts):
        raise CountsError(f"{options.path} is too large for --compare: of such a file no names are kept")
    try:
        two_groups(counts, *options.compare)
    except CountsError as error:
        raise CountsError(f"{options.path}, --compare: {error}") from None


def strata_of(options: OwnCounts, counts: Counts | Events) -> dict[str, Counts | Events] | None:
    """The groups of each stratum, if the file is split.

    Args:
        options: the column to split by, if there is one.
        counts: the groups of the file.

    Returns:
        The groups by stratum, or None.

    Raises:
        CountsError: if the file is too large, or the column does not make two strata or more.
    """
    if options.by is None:
        return None
    if is_streamed(counts):
        raise CountsError(f"{options.path} is too large for --by: split it into a file for each {options.by}")
    try:
        return by_stratum(counts, options.by)
    except CountsError as error:
        raise CountsError(f"{options.path}, {error}") from None


def reading_sentences(counts: Counts | Events) -> list[str]:
    """What was read, in one line; and a line for whatever may be wrong with it.

    Args:
        counts: the groups of the file.

    Returns:
        The lines, such as "71 groups, 1,739 trials, 267 successes, from columns k, n, name of rats.csv".
    """
    reading = counts.reading
    if reading is None:
        return []
    k, total = int(counts.k @ counts.multiplicity), counts.design_values @ counts.multiplicity
    is_events = isinstance(counts, Events)
    what = (
        f"{_number_of(k, 'event')}, an exposure of {total:,g}"
        if is_events
        else f"{_number_of(int(total), 'trial')}, {_number_of(k, 'success', 'es')}"
    )
    columns = ", ".join(reading.columns.values())
    found = [f"{_number_of(counts.students, 'group')}, {what}, from columns {columns} of {reading.source}"]
    if reading.left_out:
        found[0] += f"; {reading.left_out:,} row{'s' if reading.left_out > 1 else ''} with a missing value left out"
    if reading.remarks:
        found[0] += f" ({'; '.join(reading.remarks)})"
    return [found[0] + ".", *(f"Warning: {warning}." for warning in reading.warnings)]


def _number_of(number: int, what: str, ending: str = "s") -> str:
    return f"{number:,} {what}{ending if number != 1 else ''}"
