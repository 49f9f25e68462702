"""Variational inference: the normal distribution of the population with the highest evidence lower bound."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen, seed
from genjax.inference.vi import elbo_factory, full_covariance_normal_family
from scipy.optimize import minimize

from inference.algorithms.genjax_kernels import factor, flat
from inference.posteriors.vi_posterior import ViPosterior
from inference.programs.batches import in_batches
from inference.programs.keys import single_key
from inference.programs.normal_proposal import normal_log_density
from inference.programs.populations import exact_applies
from inference.programs.prepared import kept_of, prepare_for_population
from inference.programs.probit import Probit
from inference.programs.shapes import WeightError
from inference.programs.sizes import check_memory, whole_number
from inference.programs.unconstrained import unconstrained
from models import Classroom, Observations, hyperprior_of
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared

CANDIDATES = 1_000  # draws of the hyperprior; the search for the mode starts at the one with the highest density
LEAST_DRAWS = 100  # smallest number of draws from q, needed to estimate the bias
SAMPLES = 16  # estimates of the gradient that are averaged in each step
FIRST_STEP = 0.05  # in units of the posterior's spread: first step size, which falls to 0 like a cosine


@own_arithmetic
def vi(
    model: Classroom, counts: Observations, *, key: jax.Array, n_draws: int = 20_000, n_steps: int = 1_000
) -> ViPosterior:
    """Learn the population by the normal distribution q that maximises the evidence lower bound.

        ELBO(q) = E_q[log p(z, k) - log q(z)] = log Z - KL(q, posterior),    q = Normal(mean, L L')

    z are the probit coordinates of the population. GenJAX's ADEV estimates the gradient of the bound, and Adam climbs
    the bound from the mode, in units of the curvature there. The answer is biased, because the posterior is not normal.
    The weights p(z, k) / q(z) of the draws show how large the bias is. With them q is also a proposal of `importance`,
    see `posterior.proposal_args`.

    Args:
        model: classroom without latent choices below the population, such as `marginal(box())`.
        counts: the students' counts.
        key: JAX random key.
        n_draws: number of draws from q that are returned.
        n_steps: number of steps of Adam.

    Returns:
        Draws from q. log_evidence is the lower bound; the errors include the estimated bias.

    Raises:
        KeyError: if the hyperprior's program lacks an address of its support, or the model lacks one of the
            observations; the message lists the addresses it has.
        ValueError: if a number is too small, the model has latent choices below the population, or the hyperprior's
            program does not match what it declares, see `check_hyperprior`.
        WeightError: if the counts have probability zero under all candidates for the start, if the result is not
            finite, or if a drawn a or b is negative or not a number.

    References:
        Kucukelbir et al. (2017), Automatic differentiation variational inference. Becker et al. (2024), Probabilistic
        programming with programmable variational inference: ADEV in GenJAX.
    """
    key, n_draws = single_key(key), whole_number("n_draws", n_draws, LEAST_DRAWS)
    n_steps = whole_number("n_steps", n_steps)
    check_memory(hyperprior_of(model), n_draws=n_draws)
    check_memory(hyperprior_of(model), SAMPLES, n_steps=n_steps)
    given = prepare_for_population(model, counts)
    argument = given.constraints, given.trials
    candidates, slope, climb, draw = _compiled(model, n_steps, n_draws, min(given.batch_size, n_draws), given.shapes)

    key_start, key_climb, key_draw = jax.random.split(key, 3)
    starts, log_densities = candidates(key_start, argument)
    mode, scale = _curvature(slope, starts, log_densities, argument)
    mean, scale_tril = climb(key_climb, mode, scale, argument)
    if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(scale_tril))):
        raise WeightError(
            "maximising the evidence lower bound gave values that are not finite: use "
            f"{'exact, ' if exact_applies(given.hyperprior, given.trials) else ''}smc or importance"
        )
    drawn, log_ratios = jax.device_get(draw(key_draw, mean, scale_tril, argument))
    return ViPosterior.from_ratios(
        given.hyperprior,
        drawn.draws,
        np.asarray(log_ratios, np.float64) + given.log_offset,
        status=drawn.status,
        **kept_of(model, counts, given.trials),
        mean=np.asarray(mean),
        scale_tril=np.asarray(scale_tril),
    )


def _curvature(slope: Any, start: jax.Array, log_densities: jax.Array, argument: Any) -> tuple[jax.Array, jax.Array]:
    """The mode of the posterior in z, and L, lower triangular, with L L' about its covariance there."""
    best = int(np.argmax(log_densities))
    if not np.isfinite(log_densities[best]):
        raise WeightError(f"the counts have probability zero under each of {CANDIDATES:,} draws of the hyperprior")

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = slope(jnp.asarray(z, start.dtype), argument)
        return -float(value), -np.asarray(gradient, np.float64)

    # BFGS stops where rounding hides the descent. This is close enough, because `climb` continues from there.
    optimum = minimize(loss, np.asarray(start[best], np.float64), jac=True, method="BFGS")
    return jnp.asarray(optimum.x, start.dtype), jnp.asarray(np.linalg.cholesky(optimum.hess_inv), start.dtype)


@shared  # one compiled program for each model and sizes; JAX adds one for each shape of the data
def _compiled(model: Classroom, n_steps: int, n_draws: int, batch_size: int, shapes: tuple[tuple[int, ...], ...]):
    # Here, because importing Optax takes long; not in `climb`, where JAX would trace what Optax computes meanwhile.
    import optax

    target = unconstrained(model, Probit, shapes)
    dimension = target.dimension
    family = full_covariance_normal_family(dimension)

    @jax.jit  # GenJAX's ADEV has no rule for functions with a custom derivative, but it has one for jitted functions
    def log_density(x, mode, scale, argument):
        return target.log_joint(mode + scale @ x, *argument)

    @gen
    def posterior(mode, scale, argument):
        x = flat() @ "x"
        return factor(log_density(x, mode, scale, argument)) @ "density"

    @jax.jit
    def candidates(key, argument):
        def candidate(key):
            z = target.draw(key, argument[1])
            return z, target.log_joint(z, *argument)

        return in_batches(candidate, jax.random.split(key, CANDIDATES), min(batch_size, CANDIDATES))

    @jax.jit
    def slope(z, argument):
        return jax.value_and_grad(target.log_joint)(z, *argument)

    @jax.jit
    def climb(key, mode, scale, argument):
        elbo = elbo_factory(posterior, family, {"density": jnp.zeros(())}, (mode, scale, argument))
        optimiser = optax.adam(optax.cosine_decay_schedule(FIRST_STEP, n_steps))

        def step(state, key):
            params, moments = state
            gradients = jax.vmap(seed(elbo.grad_estimate), (0, None))(jax.random.split(key, SAMPLES), params)
            descent = jax.tree.map(lambda gradient: -jnp.mean(gradient, axis=0), gradients)
            updates, moments = optimiser.update(descent, moments, params)
            climbed: Any = optax.apply_updates(params, updates)
            return (climbed, moments), None

        start: Any = {"mean": jnp.zeros(dimension), "chol_cov": jnp.eye(dimension)}
        keys = jax.random.split(key, n_steps)
        (params, _), _ = jax.lax.scan(step, (start, optimiser.init(start)), keys)
        spread = scale @ params["chol_cov"]
        return mode + scale @ params["mean"], jnp.linalg.cholesky(spread @ spread.T)

    @jax.jit
    def draw(key, mean, scale_tril, argument):
        def one(key):
            z = mean + scale_tril @ jax.random.normal(key, (dimension,))
            log_ratio = target.log_joint(z, *argument) - normal_log_density(z, mean, scale_tril)
            return target.describe(z, argument[1]), log_ratio

        return in_batches(one, jax.random.split(key, n_draws), batch_size)

    return candidates, slope, climb, draw
