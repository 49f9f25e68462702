"""Compare the forms: their weights particle by particle, and their ESS as students are added."""

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from genjax import seed
from scipy.special import betaln, gammaln, logsumexp

from experiments.methods.squared_likelihood import doubled, log_choose, log_constant
from experiments.presentation.screen import progress_bar
from inference import Posterior, closed_form, conjugate_proposal, exact, importance, population_weights
from inference.draws.independent import effective_sample_size
from models import Counts, aggregated, explicit, marginal, mean_concentration
from models.families.beta_binomial.likelihood import PopulationLikelihood

FORMS = ("marginal", "conjugate", "explicit")
TIMED_FORMS = (*FORMS, "aggregated")  # aggregated has the same weights as marginal
BATCH = 250  # particles drawn at once: the rejection sampler of theta waits for the slowest particle of a batch
AVERAGED = 64  # particles at which theta is drawn many times
LOWEST_ESS = 100  # ESS of the theta draws at a particle; below it, their average is not judged
FITTED_ESS = 10  # ESS of the explicit form; below it, its rate is not fitted


def first_students(counts: Counts, students: int) -> Counts:
    """The first students of a class; the others get n = 0.

    A student with n = 0 and k = 0 contributes a factor of exactly 1 to the weight of every form. So the class keeps its
    shape, and one compiled program serves every number of students.

    Args:
        counts: the whole class; its largest n must be among the first.
        students: number of students to keep.

    Returns:
        Counts of the same length.
    """
    kept = np.arange(len(counts)) < students
    return Counts(np.where(kept, counts.k, 0), np.where(kept, counts.n, 0), counts.names)


def sample(form: str, counts: Counts, key: jax.Array, n_particles: int) -> Posterior:
    """Importance sampling of the population under mean_concentration(), with the form of a given name."""
    hyperprior = mean_concentration()
    model = {"marginal": marginal, "aggregated": aggregated}.get(form, explicit)(hyperprior)
    proposal = conjugate_proposal(hyperprior) if form == "conjugate" else None
    batch_size = None if form in ("marginal", "aggregated") else BATCH
    return importance(model, counts, key=key, n_particles=n_particles, proposal=proposal, batch_size=batch_size)


def weigh(counts: Counts, key: jax.Array, n_particles: int) -> pl.DataFrame:
    """The weight of the same populations in every form.

    Args:
        counts: the students.
        key: JAX random key.
        n_particles: populations, drawn from mean_concentration().

    Returns:
        A row per particle: mu, lam, a, b as the programs see them; the log weights closed_form, marginal, aggregated,
        conjugate, explicit; and bounds on the rounding errors of marginal, aggregated and conjugate.
    """
    hyperprior = mean_concentration()
    key_population, *keys = jax.random.split(key, 4)
    traces = jax.vmap(seed(hyperprior.program.simulate))(jax.random.split(key_population, n_particles))
    population, (a, b) = traces.get_choices(), traces.get_retval()
    columns = {name: np.asarray(x, np.float64) for name, x in (population | {"a": a, "b": b}).items()}
    form, proposal = explicit(hyperprior), conjugate_proposal(hyperprior)
    return pl.DataFrame(
        columns
        | {
            "closed_form": closed_form(counts, columns["a"], columns["b"]),
            "marginal": population_weights(marginal(hyperprior), counts, population, key=keys[0]),
            "aggregated": population_weights(aggregated(hyperprior), counts, population, key=keys[0]),
            "conjugate": population_weights(form, counts, population, key=keys[1], proposal=proposal),
            "explicit": population_weights(form, counts, population, key=keys[2]),
            "marginal_bound": _rounding("marginal", counts, columns["a"], columns["b"]),
            "aggregated_bound": _rounding("aggregated", counts, columns["a"], columns["b"]),
            "conjugate_bound": _rounding("conjugate", counts, columns["a"], columns["b"]),
        }
    )


def _rounding(form: str, counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bound on a form's rounding error: (8 + students) eps x the size of the terms it adds up.

    Each term is right to a few eps (8) of itself, and each student's addition rounds once more. The marginal form adds
    log p(k_i | a, b). The aggregated form starts from the log density at a population near the mode, and adds the
    differences of all students' log (a)_k, log (b)_(n - k) and log (a + b)_n from that population. The conjugate
    proposal adds log p(theta_i | a, b) + log p(k_i | theta_i) - log p(theta_i | k_i, a, b), here at the posterior mean
    of theta_i. To all of them the hyperprior's log density, about 10, is added and later subtracted. The closed form
    adds up log gammas, in float64.
    """
    eps, eps_closed_form = (float(jnp.finfo(dtype).eps) for dtype in (jnp.zeros(()).dtype, np.float64))
    size, gammas = np.full(a.shape, 10.0), np.zeros(a.shape)
    a0, b0 = PopulationLikelihood(*counts.pairs).mode
    if form == "aggregated":
        size += np.abs(closed_form(counts, a0, b0))
    for k, n in zip(counts.k, counts.n, strict=True):
        alpha, beta = a + k, b + (n - k)
        if form == "marginal":
            size += 1 + np.abs(log_choose(n, k) + betaln(alpha, beta) - betaln(a, b))
        elif form == "aggregated":
            for x, x0, v in ((a, a0, k), (b, b0, n - k), (a + b, a0 + b0, n)):
                size += np.abs(gammaln(x + v) - gammaln(x) - gammaln(x0 + v) + gammaln(x0))
        else:
            exponents = alpha * np.log1p(beta / alpha) + beta * np.log1p(alpha / beta)
            size += 2 * exponents + np.abs(betaln(a, b)) + np.abs(betaln(alpha, beta)) + log_choose(n, k)
        gammas += sum(np.abs(gammaln(x)) for x in (n + 1, k + 1, n - k + 1, a, b, a + b, alpha, beta, a + b + n))
    return (8 + len(counts)) * (eps * size + eps_closed_form * gammas)


def average(counts: Counts, weights: pl.DataFrame, key: jax.Array, *, students: int, theta_draws: int) -> pl.DataFrame:
    """The explicit weight averaged over theta at some particles, next to the likelihood it must average to.

    The particles are drawn from the posterior, and the students are those with the fewest trials. For them some
    thousand draws of theta give a good average. Each student with many trials multiplies the variance of the weight, in
    classroom B several times over, so that no feasible number of draws would be enough for all six.

    Args:
        counts: the students.
        weights: what `weigh` returned for them.
        key: JAX random key.
        students: number of students to use, those with the fewest trials.
        theta_draws: draws of theta at each particle.

    Returns:
        A row per particle: mu, lam, a, b, closed_form of these students, log_mean, its standard error, the ESS of the
        theta draws, and z.
    """
    key_particles, key_theta = jax.random.split(key)
    kept = np.argsort(counts.n, kind="stable")[:students]
    few = Counts(counts.k[kept], counts.n[kept])
    log_weights = jnp.asarray(weights["closed_form"].to_numpy())
    at = np.asarray(jax.random.categorical(key_particles, log_weights, shape=(AVERAGED,)))
    chosen = weights[at.tolist()].select("mu", "lam", "a", "b")
    population = {name: np.repeat(chosen[name].to_numpy(), theta_draws) for name in ("mu", "lam")}
    drawn = population_weights(explicit(mean_concentration()), few, population, key=key_theta)
    drawn = drawn.reshape(AVERAGED, theta_draws)
    likelihood = closed_form(few, chosen["a"].to_numpy(), chosen["b"].to_numpy())
    log_mean = logsumexp(drawn, axis=1) - np.log(theta_draws)
    ess = np.array([effective_sample_size(row) for row in drawn])
    error = np.sqrt(np.maximum(1 / ess - 1 / theta_draws, 0))
    z = np.divide(log_mean - likelihood, error, out=np.full(AVERAGED, np.nan), where=error > 0)
    return chosen.with_columns(closed_form=likelihood, log_mean=log_mean, log_mean_error=error, theta_ess=ess, z=z)


def add_students(whole: Counts, key: jax.Array, n_particles: int) -> pl.DataFrame:
    """ESS, log Z and its error in every form, as students are added one by one.

    The random key is the same for every number of students. So the marginal form always has the same particles, and so
    has the explicit form.

    Args:
        whole: the class at its largest.
        key: JAX random key.
        n_particles: particles of each form.

    Returns:
        A row per number of students and form: exact log Z, log Z, its standard error, its distance from exact, ESS, its
        share of the particles, and for the explicit form the share it has in the limit of many particles.
    """
    rows = []
    keys = dict(zip(FORMS, jax.random.split(key, len(FORMS)), strict=True))
    with progress_bar() as progress:
        task = progress.add_task("adding students", total=len(whole))
        for students in range(1, len(whole) + 1):
            counts = first_students(whole, students)
            truth = exact(mean_concentration(), counts).log_evidence
            limit = _limiting_share(counts, truth)
            for form in FORMS:
                posterior = sample(form, counts, keys[form], n_particles)
                rows.append(
                    {
                        "students": students,
                        "form": form,
                        "exact_log_z": truth,
                        "log_z": posterior.log_evidence,
                        "log_z_error": posterior.log_evidence_error,
                        "off_by": posterior.log_evidence - truth,
                        "ess": posterior.ess,
                        "ess_share": posterior.ess / n_particles,
                        "limiting_share": limit if form == "explicit" else None,
                    }
                )
            progress.advance(task)
    return pl.DataFrame(rows)


def _limiting_share(counts: Counts, log_z: float) -> float:
    """ESS / N of the explicit form for N -> infinity, Z^2 / E[w^2], by quadrature.

    E[w^2] is the evidence of the doubled counts times a constant, see `squared_likelihood`.
    """
    log_square = exact(mean_concentration(), doubled(counts)).log_evidence + log_constant(counts)
    return float(np.exp(2 * log_z - log_square))


def fit_rates(added: pl.DataFrame) -> dict[str, float]:
    """How fast each form loses effective sample size, by least squares.

    Args:
        added: what `add_students` returned.

    Returns:
        e-folds of ESS lost per student, beyond what the marginal form loses: explicit, over the first students_fitted
        students, down to an ESS of 10, below which ESS itself means nothing; explicit_limit_there, for infinitely many
        particles over the same students; explicit_limit, for infinitely many over all students; conjugate. And
        marginal_power: the p in students^-p, in proportion to which the marginal form's own ESS falls.
    """
    form = {name: added.filter(form=name) for name in FORMS}
    students = form["marginal"]["students"].to_numpy()
    log_share = {name: np.log(rows["ess_share"].to_numpy()) for name, rows in form.items()}
    log_loss = {name: log_share["marginal"] - log_share[name] for name in FORMS}
    limit_loss = log_share["marginal"] - np.log(form["explicit"]["limiting_share"].to_numpy())
    below = np.flatnonzero(form["explicit"]["ess"].to_numpy() < FITTED_ESS)
    fitted = int(below[0]) if below.size else len(students)
    return {
        "explicit": _slope(students[:fitted], log_loss["explicit"][:fitted]),
        "explicit_limit_there": _slope(students[:fitted], limit_loss[:fitted]),
        "explicit_limit": _slope(students, limit_loss),
        "students_fitted": fitted,
        "conjugate": _slope(students, log_loss["conjugate"]),
        "marginal_power": -_slope(np.log(students), log_share["marginal"]),
    }


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.polyfit(x, y, 1)[0]) if len(x) > 1 else float("nan")
