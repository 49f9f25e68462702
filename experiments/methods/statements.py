"""The code of a module without its comments and docstrings, by which a change of code is told from one of words."""

import ast


def statements(source: str) -> str:
    """The syntax tree of a module as text, without comments and docstrings.

    Args:
        source: the module's text.

    Returns:
        `ast.dump` of its tree.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
