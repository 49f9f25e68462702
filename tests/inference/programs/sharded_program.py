"""Run by test_devices.py in separate processes: prints a digest of the result of `importance` on many devices."""

import hashlib
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
import jax
import numpy as np
import pytest


def main(process: int, processes: int, port: int) -> None:
    if processes > 1:
        jax.distributed.initialize(f"127.0.0.1:{port}", processes, process, initialization_timeout=300)
    from inference import conjugate_proposal, importance
    from inference.algorithms.importance import compiled_weigher
    from inference.programs.devices import padded_indices
    from models import Counts, aggregated, explicit, marginal, mean_concentration

    counts = Counts(k=[70, 28, 6, 3, 2, 0], n=[100, 40, 10, 5, 2, 1])
    hyperprior, devices = mean_concentration(), jax.devices()
    n_particles = 250 * len(devices) - 3  # not a multiple of the devices
    digest = hashlib.sha256()
    programs = [(aggregated(hyperprior), None)]
    if processes == 1:  # one program suffices for several processes
        programs += [(marginal(hyperprior), None), (explicit(hyperprior), conjugate_proposal(hyperprior))]
    for model, proposal in programs:
        key = jax.random.key(7)
        sharded = importance(model, counts, key=key, n_particles=n_particles, proposal=proposal)
        # Each device's share of the keys, by the unsharded program on one device.
        weigh, trials = compiled_weigher(model, proposal, 250), model.argument(counts, only_these=True)
        shares = jax.random.split(key, n_particles)[padded_indices(n_particles, len(devices))].reshape(len(devices), -1)
        alone = [weigh(keys, counts.observed, trials) for keys in shares]
        log_weights = np.concatenate([np.asarray(weighed[0], np.float64) for weighed in alone])[:n_particles]
        np.testing.assert_array_equal(sharded.log_weights, log_weights + model.log_offset(trials))
        for name in ("mu", "lam"):
            drawn = np.concatenate([np.asarray(weighed[1].draws[name]) for weighed in alone])[:n_particles]
            np.testing.assert_array_equal(sharded.draws[name], drawn)
            assert len(np.unique(drawn)) > 0.99 * n_particles  # no two devices have drawn the same
        digest.update(sharded.log_weights.tobytes())
    # The same particles as on one device.
    model = aggregated(hyperprior)
    posteriors = [
        importance(model, counts, key=jax.random.key(7), n_particles=n_particles, devices=devices)
        for devices in (None, jax.local_devices()[:1])
    ]
    np.testing.assert_array_equal(*(posterior.draws["mu"] for posterior in posteriors))
    if processes > 1:
        each_its_own(process, counts, model)
    print(len(devices), jax.process_count(), digest.hexdigest())


def each_its_own(process: int, counts, model) -> None:
    """A joint call with different counts is refused; on its own devices each process learns from its own counts."""
    from inference import importance
    from models import Counts

    mine = Counts(k=[3, process], n=[4, 1]) + counts
    with pytest.raises(ValueError, match="different counts"):
        importance(model, mine, key=jax.random.key(7), n_particles=1000)
    with pytest.raises(ValueError, match="different counts, keys"):
        importance(model, counts, key=jax.random.key(process), n_particles=1000)
    apart, alone = (
        importance(model, mine, key=jax.random.key(7), n_particles=1000, devices=devices)
        for devices in (jax.local_devices(), jax.local_devices()[:1])
    )
    np.testing.assert_array_equal(apart.draws["mu"], alone.draws["mu"])
    # The particles are the same but the programs differ, so the weights agree up to rounding. For equal bits, which
    # need equal shapes, see `sharded` above.
    np.testing.assert_allclose(apart.log_weights, alone.log_weights, atol=1e-5)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
