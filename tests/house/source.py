"""The product's own source as the house checks read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "townhall"


@dataclass(frozen=True)
class Module:
    """One Python file of the product.

    :param path: relative to the package, with slashes: ``questions/flow.py``
    """

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first folder: which room of the house this file stands in."""
        return self.path.split("/", 1)[0]

    @property
    def dotted(self) -> str:
        """The name under which it is imported."""
        return "townhall." + self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the product except the migrations, which Django writes."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in file.parts:
            text = file.read_text(encoding="utf-8")
            found.append(Module(file.relative_to(PACKAGE).as_posix(), text, ast.parse(text, str(file))))
    return tuple(found)


@cache
def templates() -> dict[str, str]:
    """Every template of the product by its path relative to the package."""
    return {
        file.relative_to(PACKAGE).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(PACKAGE.glob("*/templates/**/*"))
        if file.is_file()
    }


@cache
def tracked_text_files() -> tuple[tuple[str, str], ...]:
    """Every text file of the repository that people write, by its path from the root."""
    return tuple(_text_files())


def _text_files() -> Iterator[tuple[str, str]]:
    skipped = {
        ".git",
        ".venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "data",
    }
    for file in sorted(ROOT.rglob("*")):
        parts = file.relative_to(ROOT).parts
        if not file.is_file() or parts[0] in skipped or "__pycache__" in parts or ".egg-info" in str(file):
            continue
        try:
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def receiver_chain(node: ast.expr) -> list[str]:
    """The names along a chain of attributes and calls, in order: ``A.objects.filter()`` gives A, objects, filter."""
    names: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=attr):
                names.append(attr)
                node = value
            case ast.Call(func=func):
                node = func
            case ast.Subscript(value=value):
                node = value
            case ast.Name(id=name):
                return [name, *reversed(names)]
            case _:
                return names[::-1]


@cache
def imports(module: Module) -> tuple[tuple[str, int], ...]:
    """Every ``townhall.…`` name that a module imports at run time, with its line."""
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[tuple[str, int]]:
    ignored = {
        id(child) for node in ast.walk(module.tree) if _is_type_checking(node) for child in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.Import):
            yield from (
                (alias.name, node.lineno) for alias in node.names if alias.name.startswith("townhall.")
            )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("townhall"):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
