"""What the house does without: signals, save() overrides, other clocks, async outside the edge, long files."""

import ast

import pytest

from tests.house.source import Module, modules

LONGEST_FILE = 550  # past 400 lines `make check` asks; past this it refuses

# Rooms whose work is asynchronous; `config` may start the loop that they run in.
ASYNC_ROOMS = {"edge"}
ASYNC_FILES = {"config/server.py": "wires the edge's loop to the rest"}

CLOCK = "kernel/clock.py"
READS_A_CLOCK = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("timezone", "now"), ("timezone", "localdate"), ("timezone", "localtime"), ("time", "time"), ("time", "time_ns"),
    ("time", "localtime"), ("time", "gmtime"), ("functions", "Now"),
}  # fmt: skip


def dotted(node: ast.expr) -> list[str]:
    """``a.b.c`` as a list of names; empty for anything more complicated."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def clock_readings(module: Module) -> list[str]:
    """Every call that reads the machine's clock instead of the house's."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            names = dotted(node.func)
            bare_localtime = names[-2:] == ["timezone", "localtime"] and node.args  # converts a given time
            if tuple(names[-2:]) in READS_A_CLOCK and not bare_localtime:
                found.append(f"{module.path}:{node.lineno} {'.'.join(names)}()")
            found += [
                f"{module.path}:{node.lineno} {keyword.arg}"
                for keyword in node.keywords
                if keyword.arg in {"auto_now", "auto_now_add"}
            ]
        if isinstance(node, ast.ImportFrom):
            wanted = {
                ("time", "time"),
                ("django.utils.timezone", "now"),
                ("django.db.models.functions", "Now"),
            }
            found += [
                f"{module.path}:{node.lineno} from {node.module} import {alias.name}"
                for alias in node.names
                if (node.module, alias.name) in wanted
            ]
    return found


def test_all_time_comes_from_the_clock() -> None:
    found = [line for module in modules() if module.path != CLOCK for line in clock_readings(module)]
    assert not found, "Ask kernel/clock.py instead:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line", ["datetime.now()", "datetime.datetime.now(UTC)", "timezone.now()", "time.time()", "F(auto_now=True)",
             "from time import time", "date.today()", "timezone.localtime()"],
)  # fmt: skip
def test_the_clock_check_sees(line: str) -> None:
    assert clock_readings(Module("x.py", line, ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["clock.now()", "time.monotonic()", "timezone.localtime(at)", "time.perf_counter()"]
)
def test_the_clock_check_leaves_alone(line: str) -> None:
    assert not clock_readings(Module("x.py", line, ast.parse(line)))


def test_there_are_no_signals() -> None:
    found = [
        f"{module.path}:{node.lineno} {node.module}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module == "django.dispatch" or (node.module or "").endswith(".signals"))
    ]  # fmt: skip
    assert not found, (
        "What follows from an action is called by the action, or reads the journal:\n" + "\n".join(found)
    )


def test_models_do_not_override_saving() -> None:
    found = [
        f"{module.path}:{method.lineno} {node.name}.{method.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and "models" in module.path
        for method in node.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        and method.name in {"save", "delete", "asave", "adelete"}
    ]
    assert not found, "A rule hidden in save() is a rule nobody finds:\n" + "\n".join(found)


def test_there_are_no_generic_foreign_keys() -> None:
    found = [
        module.path
        for module in modules()
        if "GenericForeignKey" in module.text or "GenericRelation" in module.text
    ]
    assert not found


def test_only_the_edge_is_asynchronous() -> None:
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.room not in ASYNC_ROOMS and module.path not in ASYNC_FILES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncWith | ast.AsyncFor | ast.Await)
    ]
    assert not found, "Asynchronous code lives in edge/:\n" + "\n".join(found)


def test_no_file_has_become_a_junk_drawer() -> None:
    long = {module.path: lines for module in modules() if (lines := module.text.count("\n")) > LONGEST_FILE}
    assert not long, f"Is each still one room with one job? {long}"
