"""The pages of public names have every one of them, from the module that defines it."""

import importlib

import pytest

from docs.website.reference import PACKAGES, public_names, reference_page


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_found_in_its_module(package):
    public = importlib.import_module(package)
    names = public_names(package)
    assert set(names) == set(public.__all__)
    for name, module in names.items():
        assert module.startswith(f"{package}.")
        assert getattr(importlib.import_module(module), name) is getattr(public, name)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_page_asks_for_every_name_once(package):
    asked = [line for line in reference_page(package).splitlines() if line.startswith(":::")]
    assert len(asked) == len(set(asked)) == len(importlib.import_module(package).__all__)
