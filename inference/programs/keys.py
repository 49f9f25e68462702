"""Checks of the random key that a caller gives: a single one, of any kind, outside `jit`."""

from typing import Any

import jax
import jax.numpy as jnp
from genjax import pjax
from jax.core import Tracer

KIND = jax.random.key_impl(pjax._fake_key)  # GenJAX traces every sampler with a key of this kind; no other fits


def single_key(key: Any) -> jax.Array:
    """The random key that a caller has given, as a typed key of the kind that GenJAX uses.

    A raw key of `jax.random.PRNGKey` gives the same numbers as the typed one of `jax.random.key`. A key of another kind
    of generator, such as "rbg", is used as the seed of a key of GenJAX's kind.

    Args:
        key: JAX random key.

    Returns:
        A typed key, shape ().

    Raises:
        TypeError: if `key` is not a JAX random key.
        ValueError: if it is an array of keys, or if the call is inside `jit` or another transformation of JAX.
    """
    if isinstance(key, Tracer) or isinstance(jnp.zeros(()), Tracer):
        raise ValueError(
            "this function cannot be called inside jit, vmap, grad or scan, because it compiles its own programs and "
            "reads their results; call it outside, or use the model's own generate"
        )
    dtype = getattr(key, "dtype", None)
    if dtype is None or not (jnp.issubdtype(dtype, jax.dtypes.prng_key) or dtype == jnp.uint32):
        raise TypeError(f"key must be a JAX random key such as jax.random.key(0), not {_describe(key)}")
    if dtype == jnp.uint32:
        key = _typed_key(jnp.asarray(key))
    if key.shape != ():
        raise ValueError(
            f"key must be a single random key, not an array of keys of shape {key.shape}: pass key[0], or call once "
            "per key"
        )
    if jax.random.key_impl(key) == KIND:
        return key
    words = jax.random.key_data(jax.random.key(0, impl=KIND)).shape
    return jax.random.wrap_key_data(jax.random.bits(key, words, jnp.uint32), impl=KIND)


def _typed_key(key: jax.Array) -> jax.Array:
    """The typed key of raw words; the number of words identifies the generator."""
    for kind in ("threefry2x32", "rbg"):
        words = jax.random.key_data(jax.random.key(0, impl=kind)).shape
        if key.shape[-1:] == words:
            return jax.random.wrap_key_data(key, impl=kind)
    raise TypeError(f"key must be a JAX random key such as jax.random.key(0), not numbers of shape {key.shape}")


def _describe(value: Any) -> str:
    return f"the number {value}" if isinstance(value, int | float) else f"a {type(value).__name__}"
