"""The rows of the tables of docs/course.md, by label: what computes the numbers "here", and those the course prints.

A row without an entry in COURSE has the same numbers in both columns, or none in the column of the course.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import expit
from scipy.stats import beta, betabinom

from experiments.blind_to_u_shapes.u_shapes import u_shape_probability
from models import box
from tests.docs.chain_of_shops import walk
from tests.docs.course_numbers import (
    ALIKE,
    CHAIN_NOISE,
    CLASSES,
    HEAVY,
    OTHERS,
    SHOPS,
    SIX,
    Numbers,
    above,
    course_plug_in,
    effective_of_chain,
    effective_of_explicit,
    emi_and_farid,
    extremes,
    given_the_six,
    half_of_the_weight,
    in_logs,
    interval,
    learned,
    median_of_half_cauchy,
    of_course_classes,
    of_course_draws,
    of_keys,
    part,
    rate,
    shops,
    shrunk,
    simulated,
    student,
    sweeps_until_forgotten,
    u_shape,
    wobble,
)
from tests.docs.read_as_log_odds import read_as_log_odds

Row = Callable[[], Numbers]
A, B = CLASSES["A"], CLASSES["B"]
K_N = dict(zip(SIX, zip(A.k.tolist(), A.n.tolist(), strict=True), strict=True))


def exact_means(name: str, *, of: str = "A", upper: float = 100.0) -> Row:
    return lambda: (learned(in_logs(upper), CLASSES[of]).mean(name),)


def average(name: str, of: str, upper: float = 100.0) -> Row:
    return lambda: (student(name, of, "mean", in_logs(upper)),)


def under(low: float, high: float, number: Callable = rate) -> Row:
    return lambda: (number(learned(box(low, high), A)),)


def of_beta(a: float, b: float, number: str) -> Row:
    return lambda: (float(getattr(beta(a, b), number)()),)


def raw(*names: str) -> Row:
    return lambda: tuple(K_N[name][0] / K_N[name][1] for name in names)


def below_one(name: str) -> Row:
    return lambda: (learned(in_logs(), CLASSES[name]).probability_below("lam", 1.0),)


def mean_a(posterior) -> float:
    return posterior.mean("a")


ROWS: dict[str, Row] = {
    "rate under box(0.5, 20)": under(0.5, 20.0),
    "rate under box(0.5, 100)": under(0.5, 100.0),
    "rate under box(0.5, 10000)": under(0.5, 1e4),
    "rate under box(0.001, 20)": under(0.001, 20.0),
    "E[a] under box(0.5, 100)": under(0.5, 100.0, mean_a),
    "E[a] under box(0.5, 10000)": under(0.5, 1e4, mean_a),
    "a, from the course's draws": lambda: (of_course_draws().mean("a"),),
    "b, from the course's draws": lambda: (of_course_draws().mean("b"),),
    "rate, from the course's draws": lambda: (rate(of_course_draws()),),
    "a, exactly": under(0.5, 20.0, mean_a),
    "b, exactly": under(0.5, 20.0, lambda posterior: posterior.mean("b")),
    "rate E[a] / (E[a] + E[b]), exactly": under(0.5, 20.0),
    "mean of a / (a + b), exactly": under(0.5, 20.0, lambda posterior: posterior.mean("mu")),
    "sd of the rate": under(0.5, 20.0, lambda posterior: posterior.sd("mu")),
    "90 % interval of the rate": lambda: interval(learned(box(), A), "mu"),
    "rate of the six": under(0.5, 20.0),
    "rate without Alyssa and Ben": lambda: (rate(learned(box(), part("A", OTHERS))),),
    "rate of Alyssa and Ben only": lambda: (rate(learned(box(), part("A", SIX[:2]))),),
    "effective sample size of the course's 20,000 draws": lambda: (of_course_draws().ess,),
    "draws that carry half of the weight": half_of_the_weight,
    "rates drawn, classroom B: effective draws of 60,000": partial(effective_of_explicit, 60_000),
    "correlation of a and b, given the six": lambda: given_the_six(lambda d: d["a"], lambda d: d["b"]),
    "correlation of the mean and log concentration": lambda: given_the_six(
        lambda d: d["mu"], lambda d: np.log(d["lam"])
    ),
    "probability of a U before any count, box": lambda: (u_shape_probability(box()).value,),
    "probability of a U in classroom B, box": lambda: u_shape(box()),
    "probability of a U before any count, log-uniform": lambda: (u_shape_probability(in_logs()).value,),
    "probability of a U in classroom B, log-uniform": lambda: u_shape(in_logs()),
    "evidence of B, log-uniform against box": lambda: (
        np.exp(learned(in_logs(), B).log_evidence - learned(box(), B).log_evidence),
    ),
    "A: mean, from the course's draws": lambda: (of_course_classes("A").mean("mu"),),
    "A: concentration, from the course's draws": lambda: (of_course_classes("A").mean("lam"),),
    "B: mean, from the course's draws": lambda: (of_course_classes("B").mean("mu"),),
    "B: concentration, from the course's draws": lambda: (of_course_classes("B").mean("lam"),),
    "A: concentration, exactly": exact_means("lam"),
    "B: concentration, exactly": exact_means("lam", of="B"),
    "A: 90 % interval of the concentration": lambda: interval(learned(in_logs(), A), "lam"),
    "B: 90 % interval of the concentration": lambda: interval(learned(in_logs(), B), "lam"),
    "A: probability that it is below 1": below_one("A"),
    "B: probability that it is below 1": below_one("B"),
    "A: concentration if the bound is 50": exact_means("lam", upper=50.0),
    "A: concentration if the bound is 1000": exact_means("lam", upper=1e3),
    "A: concentration if the bound is 10000": exact_means("lam", upper=1e4),
    "A without Emi and Farid: concentration": lambda: (learned(in_logs(), part("A", HEAVY)).mean("lam"),),
    "B without Emi and Farid: concentration": lambda: (learned(in_logs(), part("B", HEAVY)).mean("lam"),),
    "A: Emi, plug-in from the course's draws": lambda: course_plug_in("A", 2, 2),
    "A: Farid, plug-in from the course's draws": lambda: course_plug_in("A", 0, 1),
    "B: Emi, plug-in from the course's draws": lambda: course_plug_in("B", 2, 2),
    "B: Farid, plug-in from the course's draws": lambda: course_plug_in("B", 0, 1),
    "A: Emi, average over populations": average("Emi", "A"),
    "A: Farid, average over populations": average("Farid", "A"),
    "B: Emi, average over populations": average("Emi", "B"),
    "B: Farid, average over populations": average("Farid", "B"),
    "A: Farid if the bound is 50": average("Farid", "A", 50.0),
    "A: Farid if the bound is 10000": average("Farid", "A", 1e4),
    "B: probability that Farid's rate is below 0.1": lambda: (1 - above("Farid", 0.1),),
    "B: probability that Emi's rate is above 0.9": lambda: (above("Emi", 0.9),),
    "mean of Beta(6, 4)": of_beta(6, 4, "mean"),
    "concentration of Beta(6, 4)": lambda: (6 + 4,),
    "raw: Alyssa, Ben": raw("Alyssa", "Ben"),
    "raw: Carmen, Diego": raw("Carmen", "Diego"),
    "raw: Emi, Farid": raw("Emi", "Farid"),
    "one rate for all, 109 of 158": lambda: (A.k.sum() / A.n.sum(),),
    "mean of Beta(2, 5)": of_beta(2, 5, "mean"),
    "mode of Beta(2, 5)": lambda: ((2 - 1) / (2 + 5 - 2),),
    "Beta(0.1, 0.1): mean": of_beta(0.1, 0.1, "mean"),
    "Beta(0.1, 0.1): sd between students": of_beta(0.1, 0.1, "std"),
    "Beta(0.1, 0.1): share below 0.1 or above 0.9": partial(extremes, 0.1, 0.1),
    "Beta(10, 10): mean": of_beta(10, 10, "mean"),
    "Beta(10, 10): sd between students": of_beta(10, 10, "std"),
    "Beta(10, 10): share below 0.1 or above 0.9": partial(extremes, 10, 10),
    "Beta(0.14, 0.06), mean 0.70: the same share": partial(extremes, 0.14, 0.06),
    "Beta(14, 6), mean 0.70: the same share": partial(extremes, 14, 6),
    "Beta(6, 4): Alyssa, shift": lambda: shrunk(*K_N["Alyssa"]),
    "Beta(6, 4): Ben, shift": lambda: shrunk(*K_N["Ben"]),
    "Beta(6, 4): Carmen and Diego, shift": lambda: shrunk(*K_N["Carmen"]),
    "Beta(6, 4): Emi, shift": lambda: shrunk(*K_N["Emi"]),
    "Beta(6, 4): Farid, shift": lambda: shrunk(*K_N["Farid"]),
    "beta-binomial of 10, 3, 2: sum over k": lambda: (betabinom.pmf(range(11), 10, 3, 2).sum(),),
    "shops: mean of φ": lambda: (learned(in_logs(1e4), SHOPS).mean("mu"),),
    "shops: median of κ, if it is at most 10000": lambda: shops(1e4)[1:],
    "shops: acceptance of the chain": lambda: (walk(SHOPS, 0.5).acceptance,),
    "0.6 read as log-odds": lambda: (expit(0.6),),
    "0.1 read as log-odds": lambda: (expit(0.1),),
    "1 read as log-odds": lambda: (expit(1.0),),
    "Beta(6, 4): mean of 100 bentos, read wrongly": lambda: simulated(expit)[:1],
    "Beta(6, 4): its sd, read wrongly": lambda: simulated(expit)[1:],
    "Beta(6, 4): mean of 100 bentos, right": lambda: simulated(np.asarray)[:1],
    "Beta(6, 4): its sd, right": lambda: simulated(np.asarray)[1:],
    "sd of Beta(6, 4)": of_beta(6, 4, "std"),
    "rate in A": under(0.5, 20.0),
    "Farid in A": lambda: (student("Farid", "A", "mean", box()),),
    "Farid in B": lambda: (student("Farid", "B", "mean", box()),),
    "log evidence of B": lambda: (learned(box(), B).log_evidence,),
    "shops, κ at most 100: mean, median": partial(shops, 1e2),
    "shops, κ at most 10⁴: mean, median": partial(shops, 1e4),
    "shops, κ at most 10⁶: mean, median": partial(shops, 1e6),
    "shops, κ at most 10⁸: mean, median": partial(shops, 1e8),
    "shops, half-Cauchy: median": partial(median_of_half_cauchy, SHOPS),
    "Greta: estimate, shift": partial(shrunk, 4, 4),
    "Emi: estimate, shift": partial(shrunk, 2, 2),
    "Beta(60, 40): Emi, Farid": partial(emi_and_farid, 60, 40),
    "mean 0.6, a + b = 10⁶: Emi, Farid": partial(emi_and_farid, 0.6e6, 0.4e6),
    "mean 0.6, a + b = 10⁻⁶: Emi, Farid": partial(emi_and_farid, 0.6e-6, 0.4e-6),
    "20,000 draws: sd of the rate, in theory": partial(wobble, 20_000),
    "200,000 draws: sd of the rate, in theory": partial(wobble, 200_000),
    "20,000 draws: lowest and highest of 30 keys": lambda: (of_keys(20_000).min(), of_keys(20_000).max()),
    "20,000 draws: sd over 30 keys": lambda: (of_keys(20_000).std(ddof=1),),
    "200,000 draws: lowest and highest of 30 keys": lambda: (of_keys(200_000).min(), of_keys(200_000).max()),
    "200,000 draws: sd over 30 keys": lambda: (of_keys(200_000).std(ddof=1),),
    "all at 6 of 10, κ at most 100: median": lambda: (learned(in_logs(1e2), ALIKE).quantile("lam", 0.5),),
    "all at 6 of 10, κ at most 10⁴: median": lambda: (learned(in_logs(1e4), ALIKE).quantile("lam", 0.5),),
    "all at 6 of 10, κ at most 10⁶: median": lambda: (learned(in_logs(1e6), ALIKE).quantile("lam", 0.5),),
    "all at 6 of 10, half-Cauchy: median": partial(median_of_half_cauchy, ALIKE),
    "shops: 5th and 95th percentile of φ": lambda: interval(learned(in_logs(1e4), SHOPS), "mu"),
    "from φ = 0.05: sweeps, median of 200 chains": sweeps_until_forgotten,
    "effective draws among 5,000, to the nearest hundred": partial(effective_of_chain, 5000),
    "shops: probability of a good rating": lambda: (learned(in_logs(1e4), SHOPS).mean("mu"),),
}

COURSE: dict[str, Row] = {
    "a, exactly": ROWS["a, from the course's draws"],
    "b, exactly": ROWS["b, from the course's draws"],
    "A: concentration, exactly": ROWS["A: concentration, from the course's draws"],
    "A without Emi and Farid: concentration": ROWS["A: concentration, from the course's draws"],
    "B without Emi and Farid: concentration": ROWS["B: concentration, from the course's draws"],
    "A: Emi, average over populations": ROWS["A: Emi, plug-in from the course's draws"],
    "A: Farid, average over populations": ROWS["A: Farid, plug-in from the course's draws"],
    "B: Farid, average over populations": ROWS["B: Farid, plug-in from the course's draws"],
    "rate in A": lambda: (read_as_log_odds(A).rate,),
    "Farid in A": lambda: (read_as_log_odds(A).students["Farid"],),
    "Farid in B": lambda: (read_as_log_odds(B).students["Farid"],),
    "log evidence of B": lambda: (read_as_log_odds(B).log_evidence,),
    **{f"shops, κ at most {upper}: mean, median": lambda: shops(1e4)[1:] for upper in ("100", "10⁴", "10⁶", "10⁸")},
}

# What a chain of the course printed: near the exact value, and not equal to it.
NEAR = {"shops: mean of φ": CHAIN_NOISE, "shops: probability of a good rating": CHAIN_NOISE}
# The course's random draws of rates, whose share differs from the exact one by up to two standard errors of 5,000.
NEAR |= {"Beta(0.1, 0.1): share below 0.1 or above 0.9": 2 * np.sqrt(0.8 * 0.2 / 5000)}

COSTLY = ("20,000 draws: lowest and highest of 30 keys", "20,000 draws: sd over 30 keys")
LONG = ("200,000 draws: lowest and highest of 30 keys", "200,000 draws: sd over 30 keys")
