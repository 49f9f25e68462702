"""The two students of the course: theta is drawn, or integrated out. They differ in one line."""

from genjax import gen

from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.logit_beta import logit_beta


@gen
def explicit_student(a, b, n):
    """theta ~ Beta(a, b), k ~ Binomial(n, theta), with theta given by its log-odds."""
    log_odds = logit_beta(a, b) @ "log_odds"  # theta = sigmoid(log_odds), safe where theta would round to 0 or 1
    return binomial_log_odds(n, log_odds) @ "k"


@gen
def marginal_student(a, b, n):
    """k ~ BetaBinomial(n, a, b): theta integrated out."""
    return beta_binomial(n, a, b) @ "k"
