"""The other libraries that performance is compared with: an optional dependency group, so some may be missing."""

from importlib.metadata import version
from importlib.util import find_spec

NUMPYRO, PYMC = "NumPyro", "PyMC with nutpie"
MODULES = {NUMPYRO: ("numpyro", "arviz_stats"), PYMC: ("pymc", "nutpie", "arviz_stats")}
PACKAGES = ("numpyro", "pymc", "nutpie", "arviz-stats")


def is_there(peer: str) -> bool:
    """Whether everything that a peer needs is installed."""
    return all(find_spec(module) is not None for module in MODULES[peer])


def missing() -> list[str]:
    """The peers whose rows must be left out."""
    return [peer for peer in MODULES if not is_there(peer)]


def versions() -> dict[str, str]:
    """Versions of the installed packages, by name."""
    return {name: version(name) for name in PACKAGES if find_spec(name.replace("-", "_")) is not None}
