# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Extending a model
#
# Two things in a model are easily made your own: what you believe of the population (the
# hyperprior), and how a rate becomes a count (the student). Both are GenJAX programs of a
# few lines, and all algorithms take them as they are. Each answer of this notebook stands
# next to an exact one.
#
# The first cell installs the package where it is not installed, for example on Colab:
# upload the wheel of a release there first, or set `PACKAGE` to the address of a wheel or
# of a repository, such as `git+https://github.com/OWNER/NAME`. It must run before JAX or
# NumPy is imported, because it may bring other versions of them.

# %%
import subprocess
import sys
from importlib.util import find_spec

PACKAGE = "learning_the_prior-0.1.0-py3-none-any.whl"  # or an address
if find_spec("inference") is None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", PACKAGE]
    subprocess.run(command, check=True)

# %% [markdown]
# ## 1. A hyperprior of your own
#
# A hyperprior is a program without arguments that returns the pair (a, b) of the
# population. Here the mean $\mu$ is uniform, and the concentration $\kappa = a + b$ is
# exponential with mean 10: most classes are believed to be rather mixed.
#
# For each address say the open interval in which it lies.

# %%
from math import inf

import jax
import jax.numpy as jnp
from genjax import exponential, gen, seed
from inference import exact, importance
from models import (
    Counts,
    Hyperprior,
    binomial_log_odds,
    classroom,
    log_uniform,
    logit_beta,
    marginal,
    mean_concentration,
    open_uniform,
)


@gen
def population():
    mu = open_uniform(0.0, 1.0) @ "mu"
    kappa = exponential(0.1) @ "kappa"
    return kappa * mu, kappa * (1 - mu)


hyperprior = Hyperprior(population, {"mu": (0.0, 1.0), "kappa": (0.0, inf)})

# %% [markdown]
# Look at what it believes before you use it: draw populations, and from each a rate. Is
# that what you think of students?

# %%


def rate(key):
    for_population, for_rate = jax.random.split(key)
    a, b = seed(population.simulate)(for_population).get_retval()
    return jax.random.beta(for_rate, a, b)


rates = jax.vmap(rate)(jax.random.split(jax.random.key(0), 10_000))
shares = jnp.histogram(rates, bins=5, range=(0.0, 1.0))[0] / len(rates)
print("share of rates in each fifth of 0 to 1:", [f"{share:.2f}" for share in shares])

# %% [markdown]
# Now learn. `exact` takes any hyperprior of at most three numbers.


# %%
def compare(what, estimate, error, truth):
    """Print an estimate next to the exact value, and check that it is within five errors."""
    print(f"{what}: {estimate:.4f} ± {error:.4f}, exact {truth:.4f}")
    assert abs(estimate - truth) < 5 * error


NAMES = ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"]
counts = Counts(k=[70, 28, 6, 3, 2, 0], n=[100, 40, 10, 5, 2, 1], names=NAMES)
truth = exact(hyperprior, counts)
sampled = importance(marginal(hyperprior), counts, key=jax.random.key(1), n_particles=10_000)
for address in ("mu", "kappa"):
    mean, error = sampled.mean(address), sampled.mean_error(address)
    compare(f"E[{address}]", mean, error, truth.mean(address))
print(sampled.verdict)

# %%
truth.shrinkage(counts).select("name", "raw", "mean", "low", "high")

# %% [markdown]
# ## 2. A student of your own
#
# In a test each question has four options. A student knows the share $\theta$ of the
# answers and guesses the others, so an answer is right with probability
# $\theta + (1 - \theta)/4$. The program draws the log-odds $\eta$ of $\theta$. Those of a
# right answer are
#
# $$\log \frac{\theta + (1 - \theta)/4}{3 (1 - \theta)/4} = \log(1 + 4 e^\eta) - \log 3.$$


# %%
@gen
def guessing_student(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"  # of theta, the share that the student knows
    right = jnp.logaddexp(0.0, log_odds + jnp.log(4.0)) - jnp.log(3.0)
    return binomial_log_odds(n, right) @ "k"


test = Counts(k=[14, 9, 17], n=[20, 20, 20], names=["Emi", "Farid", "Greta"])
model = classroom(guessing_student, mean_concentration())
guessing = importance(model, test, key=jax.random.key(2), n_particles=20_000)
print(guessing.verdict)

# %% [markdown]
# The exact answer: of $n$ questions the student knows $j$, which is beta-binomial, and
# guesses $k - j$ of the other $n - j$. Sum over $j$, and then integrate over $\mu$ and
# $\log \lambda$ by Gauss-Legendre quadrature.

# %%
import numpy as np
from scipy.stats import betabinom, binom


def exact_mean(counts, options):
    """E[mu] for guessing students, mu uniform and log lam uniform from 0.1 to 100."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mu = (nodes[:, None] + 1) / 2
    lam = np.exp(np.log(0.1) + (nodes[None, :] + 1) / 2 * np.log(1000.0))
    posterior = weights[:, None] * weights[None, :]
    for k, n in zip(counts.k, counts.n, strict=True):
        j = np.arange(k + 1)[:, None, None]
        knows = betabinom.pmf(j, n, mu * lam, (1 - mu) * lam)
        posterior = posterior * (knows * binom.pmf(k - j, n - j, 1 / options)).sum(axis=0)
    return (posterior * mu).sum() / posterior.sum()


mean, error = guessing.mean("mu"), guessing.mean_error("mu")
compare("E[mu] if students guess", mean, error, exact_mean(test, options=4))
naive = exact(mean_concentration(), test).mean("mu")
print(f"E[mu] if nobody guesses: {naive:.4f}")
assert naive > mean + 5 * error

# %% [markdown]
# Questions about students, such as `shrinkage`, are answered by the Beta and the binomial.
# They know nothing of guessing, so for this model they are refused with a sentence:

# %%
try:
    guessing.shrinkage(test)
except ValueError as refused:
    print(refused)

# %% [markdown]
# ## 3. Exercises
#
# ### Exercise 1: students who are alike
#
# Write a hyperprior for a class in which students are alike: $\mu$ uniform, and
# $\lambda = a + b$ log-uniform from 10 to 1,000. What is the rate of Farid now? Check your
# program against `mean_concentration(lam=(10.0, 1000.0))`.

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 1


@gen
def alike():
    mu, lam = open_uniform(0.0, 1.0) @ "mu", log_uniform(10.0, 1000.0) @ "lam"
    return lam * mu, lam * (1 - mu)


mine = exact(Hyperprior(alike, {"mu": (0.0, 1.0), "lam": (10.0, 1000.0)}), counts)
same = exact(mean_concentration(lam=(10.0, 1000.0)), counts)
farid, check = (found.shrinkage(counts)["mean"][-1] for found in (mine, same))
print(f"Farid {farid:.4f}, by the package's own hyperprior {check:.4f}")
assert abs(mine.log_evidence - same.log_evidence) < 1e-6
assert farid > truth.shrinkage(counts)["mean"][-1]

# %% [markdown]
# ### Exercise 2: true or false
#
# Now each question has two options. Write the student, learn from the same counts, and
# check E[$\mu$] with `exact_mean`. Is it higher or lower than with four options, and why?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 2


@gen
def true_or_false_student(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    right = jnp.logaddexp(0.0, log_odds + jnp.log(2.0))  # theta + (1 - theta) / 2
    return binomial_log_odds(n, right) @ "k"


model = classroom(true_or_false_student, mean_concentration())
two = importance(model, test, key=jax.random.key(3), n_particles=20_000)
compare("E[mu]", two.mean("mu"), two.mean_error("mu"), exact_mean(test, options=2))
print("Lower: more of the right answers are guessed.")
assert exact_mean(test, options=2) < exact_mean(test, options=4)
