"""Observation maps: a misspelt address is an error that lists the valid ones, and integers are accepted."""

import jax
import jax.numpy as jnp
import pytest
from tensorflow_probability.substrates.jax import distributions as tfd

from inference.programs.addresses import check_observations, choices_of
from models import Counts, box, explicit, marginal, mean_concentration


@pytest.fixture(scope="module")
def valid(six):
    return choices_of(explicit(box()), six.trials)


def test_choices_of_lists_every_address_with_shape_and_dtype(valid):
    default = jnp.zeros(()).dtype
    assert {address: (choice.shape, choice.dtype) for address, choice in valid.items()} == {
        ("population", "a"): ((), default),
        ("population", "b"): ((), default),
        ("students", "log_odds"): ((6,), default),
        ("students", "k"): ((6,), default),
    }


def test_choices_of_follows_the_form(six):
    assert ("students", "log_odds") not in choices_of(marginal(box()), six.trials)


@pytest.mark.parametrize(("sampler", "students"), [("ExpGamma", 1009), ("Binomial", 1013)])  # as many as no other test
def test_a_sampler_is_traced_once_for_all_programs_of_as_many_students(sampler, students, monkeypatch):
    traced, made_by_tfp = [], getattr(tfd, sampler)
    monkeypatch.setattr(tfd, sampler, lambda *args, **kwargs: (traced.append(sampler), made_by_tfp(*args, **kwargs))[1])
    trials = Counts([1] * students, [3] * students).trials
    for form in (explicit, marginal):
        for hyperprior in (box(), mean_concentration()):
            choices_of(form(hyperprior), trials)
    assert traced == [sampler]


@pytest.mark.parametrize(
    ("choices", "misspelt"),
    [
        ({"student": {"k": jnp.zeros(6)}}, "student.k"),
        ({"students": {"K": jnp.zeros(6)}}, "students.K"),
        ({"students": {"k": {"k": jnp.zeros(6)}}}, "students.k.k"),
        ({"students": jnp.zeros(6)}, "students"),
        ({"k": jnp.zeros(6)}, "k"),
        ({"population": {"mu": 0.5}}, "population.mu"),
        ({"students": {"k": jnp.zeros(6), "theta": jnp.zeros(6)}}, "students.theta"),
    ],
)
def test_an_unknown_address_is_a_key_error_that_lists_the_valid_ones(valid, choices, misspelt):
    with pytest.raises(KeyError) as error:
        check_observations(choices, valid)
    message = str(error.value)
    assert f"no choice at {misspelt};" in message
    for known in ("population.a", "population.b", "students.log_odds", "students.k"):
        assert known in message


@pytest.mark.parametrize("k", [jnp.zeros(5), jnp.zeros((6, 1)), jnp.zeros((1, 6)), 3.0, [1, 2]])
def test_a_wrong_shape_is_a_value_error(valid, k):
    with pytest.raises(ValueError, match=r"students\.k has shape .*, but the program's choice there has shape \(6,\)"):
        check_observations({"students": {"k": k}}, valid)


@pytest.mark.parametrize("k", [[3, 1, 4, 1, 5, 9], jnp.array([3, 1, 4, 1, 5, 9]), (3.0, 1, 4, 1, 5, 9)])
def test_values_take_the_dtype_of_the_choice(valid, k):
    converted = check_observations({"students": {"k": k}}, valid)["students"]["k"]
    assert isinstance(converted, jax.Array)
    assert not converted.weak_type
    assert converted.dtype == jnp.zeros(()).dtype
    assert converted.tolist() == [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]


def test_nothing_observed_is_valid(valid):
    assert check_observations({}, valid) == {}
