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
# # Learning the prior, in GenJAX 1.0
#
# This notebook follows the chapter on hierarchical Bayes of the *Probability &
# Probabilistic Computing Tutorial*: six students bring bentos, and we want to know how
# often each of them brings tonkatsu. Every model is a program. Every approximate answer
# stands next to the exact one. At the end there are six exercises, each with a solution
# that checks itself.
#
# Run the cells from top to bottom. The first one installs the package where it is not
# installed, for example on Colab: upload the wheel of a release there first, or set
# `PACKAGE` to the address of a wheel or of a repository, such as
# `git+https://github.com/OWNER/NAME`. It must run before JAX or NumPy is imported,
# because it may bring other versions of them.

# %%
import subprocess
import sys
from importlib.util import find_spec

PACKAGE = "learning_the_prior-0.1.0-py3-none-any.whl"  # or an address
if find_spec("inference") is None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", PACKAGE]
    subprocess.run(command, check=True)

# %% [markdown]
# ## 1. Six students
#
# Alyssa brought tonkatsu in 70 of 100 bentos, Farid in none of 1. The raw fraction of
# Farid is 0. Nobody believes that he will never bring tonkatsu.

# %%
import jax
import jax.numpy as jnp
from genjax import beta, binomial, gen, seed
from inference import conjugate_proposal, exact, importance
from models import (
    Counts,
    beta_binomial,
    binomial_log_odds,
    box,
    explicit,
    fixed,
    half_cauchy,
    log_uniform,
    logit_beta,
    marginal,
    mean_concentration,
    open_uniform,
)

NAMES = ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"]
counts = Counts(k=[70, 28, 6, 3, 2, 0], n=[100, 40, 10, 5, 2, 1], names=NAMES)
k, n = jnp.array(counts.k, float), jnp.array(counts.n, float)
for name, raw in zip(NAMES, k / n, strict=True):
    print(f"{name:7} {raw:.2f}")

# %% [markdown]
# ## 2. A population, given by hand
#
# Each student has a rate $\theta_i$, and the rates come from a population. For now the
# population is Beta(6, 4): its mean is 0.6, and it counts as much as 10 bentos that
# were seen before.
#
# $$\theta_i \sim \text{Beta}(a, b), \qquad k_i \sim \text{Binomial}(n_i, \theta_i)$$
#
# In GenJAX a program is a function with `@gen`, and `@ "name"` gives a random choice
# its address. The program draws the log-odds of the rate,
# $\eta = \log(\theta / (1 - \theta))$, because a rate that is very near 0 or 1 would be
# rounded to 0 or 1.


# %%
@gen
def student(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"  # theta ~ Beta(a, b), by its log-odds
    return binomial_log_odds(n, log_odds) @ "k"  # k ~ Binomial(n, theta)


@gen
def students(a, b, n):
    each = student.vmap(in_axes=(0, 0, 0))  # a, b and n have one entry for each student
    return each(jnp.full(n.shape, a), jnp.full(n.shape, b), n) @ "students"


trace = seed(students.simulate)(jax.random.key(0), 6.0, 4.0, n)
rates = jax.nn.sigmoid(trace["students"]["log_odds"])
print("rates ", [f"{theta:.2f}" for theta in rates])
print("counts", [int(count) for count in trace.get_retval()])

# %% [markdown]
# `seed` gives the program its random key. Without `seed` the program runs too, but then
# you cannot repeat it.
#
# ### What does Emi's count say of her rate?
#
# `generate` runs the program with Emi's count fixed to 2. It returns a trace and the
# logarithm of a weight: how probable the count is under the rate that was drawn. With
# many draws (*particles*), the weighted mean of the rates is the posterior mean, and
# the mean weight is the probability of the count. That is **importance sampling**.

# %%
PARTICLES = 5_000


def weighted_mean(values, log_weights):
    """The mean of the values under the weights, and its standard error."""
    weights = jax.nn.softmax(log_weights)
    mean = jnp.sum(weights * values)
    return float(mean), float(jnp.sqrt(jnp.sum((weights * (values - mean)) ** 2)))


def compare(what, estimate, error, truth):
    """Print an estimate next to the exact value, and check that it is within five errors."""
    print(f"{what}: {estimate:.4f} ± {error:.4f}, exact {truth:.4f}")
    assert abs(estimate - truth) < 5 * error


def rates_given(key, k, n, a, b):
    """Draws of one student's rate, each with the log probability of the count."""

    def particle(key):
        trace, log_weight = seed(student.generate)(key, {"k": k}, a, b, n)
        return jax.nn.sigmoid(trace["log_odds"]), log_weight

    return jax.vmap(particle)(jax.random.split(key, PARTICLES))


theta, log_weights = rates_given(jax.random.key(1), 2.0, 2.0, 6.0, 4.0)

# %% [markdown]
# The exact answer needs no draws. The Beta is conjugate: after $k$ of $n$ the rate is
# Beta($a + k$, $b + n - k$), with mean $(a + k)/(a + b + n)$. The probability of the count,
# with the rate integrated out, is the **beta-binomial**.


# %%
def shrunk(k, n, a, b):
    """The posterior mean of a rate under Beta(a, b)."""
    return (a + k) / (a + b + n)


compare("Emi's rate", *weighted_mean(theta, log_weights), shrunk(2, 2, 6, 4))

weights = jnp.exp(log_weights)
log_probability, _ = beta_binomial.assess(2.0, 2.0, 6.0, 4.0)  # the count; then n, a, b
standard_error = weights.std() / PARTICLES**0.5
compare("p(2 of 2)", weights.mean(), standard_error, jnp.exp(log_probability))

# %% [markdown]
# ### A trap: which number does `binomial` take?
#
# GenJAX's `binomial(n, x)` reads its second argument as **log-odds**. If you pass a
# rate, nothing fails: the program means another model. With a rate of 0.6 it draws with
# the rate $1/(1 + e^{-0.6}) = 0.646$, and no rate between 0 and 1 can give less than
# 0.5.


# %%
@gen
def wrong_student(a, b, n):
    theta = beta(a, b) @ "theta"
    return binomial(n, theta) @ "k"  # reads theta as log-odds


def simulated_mean(program, a, b):
    """The mean of k / n in 1,000 simulated students who brought 100 bentos each."""

    def one(key):
        return seed(program.simulate)(key, a, b, 100.0).get_retval() / 100

    return float(jax.vmap(one)(jax.random.split(jax.random.key(2), 1_000)).mean())


right = simulated_mean(student, 1.0, 9.0)
wrong = simulated_mean(wrong_student, 1.0, 9.0)
print(f"population mean 0.100; right program {right:.3f}, wrong program {wrong:.3f}")
assert right < 0.12 < 0.5 < wrong

# %% [markdown]
# ## 3. Learning the prior
#
# Why Beta(6, 4)? The pair (a, b) is unknown too, so it is one more random choice with a
# prior of its own, the **hyperprior**. Here both are uniform between 0.5 and 20. The
# six counts say which pairs are plausible. The rates are integrated out, so that a
# student is one line.


# %%
@gen
def marginal_student(a, b, n):
    return beta_binomial(n, a, b) @ "k"  # theta integrated out


@gen
def classroom(n):
    a, b = open_uniform(0.5, 20.0) @ "a", open_uniform(0.5, 20.0) @ "b"
    each = marginal_student.vmap(in_axes=(0, 0, 0))
    return each(jnp.full(n.shape, a), jnp.full(n.shape, b), n) @ "students"


def particle(key):
    trace, log_weight = seed(classroom.generate)(key, {"students": {"k": k}}, n)
    return trace["a"], trace["b"], log_weight


keys = jax.random.split(jax.random.key(3), 20_000)
a, b, log_weights = jax.jit(jax.vmap(particle))(keys)
truth = exact(box(0.5, 20.0), counts)
for letter, values in {"a": a, "b": b}.items():
    compare(f"E[{letter}]", *weighted_mean(values, log_weights), truth.mean(letter))

# %% [markdown]
# The package has this program and this algorithm: `marginal(box())` and `importance`.
# It says how many draws really count (the *effective sample size*, ESS), and its
# `verdict` says in one line whether you may trust the answer. The posterior is cut off
# at the upper bound 20, and the verdict tells you that.

# %%
N = 20_000  # particles
posterior = importance(marginal(box()), counts, key=jax.random.key(0), n_particles=N)
compare("E[mu]", posterior.mean("mu"), posterior.mean_error("mu"), truth.mean("mu"))
print(f"log Z {posterior.log_evidence:.3f}, exact {truth.log_evidence:.3f}")
print(f"ESS {posterior.ess:.0f} of {N}")
print(posterior.verdict)

# %% [markdown]
# Now the learned population says how far to move each student. Little data moves far,
# much data stays.

# %%
truth.shrinkage(counts).select("name", "k", "n", "raw", "mean", "low", "high")

# %% [markdown]
# ### Draw the rates, or integrate them out?
#
# If the program draws every rate, a particle with one rate that does not fit its
# student has a small weight, and fewer particles count: a quarter as many here, and
# with more students hardly any. If the rates are proposed from their exact distribution
# given (a, b), nothing is lost.

# %%
drawn = importance(explicit(box()), counts, key=jax.random.key(4), n_particles=N)
proposal = conjugate_proposal(box())
proposed = importance(
    explicit(box()), counts, key=jax.random.key(5), n_particles=N, proposal=proposal
)
for form, found in {"drawn": drawn, "proposed": proposed, "integrated out": posterior}.items():
    print(f"rates {form}: ESS {found.ess:.0f}, log Z {found.log_evidence:.2f}")
print(f"exact log Z {truth.log_evidence:.2f}")
assert drawn.ess < 0.5 * posterior.ess

# %% [markdown]
# ## 4. Mean and concentration: two classrooms
#
# Two numbers say more clearly what a Beta is like: the mean $\mu = a/(a+b)$, and the
# concentration $\lambda = a + b$, which says how alike the students are. When $a < 1$
# and $b < 1$, the Beta has the shape of a U: most students are near 0 or near 1.
#
# Emi (2 of 2) and Farid (0 of 1) are in two classrooms. In A everybody else is near
# 0.65. In B everybody else is near 0 or near 1.

# %%
hyperprior = mean_concentration(mu=(0.0, 1.0), lam=(0.1, 100.0))  # uniform: mu, and log lam
classrooms = {
    "A": counts,
    "B": Counts(k=[97, 2, 19, 0, 2, 0], n=[100, 40, 20, 20, 2, 1], names=NAMES),
}
learned = {name: exact(hyperprior, them) for name, them in classrooms.items()}
for name, them in classrooms.items():
    sampled = importance(marginal(hyperprior), them, key=jax.random.key(0), n_particles=N)
    for address in ("mu", "lam"):
        mean, error = sampled.mean(address), sampled.mean_error(address)
        compare(f"{name}: E[{address}]", mean, error, learned[name].mean(address))
    print(f"{name}: {learned[name].verdict}")

# %% [markdown]
# The verdict on A matters: $\lambda$ piles up at the upper bound of the hyperprior, so
# 41 says more of the bound than of the students. The rates hardly depend on it.
#
# Farid has the same count in both classrooms, and the answers are opposite. The column
# `plug_in` uses the posterior means of $\mu$ and $\lambda$ as if they were known. The
# column `mean` averages over all that they could be.

# %%
tables = {name: learned[name].shrinkage(them) for name, them in classrooms.items()}
for name, table in tables.items():
    print(name, table.select("name", "raw", "plug_in", "mean", "low", "high").tail(2))
assert abs(tables["A"]["mean"][-1] - 0.6317) < 1e-4
assert abs(tables["B"]["mean"][-1] - 0.1550) < 1e-4

# %% [markdown]
# ## 5. Exercises
#
# Write your answer first. Then open the solution below it. Each solution computes the
# answer and checks it.
#
# ### Exercise 1: Greta
#
# Greta brought tonkatsu in 4 of 4 bentos. The population is Beta(6, 4). Is her rate
# moved more or less than that of Emi, who has 2 of 2?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 1
greta, emi = shrunk(4, 4, 6, 4), shrunk(2, 2, 6, 4)
print(f"Greta {greta:.4f}, moved by {greta - 1:.4f}")
print(f"Emi   {emi:.4f}, moved by {emi - 1:.4f}")
print("Less: she has more bentos of her own.")
assert abs(greta - 1) < abs(emi - 1)

draws = rates_given(jax.random.key(6), 4.0, 4.0, 6.0, 4.0)
compare("Greta by importance sampling", *weighted_mean(*draws), greta)
class_of_two = Counts([4, 2], [4, 2], names=["Greta", "Emi"])
known = exact(fixed(6.0, 4.0), class_of_two).shrinkage(class_of_two)
assert abs(known["mean"].to_numpy() - [greta, emi]).max() < 1e-9

# %% [markdown]
# ### Exercise 2: a population that is sure of itself
#
# Now the population is Beta(60, 40), which has the same mean. What are the rates of Emi
# and Farid?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 2
for name, (hits, bentos) in {"Emi": (2, 2), "Farid": (0, 1)}.items():
    before, now = shrunk(hits, bentos, 6, 4), shrunk(hits, bentos, 60, 40)
    print(f"{name}: {before:.4f} under Beta(6, 4), {now:.4f} now")
assert abs(shrunk(2, 2, 60, 40) - 0.6078) < 1e-4
assert abs(shrunk(0, 1, 60, 40) - 0.5941) < 1e-4

draws = rates_given(jax.random.key(7), 0.0, 1.0, 60.0, 40.0)
compare("Farid by importance sampling", *weighted_mean(*draws), shrunk(0, 1, 60, 40))

# %% [markdown]
# ### Exercise 3: the two ends of the concentration
#
# Keep the mean of the population at 0.6. What happens to every student's rate when
# $\lambda = a + b$ goes to infinity, and when it goes to 0? Which of the two is
# *complete pooling*, and which is *no pooling*?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 3
at = {lam: shrunk(counts.k, counts.n, 0.6 * lam, 0.4 * lam) for lam in (1e-6, 10.0, 1e6)}
for lam, rates in at.items():
    print(f"lam {lam:9g}:", [f"{rate:.3f}" for rate in rates])
print("To infinity: everybody has the rate 0.6. This is complete pooling.")
print("To 0: everybody has the raw fraction. This is no pooling.")
assert abs(at[1e6] - 0.6).max() < 1e-3
assert abs(at[1e-6] - counts.k / counts.n).max() < 1e-5

# %% [markdown]
# ### Exercise 4: other keys, more particles
#
# Run importance sampling under `box()` with 30 other keys, once with 1,000 particles
# and once with 10,000. How much does the implied rate E[a] / (E[a] + E[b]) vary from
# run to run? What do ten times as many particles buy?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 4


def implied_rate(key, particles):
    a, b, log_weights = jax.vmap(particle)(jax.random.split(key, particles))
    weights = jax.nn.softmax(log_weights)
    return jnp.sum(weights * a) / jnp.sum(weights * (a + b))


def over_keys(particles):
    keys = jax.random.split(jax.random.key(8), 30)
    return jax.lax.map(lambda key: implied_rate(key, particles), keys)


few, many = over_keys(1_000), over_keys(10_000)
for particles, rates in {1_000: few, 10_000: many}.items():
    print(f"{particles:6}: {rates.min():.4f} to {rates.max():.4f}, sd {rates.std():.5f}")
print(f"exact:  {truth.mean('a') / (truth.mean('a') + truth.mean('b')):.4f}")
ratio = float(few.std() / many.std())
print(f"The standard deviation falls by {ratio:.1f}: about the square root of 10.")
# The sd of 30 runs has a relative error of 1 / sqrt(58) = 0.13, the ratio of two 0.19.
assert abs(jnp.log(ratio / 10**0.5)) < 4 * 0.19

# %% [markdown]
# ### Exercise 5: twelve shops that are all alike
#
# Twelve shops have 6 good ratings of 10 each. Learn $\lambda$ with $\log \lambda$
# uniform from 0.1 up to a bound of $10^2$, of $10^4$, and of $10^6$. What happens to
# the median of $\lambda$, and what does that say of a hyperprior without a bound? Try
# `half_cauchy()` too.

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 5
alike = Counts(k=[6] * 12, n=[10] * 12)
medians = []
for bound in (1e2, 1e4, 1e6):
    medians.append(exact(mean_concentration(lam=(0.1, bound)), alike).quantile("lam", 0.5))
    print(f"bound {bound:9,.0f}: median {medians[-1]:6,.0f}")
print("The median follows the bound.")
print("Without a bound there is no posterior: its density does not add up to 1.")
assert medians[2] > 5 * medians[1] > 25 * medians[0]

proper = exact(half_cauchy(), alike).quantile("lam", 0.5)
print(f"half_cauchy() has no bound, and adds up to 1. Its median is {proper:.0f}.")
assert medians[0] < proper < medians[1]

# %% [markdown]
# ### Exercise 6: a shop that nobody has rated
#
# The twelve shops of the course's chapter 19 have these good ratings out of 10. Write
# the program with GenJAX yourself: $\mu$ uniform, $\log \lambda$ uniform from 0.1 to
# 100. What is the mean rate $\mu$ of the population, with an interval that holds 90 %?

# %%
shops = Counts(k=[9, 3, 7, 5, 8, 2, 6, 9, 4, 7, 1, 8], n=[10] * 12)
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 6


@gen
def twelve_shops(n):
    mu, lam = open_uniform(0.0, 1.0) @ "mu", log_uniform(0.1, 100.0) @ "lam"
    a, b = jnp.full(n.shape, lam * mu), jnp.full(n.shape, lam * (1 - mu))
    return marginal_student.vmap(in_axes=(0, 0, 0))(a, b, n) @ "shops"


def shop_particle(key):
    observed = {"shops": {"k": jnp.array(shops.k, float)}}
    ratings = jnp.array(shops.n, float)
    trace, log_weight = seed(twelve_shops.generate)(key, observed, ratings)
    return trace["mu"], log_weight


keys = jax.random.split(jax.random.key(9), 20_000)
mu, log_weights = jax.jit(jax.vmap(shop_particle))(keys)
answer = exact(mean_concentration(), shops)
compare("E[mu]", *weighted_mean(mu, log_weights), answer.mean("mu"))

in_order = jnp.argsort(mu)
below = jnp.cumsum(jax.nn.softmax(log_weights)[in_order])
for share in (0.05, 0.95):
    found, limit = mu[in_order][jnp.searchsorted(below, share)], answer.quantile("mu", share)
    print(f"{share:.0%} of mu is below {found:.3f}, exact {limit:.3f}")
    compare("share of the draws below", *weighted_mean(mu < limit, log_weights), share)
