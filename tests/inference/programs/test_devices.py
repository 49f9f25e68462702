"""Particles on many devices and in many processes: the same particles, with the same weights to the last bit."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from inference import importance
from inference.programs.devices import devices_to_use, digest, padded_indices
from models import marginal, mean_concentration

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("sharded_program.py")
TIME_LIMIT = 600  # seconds: a process that waits for another one fails then, instead of waiting for ever


def run(processes: int, devices: int) -> list[list[str]]:
    """The words of the last line that each process prints; all are killed when one has failed or time is up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "PYTHONPATH": str(ROOT),
    }
    started = [
        subprocess.Popen(
            [sys.executable, PROGRAM, str(process), str(processes), str(port)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for process in range(processes)
    ]
    try:
        outputs = [process.communicate(timeout=TIME_LIMIT) for process in started]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    for process, (_, errors) in zip(started, outputs, strict=True):
        assert process.returncode == 0, errors
    return [output.splitlines()[-1].split() for output, _ in outputs]  # gloo prints another line before


@pytest.mark.costly
def test_four_devices_weigh_their_shares_as_one_device_would():
    [[devices, processes, _]] = run(processes=1, devices=4)
    assert (devices, processes) == ("4", "1")


@pytest.mark.costly
def test_two_processes_get_the_same_whole_answer():
    first, second = run(processes=2, devices=2)
    assert first[:2] == ["4", "2"]
    assert first == second


@pytest.mark.parametrize(("size", "shards"), [(1, 4), (7, 4), (8, 4), (1000, 3)])
def test_shares_are_equal_and_begin_with_every_particle_once(size, shards):
    indices = padded_indices(size, shards)
    assert len(indices) % shards == 0
    assert len(indices) - size < shards
    np.testing.assert_array_equal(indices[:size], np.arange(size))
    assert np.all((indices >= 0) & (indices < size))


@pytest.mark.costly
def test_a_named_device_gives_what_the_default_gives(six):
    by_default, named = (
        importance(marginal(mean_concentration()), six, key=jax.random.key(0), n_particles=200, devices=devices)
        for devices in (None, jax.devices()[:1])
    )
    np.testing.assert_array_equal(by_default.log_weights, named.log_weights)


def test_a_digest_tells_values_shapes_types_and_structures_apart():
    several = [{"k": [1.0, 2.0]}, {"k": [1.0, 3.0]}, {"n": [1.0, 2.0]}, {"k": [1, 2]}]
    several = [jax.tree.map(np.asarray, values, is_leaf=lambda x: isinstance(x, list)) for values in several]
    several += [{"k": np.array([[1.0, 2.0]])}, {"k": None}]
    digests = [tuple(digest(values)) for values in several]
    assert len(set(digests)) == len(several)
    assert tuple(digest({"k": np.array([1.0, 2.0])})) == digests[0]


def test_refuses_no_device_and_one_named_twice():
    with pytest.raises(ValueError, match="non-empty list"):
        devices_to_use([])
    with pytest.raises(ValueError, match="without repeats"):
        devices_to_use([jax.devices()[0]] * 2)
