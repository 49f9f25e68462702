"""The ways to write a number: plain, with its error, as a probability, in percent, and as what was counted in."""

import math

DIGITS = 5
DECIMALS = DIGITS - 1
SMALLEST = 10.0**-DECIMALS  # unit of the last decimal
MISSING = "\N{EN DASH}"
LARGEST = 1e9  # numbers from here on are written as powers of ten


def number(value: float | None, digits: int = DIGITS) -> str:
    """A number with some significant digits, all but one of which may be decimals.

    Args:
        value: the number; None for one that is missing.
        digits: significant digits of a number of 1 or more; a smaller one has as many decimals as one of 1.

    Returns:
        Text such as "0.1340", "14.525" and "1,757.1"; "3.2e-05" where four decimals, or more if more are asked for,
        would all be 0; an integer in full; a dash for a number that is missing or NaN.
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, int):
        return f"{value:,}"
    size = abs(value)
    if size >= LARGEST or 0 < size < _negligible(digits):
        return f"{value:.1e}"
    whole = math.floor(math.log10(size)) if size >= 1 else 0
    return f"{value:,.{max(digits - 1 - whole, 0)}f}"


def with_error(value: float | None, error: float | None, digits: int = DIGITS) -> str:
    """A number to the second digit of its error, and the error.

    Args:
        value: the number; None for one that is missing.
        error: its standard or numerical error; None for a number without one.
        digits: digits of a number whose error is missing or negligible.

    Returns:
        Text such as "14.525 ± 0.061"; what `number` returns if the error is missing, or below half a unit of the last
        decimal and of the fourth.
    """
    if value is None or error is None or not math.isfinite(value) or not _negligible(digits) <= error < math.inf:
        return number(value, digits)
    decimals = max(1 - math.floor(math.log10(error)), 0)
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def probability(value: float | None) -> str:
    """A probability with four decimals, but never 0 or 1, which a computation cannot tell from a tiny probability.

    Args:
        value: the probability; None for one that is missing.

    Returns:
        Text such as "0.1340", "< 0.0001" and "> 0.9999".
    """
    if value is None or not math.isfinite(value):
        return number(value)
    if value < SMALLEST:
        return f"< {SMALLEST:.{DECIMALS}f}"
    return f"> {1 - SMALLEST:.{DECIMALS}f}" if value > 1 - SMALLEST else f"{value:.{DECIMALS}f}"


def percent(share: float) -> str:
    """A share in percent with all its digits, such as "95 %" and "99.5 %"."""
    return f"{100 * share:.10g} %"


def amount(value: float) -> str:
    """A number of trials in full, or an exposure with up to six digits, as in "22/10.48"."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def _negligible(digits: int) -> float:
    """Half a unit of the last decimal, of at least four decimals."""
    return min(SMALLEST, 10.0 ** (1 - digits)) / 2
