"""Two data sets as one: rows of both, or merged by name."""

import numpy as np
import pytest

from models import Categories, Counts, CountsError, Events

NAMES = ["Alyssa", "Ben", "Carmen", "Diego"]


def test_what_is_counted_of_equal_names_adds_up_and_new_names_follow(example):
    first = example.made(names=NAMES)
    second = example.made(names=["Emi", "Carmen", "Farid", "Ben"])
    joined = first.joined(second)
    assert type(joined) is example.kind
    assert joined.names == ("Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid")
    k, design = first.k, first.design_values
    assert joined.k.tolist() == [k[0].tolist(), *(k[[1, 2]] + k[[3, 1]]).tolist(), *k[[3, 0, 2]].tolist()]
    assert joined.design_values.tolist() == [design[0], *(design[[1, 2]] + design[[3, 1]]), *design[[3, 0, 2]]]
    assert joined.k.dtype == np.int64
    assert joined.design_values.dtype == design.dtype
    assert joined.multiplicity.tolist() == [1] * 6


def test_data_joined_with_the_same_groups_before_any_data_are_unchanged(example):
    data = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "yam"]}, multiplicity=[1, 2, 3, 4])
    for joined in (data.joined(data.without_data()), data.without_data().joined(data)):
        assert repr(joined) == repr(data)
        assert joined.levels == data.levels
        assert joined.covariates["kind"].tolist() == data.covariates["kind"].tolist()


def test_levels_of_both_are_sorted_as_if_they_had_been_one_table(example):
    kinds = [["pea", "bean", "pea", "yam"], ["apple", "bean", "yam", "apple"]]
    ages = [[1, 2, 3, 4], [5, 6, 7, 8]]
    parts = [example.made(covariates={"kind": kind, "age": age}) for kind, age in zip(kinds, ages, strict=True)]
    columns = {name: [*values, *values] for name, values in example.columns.items()}
    whole = example.made(columns, covariates={"kind": [*kinds[0], *kinds[1]], "age": [*ages[0], *ages[1]]})
    both = parts[0] + parts[1]
    assert both.levels == whole.levels == {"kind": ("apple", "bean", "pea", "yam")}
    for name in ("kind", "age"):
        assert both.covariates[name].tolist() == whole.covariates[name].tolist()
    assert both.k.tolist() == whole.k.tolist()
    assert both.design_values.tolist() == whole.design_values.tolist()


def test_whole_numbers_and_others_become_floating_point_together():
    both = Counts([1], [2], covariates={"x": [1]}) + Counts([1], [2], covariates={"x": [0.5]})
    assert both.covariates["x"].tolist() == [1.0, 0.5]
    assert both.covariates["x"].dtype == np.float64


def test_contradictions_are_named(example):
    data = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "yam"], "age": [1, 2, 3, 4]})
    other = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "apple"], "age": [1, 2, 3, 4]})
    with pytest.raises(CountsError, match="the covariate kind of 'Diego' is yam in one and apple in the other"):
        data.joined(other)
    other = example.made(names=NAMES, covariates={"kind": ["pea", "bean", "pea", "yam"], "age": [1, 7, 3, 4]})
    with pytest.raises(CountsError, match="the covariate age of 'Ben' is 2 in one and 7 in the other"):
        data.joined(other)
    with pytest.raises(CountsError, match="the multiplicity of 'Carmen' is 1 in one and 5 in the other"):
        example.made(names=NAMES).joined(example.made(names=NAMES, multiplicity=[1, 1, 5, 1]))


def test_data_that_do_not_fit_together_are_refused(example):
    data, named = example.made(), example.made(names=NAMES)
    for first, second in ((data, data), (data, named), (named, data)):
        with pytest.raises(CountsError, match="s with names can be joined: give `names` to both"):
            first.joined(second)
    with_age = example.made(names=NAMES, covariates={"age": [1, 2, 3, 4]})
    with_text = example.made(names=NAMES, covariates={"age": ["a", "b", "c", "d"]})
    strangers = Counts([1], [2], names=["x"]), Events([1], [2], names=["x"])
    for put_together in (lambda x, y: x + y, lambda x, y: x.joined(y)):
        with pytest.raises(CountsError, match="the covariates differ: none, and 'age'"):
            put_together(named, with_age)
        with pytest.raises(CountsError, match="the covariate age is text in one and numbers in the other"):
            put_together(with_age, with_text)
        for stranger in strangers:
            if type(stranger) is not example.kind:
                with pytest.raises(CountsError, match=f"{example.kind.__name__} and .* are different kinds of data"):
                    put_together(named, stranger)
    with pytest.raises(CountsError, match="the name 'Alyssa' occurs twice"):
        _ = named + named
    with pytest.raises(TypeError):
        _ = named + 1
    most = 2**61 if example.kind is Categories else 2**62  # of each of two categories
    large = example.made({**example.columns, **{name: [most, 0, 0, 0] for name in example.whole}}, names=NAMES)
    with pytest.raises(CountsError, match="in all are more than an int64 holds"):
        large.joined(large)


def test_categories_of_other_names_or_in_another_order_are_not_added():
    first = Categories({"red": [1], "blue": [2]}, names=["bag"])
    for second in (first.k[:, ::-1], [[1, 2, 3]]):
        names = ["blue", "red", "green"][: np.shape(second)[1]]
        with pytest.raises(CountsError, match="the categories differ: 'red', 'blue', and 'blue', 'red'"):
            first.joined(Categories(second, names=["bag"], categories=names))


def test_data_joined_in_any_order_are_the_same_groups():
    rng = np.random.default_rng(0)
    names = [f"pupil {i}" for i in range(50)]
    n = rng.integers(0, 9, (3, 50))
    k = rng.binomial(n, 0.4)
    days = []
    for of_day in range(3):
        there = rng.permutation(50)[:40]
        days.append(Counts(k[of_day][there], n[of_day][there], names=[names[i] for i in there]))
    forward, backward = days[0].joined(days[1]).joined(days[2]), days[2].joined(days[1].joined(days[0]))
    as_rows = [dict(zip(both.names, zip(both.k, both.n, strict=True), strict=True)) for both in (forward, backward)]
    assert as_rows[0] == as_rows[1]
    for name, (successes, trials) in as_rows[0].items():
        rows = [(day.k[i], day.n[i]) for day in days for i in range(40) if day.names[i] == name]
        assert (successes, trials) == tuple(map(sum, zip(*rows, strict=True)))


def test_codes_can_be_those_of_other_data(example):
    """The text is the same, its codes are the places among the levels of the other data."""
    kinds = ["pea", "bean", "pea", "yam"]
    data = example.made(names=NAMES, covariates={"kind": kinds, "age": [1, 2, 3, 4]})
    levels = {"kind": ("apple", "bean", "pea", "yam")}
    recoded = data.with_levels(levels)
    assert recoded.covariates["kind"].tolist() == [levels["kind"].index(kind) for kind in kinds]
    assert recoded.covariates["kind"].dtype == np.int64
    assert recoded.levels == levels
    assert recoded.covariates["age"].tolist() == [1, 2, 3, 4]
    assert (recoded.names, recoded.k.tolist()) == (data.names, data.k.tolist())
    assert repr(recoded.with_levels(levels)) == repr(recoded)
    codes = example.made(names=NAMES, covariates={"kind": [2, 1, 2, 3], "age": [1, 2, 3, 4]})
    assert repr(codes.with_levels(levels)) == repr(recoded)


def test_codes_of_other_data_exist(example):
    data = example.made(covariates={"kind": ["pea", "bean", "pea", "yam"]})
    with pytest.raises(CountsError, match=r"the covariate kind is 'yam' here, which none .* they have 'bean', 'pea'"):
        data.with_levels({"kind": ("bean", "pea")})
    with pytest.raises(CountsError, match="the covariate kind is text here, but not in the data"):
        data.with_levels({})
    with pytest.raises(CountsError, match="the covariate farm is missing"):
        data.with_levels({"kind": ("bean", "pea", "yam"), "farm": ("x",)})
    for wrong, row in (([0, 1, 2, 0], 3), ([0, -1, 0, 0], 2), ([0, 0, 0, 0.5], 4)):
        with pytest.raises(CountsError, match=f"row {row}: the covariate kind is .*, which is no code"):
            example.made(covariates={"kind": wrong}).with_levels({"kind": ("bean", "pea")})
