"""The house: tests ask by public names, folders mirror each other and stay small, and no imports form a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("models", "inference", "experiments")
MOST_MODULES = 20  # in a folder
# Public in spite of their underscore: the methods of a NamedTuple, and what IPython calls to show an object.
PUBLIC = {"_asdict", "_fields", "_make", "_replace", "_repr_html_"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in PUBLIC


def private_names(code: str) -> set[str]:
    """The private names that a test imports, asks an object for, or replaces by `setattr`."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=module, names=names):
                found |= {alias.name for alias in names} | set((module or "").split("."))
            case ast.Import(names=names):
                found |= {part for alias in names for part in alias.name.split(".")}
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.Call(
                func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="getattr" | "setattr"), args=args
            ):
                words = [word.value for word in args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
                found |= {part for word in words for part in word.split(".")}
    return {name for name in found if is_private(name)}


@pytest.mark.parametrize(
    "code",
    [
        "from inference.algorithms.exact import exact, _planted",
        "from inference._planted import exact",
        "import inference._planted",
        "posterior.nodes._planted(1)",
        "monkeypatch.setattr(module, '_planted', None)",
        "monkeypatch.setattr('inference.algorithms.exact._planted', None)",
        "getattr(posterior, '_planted')",
    ],
)
def test_a_private_name_is_seen(code):
    assert private_names(code) == {"_planted"}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.stem)
def test_tests_use_no_private_name(path):
    assert not private_names(path.read_text())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_tests_is_one_of_the_package(package):
    folders = [path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests" / package).rglob("test_*.py")]
    assert folders
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_is_crowded(package):
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    crowded = [folder for folder in folders if len(list(folder.glob("*.py"))) > MOST_MODULES]
    assert crowded == []


def modules() -> dict[str, Path]:
    """The file of each module of the packages, by the module's name."""
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {".".join(path.with_suffix("").parts).removesuffix(".__init__"): ROOT / path for path in paths}


def imports(code: str, module: str, known: set[str]) -> set[str]:
    """The known modules that a module's code imports, at its top or inside a function, itself excepted."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=str(package), names=names):
                # What is imported of a package is a module in it, or else a name that its `__init__` defines.
                inside = {f"{package}.{alias.name}" for alias in names}
                found |= inside & known if inside <= known else inside & known | {package}
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
    return found & known - {module}


def test_no_imports_form_a_circle():
    files = modules()
    graph = {module: imports(path.read_text(), module, set(files)) for module, path in files.items()}
    assert sum(map(len, graph.values())) > len(files)
    TopologicalSorter(graph).prepare()  # its CycleError shows the circle
