"""Pages of the public names of `models` and `inference`, made of their docstrings by mkdocstrings."""

import ast
from pathlib import PurePosixPath

from docs.website.places import ROOT

PACKAGES = ("models", "inference")


def reference_pages() -> dict[PurePosixPath, str]:
    """The page of each package, by where it is in docs/."""
    return {PurePosixPath("reference", f"{package}.md"): reference_page(package) for package in PACKAGES}


def public_names(package: str) -> dict[str, str]:
    """The public names of a package in alphabetical order, each with the module that defines it.

    Args:
        package: such as "models".

    Returns:
        The module of each name, as in `models.hyperpriors.box`.
    """
    tree = ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))
    modules = {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    (public,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return {name: modules[name] for name in sorted(ast.literal_eval(public), key=str.lower)}


def reference_page(package: str) -> str:
    """One page, as Markdown: a heading for every public name, with its signature and docstring."""
    said = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8")))
    names = public_names(package)
    parts = [f"# {package}", said or "", f"Every name below is imported from `{package}` itself."]
    parts += [f"::: {module}.{name}" for name, module in names.items()]
    return "\n\n".join(parts) + "\n"
