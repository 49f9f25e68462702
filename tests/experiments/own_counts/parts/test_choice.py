"""The sentence that says which group to choose, and what a wrong choice costs."""

import polars as pl

from experiments.own_counts.parts.choice import choice_sentence


def ranking(losses, names="abc"):
    size = len(losses)
    return pl.DataFrame(
        {"name": list(names[:size]), "best": [0.6, 0.3, 0.1][:size], "loss": losses, "loss_error": [0.0] * size}
    )


def test_the_group_with_the_smallest_loss_is_named_and_the_runner_up():
    assert choice_sentence(ranking([0.03, 0.01, 0.02]), "lowest") == (
        "To choose the group with the lowest rate: b. Its rate is the lowest of all with probability 0.3000, and on "
        "average 0.0100 above the lowest one. The rate of the runner-up, c, is 0.0200 above it."
    )
    assert "on average 0.0100 below the highest one." in choice_sentence(ranking([0.03, 0.01, 0.02]), "highest")


def test_groups_with_the_same_counts_are_no_runners_up():
    loss = 0.01
    assert "a (or another like it). " in choice_sentence(ranking([loss, loss * (1 + 1e-12), 0.02]), "highest")
    assert choice_sentence(ranking([loss] * 3), "highest").endswith(
        "below the highest one. All groups are alike in this."
    )


def test_a_name_is_shown_literally_and_cut():
    sentence = choice_sentence(ranking([0.01, 0.02], ["\x1b[31m" + "long " * 50, "b"]), "highest")
    assert "\x1b" not in sentence
    assert len(sentence) < 300
