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
        ValueError: if it is several keys, or if the call is inside `jit` or another transformation of JAX.
    """
    if isinstance(key, Tracer) or isinstance(jnp.zeros(()), Tracer):
        raise ValueError(
            "key: this cannot be called inside jit, vmap, grad or scan, for it compiles its own programs and looks at "
            "their numbers; call it outside, or use the model's own generate"
        )
    dtype = getattr(key, "dtype", None)
    if dtype is None or not (jnp.issubdtype(dtype, jax.dtypes.prng_key) or dtype == jnp.uint32):
        raise TypeError(f"key must be a JAX random key such as jax.random.key(0), not {_shown(key)}")
    if dtype == jnp.uint32:
        key = _typed(jnp.asarray(key))
    if key.shape != ():
        raise ValueError(
            f"key must be one random key, not several, of shape {key.shape}: take key[0], or call for each"
        )
    if jax.random.key_impl(key) == KIND:
        return key
    words = jax.random.key_data(jax.random.key(0, impl=KIND)).shape
    return jax.random.wrap_key_data(jax.random.bits(key, words, jnp.uint32), impl=KIND)


def _typed(key: jax.Array) -> jax.Array:
    """The typed key of raw words; their number tells the generator."""
    for kind in ("threefry2x32", "rbg"):
        words = jax.random.key_data(jax.random.key(0, impl=kind)).shape
        if key.shape[-1:] == words:
            return jax.random.wrap_key_data(key, impl=kind)
    raise TypeError(f"key must be a JAX random key such as jax.random.key(0), not numbers of shape {key.shape}")


def _shown(value: Any) -> str:
    return f"the number {value}" if isinstance(value, int | float) else f"a {type(value).__name__}"
