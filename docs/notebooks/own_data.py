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
# # Your own data
#
# You have a table: a row for each group, with a count of successes and a number of trials.
# Players and hits, web pages and clicks, clinics and patients who recovered. The raw
# fractions of small groups are the most extreme ones, because little data varies most.
# This notebook learns from all groups what rates are plausible, and then answers four
# questions: what is the rate of each group, who is best, who is above a threshold, and what
# comes next. All answers are exact.
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
# ## 1. Read a file
#
# This cell writes a small table. To take your own, write the name of your file and of its
# columns into the next cell. It may be CSV, a workbook, Parquet or JSON.

# %%
from pathlib import Path

Path("clinics.csv").write_text("""\
clinic,recovered,patients
Ash,13,15
Birch,160,200
Cedar,3,3
Dogwood,33,40
Elm,8,14
Fir,76,110
Gum,1,4
Hazel,59,70
""")

# %%
from inference import exact
from models import Counts, CountsError, bda3, half_cauchy

counts = Counts.read("clinics.csv", k="recovered", n="patients", name="clinic")
counts

# %% [markdown]
# If something is wrong with the file or with a name, the error says what and where.

# %%
try:
    Counts.read("clinics.csv", k="recoverd", n="patients", name="clinic")
except CountsError as error:
    print(error)

# %% [markdown]
# ## 2. Learn what rates are plausible
#
# Each clinic has a rate $\theta_i$, and the rates come from a population
# $\text{Beta}(\mu\lambda, (1 - \mu)\lambda)$: $\mu$ is its mean, and $\lambda$ says how
# alike the clinics are. Neither is known, so both have a prior, the hyperprior.
# `half_cauchy()` is a cautious one: it has no bounds at which the answer could pile up.
#
# The verdict says in one line whether to trust the answer.

# %%
posterior = exact(half_cauchy(), counts)
print(posterior.verdict)
print(f"mean rate of the population: {posterior.mean('mu'):.3f}")
print(f"median of lambda: {posterior.quantile('lam', 0.5):.1f}")
assert posterior.verdict.startswith("trust")

# %% [markdown]
# ## 3. The rate of each clinic
#
# `mean` is the rate that you should expect, and `low` to `high` holds 90 % of what is
# plausible. Cedar, with 3 of 3, is moved far. Birch, with 160 of 200, hardly moves.

# %%
rates = posterior.shrinkage(counts)
rates.select("name", "k", "n", "raw", "mean", "low", "high")

# %%
moved = dict(zip(rates["name"], (rates["mean"] - rates["raw"]).abs(), strict=True))
assert moved["Cedar"] > 10 * moved["Birch"]

# %% [markdown]
# ## 4. Who is best?
#
# `best` is the probability that a clinic has the highest rate of all. The ranks have an
# interval too: with so little data most of them are wide. A list of ranks without such
# intervals claims what nobody knows.

# %%
posterior.ranking(counts).select("name", "best", "rank", "rank_low", "rank_high").sort("rank")

# %% [markdown]
# Who is above 0.8, and is Hazel above Fir?

# %%
posterior.above(counts, 0.8).select("name", "probability")

# %%
import polars as pl

pairs = posterior.pairwise(counts)
pairs.filter(pl.col("name") == "Hazel", pl.col("other") == "Fir")

# %% [markdown]
# ## 5. What comes next?
#
# Of the next 20 patients of each clinic, how many recover? The last row is a clinic that
# has no patients yet: it has the learned population as its prior.

# %%
posterior.predict(counts, 20).select("name", "n_next", "mean", "low", "high")

# %% [markdown]
# ## 6. Does the model fit?
#
# Each clinic is predicted from the others. `pit` says where its count falls in that
# prediction: 0.5 is in the middle, and values very near 0 or 1 are surprises.

# %%
left_out = posterior.leave_one_out(counts)
left_out.select("name", "k", "n", "pit")

# %% [markdown]
# ## 7. Exercises
#
# ### Exercise 1: the highest fraction, and the best clinic
#
# Which clinic has the highest raw fraction? Which one is most probably the best? Why are
# they not the same?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 1
highest = rates.sort("raw")["name"][-1]
best = posterior.ranking(counts).sort("best")["name"][-1]
print(f"Highest raw fraction: {highest}. Most probably the best: {best}.")
print("3 of 3 is little data: most of what we know of Cedar is what we know of all clinics.")
assert (highest, best) == ("Cedar", "Hazel")

# %% [markdown]
# ### Exercise 2: a new clinic
#
# A new clinic opens. What is the probability that it has a rate above 0.8 before it has
# seen a patient, and after 3 of its first 3 patients recovered?

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 2
before = Counts([0], [0], names=["new"])
after = Counts([3], [3], names=["new"])
unseen = posterior.above(before, 0.8)["probability"][0]
seen = exact(half_cauchy(), counts + after).above(after, 0.8)["probability"][0]
print(f"before {unseen:.3f}, after {seen:.3f}")
# Cedar has the same count. Another such clinic moves the population up a little.
cedar = posterior.above(counts, 0.8)["probability"][2]
print(f"Cedar, which has 3 of 3 too: {cedar:.3f}")
assert unseen < cedar < seen < cedar + 0.1

# %% [markdown]
# ### Exercise 3: another hyperprior
#
# Learn again under `bda3()`, another cautious hyperprior. By how much does the rate of any
# clinic change? Compare this with the standard deviations in the column `sd`.

# %%
# your answer

# %% tags=["solution"] jupyter={"source_hidden": true} cellView="form"
# @title Solution of exercise 3
others = exact(bda3(), counts).shrinkage(counts)
change = (others["mean"] - rates["mean"]).abs()
worst = (change / rates["sd"]).arg_max()
print(f"At most {change.max():.3f}. In sds most for {rates['name'][worst]}:", end=" ")
print(f"{change[worst] / rates['sd'][worst]:.2f} of its sd.")
assert (change < 0.5 * rates["sd"]).all()
