"""A learned prior as a line of code of SciPy, R, Stan and SQL."""

DIGITS = 10  # significant digits of a parameter: a rate that is computed from them is right to eight or more


def prior_in_code(parameters: tuple[float, float], *, is_gamma: bool = False) -> dict[str, str]:
    """The lines to paste for Beta(a, b), or for Gamma(shape, rate).

    In SQL, k and n (or exposure) are columns of whole numbers. Every parameter has a decimal point or an exponent, so
    the division is one of decimals: a / b of whole numbers would be cut off to a whole number.

    Args:
        parameters: a and b, or shape and rate.
        is_gamma: whether it is a Gamma.

    Returns:
        The lines by column: scipy, r, stan and sql. That of sql is the posterior mean of a rate, under the name shrunk.
    """
    first, second = map(decimal, parameters)
    if is_gamma:
        return {
            "scipy": f"scipy.stats.gamma({first}, scale=1 / {second})",
            "r": f"dgamma(x, shape = {first}, rate = {second})",
            "stan": f"theta ~ gamma({first}, {second});",
            "sql": f"(k + {first}) / (exposure + {second}) AS shrunk",
        }
    return {
        "scipy": f"scipy.stats.beta({first}, {second})",
        "r": f"dbeta(x, {first}, {second})",
        "stan": f"theta ~ beta({first}, {second});",
        "sql": f"(k + {first}) / (n + {first} + {second}) AS shrunk",
    }


def decimal(value: float) -> str:
    """A number with ten significant digits that no language takes for a whole number."""
    text = f"{value:.{DIGITS}g}"
    return text if "." in text or "e" in text else f"{text}.0"
