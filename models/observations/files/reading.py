"""What was asked of a file, and what was found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.observations.columns import CountsError
from models.observations.files.guesses import FAILURES, PAIRS
from models.observations.files.headers import Wanted


@dataclass(frozen=True)
class Asked:
    """The columns of a file that are read, and how.

    Args:
        counted: columns of counts and of what they are out of, by what they are: "k", "n".
        name: columns of names, joined where there are several; "name" if there are none and the file has it.
        multiplicity: column of how many groups a row stands for; "multiplicity" if None and the file has it.
        covariates: columns of covariates, which have the same names.
        decimal: the decimal sign; None to find it out.
        thousands: what groups thousands; None to find it out.
        drop_missing: whether rows with a missing value are left out, rather than refused.
        guess: whether columns that are not there are guessed by their names.
        sheet: the sheet of a workbook; None for the first that is not empty.
    """

    counted: Mapping[str, str]
    name: tuple[str, ...] = ()
    multiplicity: str | None = None
    covariates: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    drop_missing: bool = False
    guess: bool = False
    sheet: str | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns of numbers."""
        return (*self.counted.values(), *filter(None, [self.multiplicity]))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, each once."""
        return tuple(dict.fromkeys((*self.numbers, *self.name, *self.covariates)))

    @property
    def wanted(self) -> Wanted:
        """The columns that tell the header from titles."""
        usual = [set(pair) for pair in (*PAIRS, *FAILURES)] if "k" in self.counted else []
        return Wanted([set(self.columns), set(self.counted.values())], usual)

    def __post_init__(self) -> None:
        """Raise a CountsError if options contradict each other."""
        if self.decimal not in (None, ".", ","):
            raise CountsError(f"decimal is {self.decimal!r}; give '.' or ','")
        if self.thousands is not None and (len(self.thousands) != 1 or self.thousands.isalnum()):
            raise CountsError(f"thousands is {self.thousands!r}; give one sign, such as '.' or ',' or ' '")
        if self.decimal is not None and self.decimal == self.thousands:
            raise CountsError(f"decimal and thousands cannot both be {self.decimal!r}")
        for roles in (self.counted.items(), (("name", column) for column in self.name)):
            known: dict[str, str] = {}
            for role, column in roles:
                if column in known:
                    raise CountsError(
                        f"{known[column]} and {role} are both column {column!r}; give each its own column"
                    )
                known[column] = role

    def by_default(self, existing: Sequence[str], row_names: Sequence[str]) -> "Asked":
        """The same, with the columns that are taken where none is asked for.

        Args:
            existing: the columns of the file.
            row_names: those that hold names without saying so.
        """
        usual = {column.casefold(): column for column in existing if column.casefold() in ("name", "multiplicity")}
        usual |= {column: column for column in usual if column in existing}
        name = self.name or ((usual["name"],) if "name" in usual else tuple(row_names))
        return replace(self, name=name, multiplicity=self.multiplicity or usual.get("multiplicity"))


def asked_of(
    counted: Mapping[str, str], *, name: str | Sequence[str] | None, covariates: str | Sequence[str], **others
) -> Asked:
    """What is asked of a file; a name or a covariate alone may be given as text."""
    return Asked(counted, name=_as_tuple(name), covariates=_as_tuple(covariates), **others)


def _as_tuple(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns or ())


@dataclass(frozen=True)
class Reading:
    """How a file was read.

    Args:
        source: the file in messages.
        columns: its columns by what they are: "k", "n", "name", "multiplicity".
        is_streamed: whether only the different rows were kept, without names.
        left_out: rows that were left out, because a value is missing.
        remarks: what is unlike a plain CSV file, and was found out from the file.
        warnings: what may be wrong with the data.
    """

    source: str
    columns: Mapping[str, str] = field(default_factory=dict)
    is_streamed: bool = False
    left_out: int = 0
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
