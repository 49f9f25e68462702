"""Program of `test_threads`: asks each question in its own thread, all at once and before anything is compiled.

Every answer must equal that of the same call afterwards, and again after JAX's caches were cleared.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from threading import Barrier

import jax

from inference import exact, importance, mcmc, rqmc
from models import Counts, box, explicit, marginal, mean_concentration

# Two forms x two hyperpriors. Each thread builds its own, so that the identity of programs is tested too.
FORMS, HYPERPRIORS = (explicit, marginal), (box, mean_concentration)
CHAINS = {"n_chains": 2, "n_warmup": 20, "n_draws": 10}


def weigh(form, hyperprior):
    posterior = importance(form(hyperprior()), Counts([2, 0], [3, 1]), key=jax.random.key(0), n_particles=50)
    return posterior.log_evidence, posterior.draws["a"].tobytes(), posterior.log_weights.tobytes()


def integrate(form, hyperprior):
    posterior = exact(hyperprior(), Counts([2, 0], [3, 1]))
    return posterior.log_evidence, posterior.mean("mu")


def sum_points(form, hyperprior):
    posterior = rqmc(hyperprior(), Counts([2, 0], [3, 1]), key=jax.random.key(0), n_points=64)
    return posterior.log_evidence, posterior.draws["a"].tobytes(), posterior.log_weights.tobytes()


def walk(algorithm, form, hyperprior):
    # Always the marginal form, because chains have no latent rates.
    posterior = mcmc(
        marginal(hyperprior()), Counts([2, 0], [3, 1]), key=jax.random.key(0), algorithm=algorithm, **CHAINS
    )
    return posterior.draws["a"].tobytes()


def ask(question, barrier):
    barrier.wait()
    return question()


if __name__ == "__main__":
    wanted = {"importance": weigh, "exact": integrate, "rqmc": sum_points} | {
        name: partial(walk, name) for name in ("nuts", "mh")
    }
    questions = [partial(wanted[name], *pair) for name in sys.argv[1:] for pair in product(FORMS, HYPERPRIORS)]
    barrier = Barrier(len(questions))
    with ThreadPoolExecutor(len(questions)) as pool:
        at_once = [each.result() for each in [pool.submit(ask, question, barrier) for question in questions]]
    assert at_once == [question() for question in questions]
    jax.clear_caches()
    assert at_once == [question() for question in questions]
    print(len(questions), "answers")
