"""Particles spread over devices, and over the processes of `jax.distributed`: each device weighs its own share.

Particle j has the same random key, and so is the same, for any number of devices. The counts are copied to all devices.
No device waits for another until the weights are collected, which happens in every process.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

AXIS = "particles"
Device = Any  # a jax.Device; type checkers take that name for a variable, not for a type


def devices_to_use(devices: Sequence[Device] | None) -> tuple[Device, ...]:
    """The devices to use: the given ones, or all that JAX sees, including those of other processes.

    Args:
        devices: devices, or None.

    Returns:
        The devices.

    Raises:
        ValueError: if the list is empty, or if a device occurs twice.
    """
    devices = tuple(jax.devices() if devices is None else devices)
    if not devices or len(set(devices)) < len(devices):
        raise ValueError(f"devices must be a non-empty list without repeats, not {list(devices)}")
    return devices


def padded_indices(size: int, shards: int) -> np.ndarray:
    """Indices of particles in equal shares; if the last share is too small, it is filled with the first particles.

    Args:
        size: number of particles.
        shards: number of shares.

    Returns:
        Indices, as many as the next multiple of `shards`.
    """
    return np.arange(-(-size // shards) * shards) % size


def digest(values: Any) -> np.ndarray:
    """A hash of fixed size by which processes can compare their arguments.

    Args:
        values: pytree of arrays.

    Returns:
        32 bytes: SHA-256 of the structure, shapes, types and numbers.
    """
    leaves, structure = jax.tree.flatten(values)
    hasher = hashlib.sha256(str(structure).encode())
    for leaf in map(np.asarray, leaves):
        hasher.update(f"{leaf.shape} {leaf.dtype}".encode())
        hasher.update(np.ascontiguousarray(leaf))
    return np.frombuffer(hasher.digest(), np.uint8)


def over_devices(weigh: Callable[..., Any], devices: tuple[Device, ...]) -> Callable[..., Any]:
    """A function of particles' keys that runs on many devices, each on its share of the keys.

    Args:
        weigh: function of keys, and of pytrees that are the same for all keys. The result for a key must not depend on
            the other keys; the function returns pytrees with a leading axis of particles.
        devices: from `devices_to_use`.

    Returns:
        Function of the same arguments that returns NumPy arrays of all particles, in every process that has one of the
        devices. It raises a ValueError in all these processes if they were not given the same arguments.
    """
    mesh = Mesh(np.array(devices), (AXIS,))
    shares, copies = PartitionSpec(AXIS), PartitionSpec()
    # Not `multihost_utils.process_allgather`: of arrays on one process's devices it gives all processes that of
    # process 0.
    everywhere = jax.jit(lambda values: values, out_shardings=NamedSharding(mesh, copies))

    def share(key_data: jax.Array, arguments: tuple[Any, ...]) -> Any:
        return weigh(jax.random.wrap_key_data(key_data), *arguments)

    # `seed`, within `weigh`, must be inside `shard_map`: outside it every device would draw the same.
    run = jax.jit(jax.shard_map(share, mesh=mesh, in_specs=(shares, copies), out_specs=shares, check_vma=False))

    def put(values: Any, spec: PartitionSpec) -> jax.Array:
        # From NumPy: an array on one process's device cannot be part of a computation of all processes.
        values = np.asarray(values)
        values = values.astype(jnp.result_type(values), copy=False)
        return jax.make_array_from_callback(values.shape, NamedSharding(mesh, spec), lambda index: values[index])

    def weigh_all(keys: jax.Array, *arguments: Any) -> Any:
        digests = np.tile(digest((jax.random.key_data(keys), arguments)), (len(devices), 1))
        if len(np.unique(everywhere(put(digests, shares)), axis=0)) > 1:
            raise ValueError(
                "the processes were given different counts, keys or numbers of particles; give all of them the same, or"
                " name the devices of one process: devices=jax.local_devices()"
            )
        indices = padded_indices(len(keys), len(devices))
        key_data = put(np.asarray(jax.random.key_data(keys))[indices], shares)
        results = everywhere(run(key_data, jax.tree.map(lambda values: put(values, copies), arguments)))
        return jax.tree.map(lambda values: np.asarray(values)[: len(keys)], results)

    return weigh_all
