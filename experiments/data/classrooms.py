"""The course's own data, from the CSV files in this folder."""

from experiments.options import DATA
from models import Counts


def six_students() -> Counts:
    """Alyssa 70/100, Ben 28/40, Carmen 6/10, Diego 3/5, Emi 2/2, Farid 0/1."""
    return Counts.read(DATA / "six_students.csv")


def classroom_a() -> Counts:
    """The moderates: everybody who has brought many bentos is near 0.65."""
    return Counts.read(DATA / "classroom_a.csv")


def classroom_b() -> Counts:
    """The creatures of habit: everybody who has brought many bentos is near 0 or near 1."""
    return Counts.read(DATA / "classroom_b.csv")


def twelve_shops() -> Counts:
    """Chapter 19: twelve bento shops, ten visits each, of which 1 to 9 were good."""
    return Counts.read(DATA / "shops.csv")
