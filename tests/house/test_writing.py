"""Only actions write, inside the one unit of work, and the journal has one pen."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.house.source import Module, imports, modules, receiver_chain

ALWAYS_A_WRITE = {
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "abulk_create",
    "acreate",
    "asave",
}
WRITE_ON_A_QUERYSET = {"create", "update", "delete", "aupdate", "adelete", "_raw_delete"}
WRITE_ON_AN_OBJECT = {"save", "delete"}
QUERYSET_WORDS = {"objects", "filter", "exclude", "all", "select_for_update", "order_by", "_default_manager"}

# Files named so may write: it is what they are for. Others may write on their behalf, inside their own room only.
PENS = {"actions.py", "citizen_actions.py"}
# Doors of a room under another name, each with its reason; an entry that is no longer needed must go.
EXCUSED: dict[str, str] = {
    "journal/write.py": "the only pen of the journal",
    "hours/planning.py": "the actions that set an hour up, apart from those that drive it",
    "hours/calendar_entry.py": "the actions on a year's holidays, which belong to no hour",
    "hours/series_actions.py": "the actions on the series of dates, from which hours come",
    "hours/seating.py": "seats that other rooms give and end inside their own actions",
    "hours/presence.py": "who is at a desk just now: weather, never history, so no entry either",
    "questions/holding.py": "locks and read markers: weather, never history, so no entry either",
    "people/identity.py": "what a citizen does about their own identity",
    "questions/remarks.py": "the actions on comments and clarifications, apart from those on questions",
    "wrapping/taking_down.py": "the actions that cover a closing paper, apart from those that write and sign one",
    "preparation/meeting.py": "the actions on the prep meeting and its tasks, apart from those on notices",
    "preparation/publicity.py": "the actions on what is published and announced, apart from those on notices",
    "record/key_changes.py": "what two administrators do about the record's key, apart from what the keeper does",
    "countdown/templating.py": "the actions that change the template, apart from those on an hour's steps",
}


def writes(module: Module) -> Iterator[str]:
    """Every call in a module that changes a row."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        chain = receiver_chain(node.func.value)
        on_queryset = bool(QUERYSET_WORDS & set(chain)) or any(word.endswith("_set") for word in chain)
        on_object = name in WRITE_ON_AN_OBJECT and not _saves_a_file(node)
        if name in ALWAYS_A_WRITE or (name in WRITE_ON_A_QUERYSET and on_queryset) or on_object:
            yield f"{module.path}:{node.lineno} {'.'.join([*chain, name])}()"


def _saves_a_file(node: ast.Call) -> bool:
    """A picture, a code or a document is saved to a path or a buffer; a row is saved without positional arguments."""
    return bool(node.args)


def is_pen(module: Module) -> bool:
    """Whether this file is a room's door for writing."""
    return module.path.rsplit("/", 1)[-1] in PENS or module.path in EXCUSED


@cache
def all_imports() -> dict[str, frozenset[str]]:
    """What each module imports, every prefix of it too: ``a.b.c`` also stands for ``a.b``."""
    return {
        module.path: frozenset(
            ".".join(parts[:length])
            for name, _ in imports(module)
            for parts in [name.split(".")]
            for length in range(2, len(parts) + 1)
        )
        for module in modules()
    }


def importers(module: Module) -> set[str]:
    """Paths of the modules that import this one."""
    return {path for path, names in all_imports().items() if path != module.path and module.dotted in names}


def strangers(module: Module) -> list[str]:
    """Who reaches a helper of actions from outside its room; `config` fills slots and may reach everything."""
    return sorted(path for path in importers(module) if path.split("/", 1)[0] not in {module.room, "config"})


def test_only_actions_write_and_their_helpers_stay_in_the_room() -> None:
    found = [
        f"{'; '.join(lines[:3])}  imported by {strangers(module)}"
        for module in modules()
        if not is_pen(module)
        and (lines := list(writes(module)))
        and (strangers(module) or not importers(module))
    ]
    assert not found, (
        "These write without being actions, and are used from outside their room:\n" + "\n".join(found)
    )


def test_faces_and_readers_of_other_rooms_do_not_write() -> None:
    rooms = {"portal", "desks", "api", "edge", "config", "kernel"}
    found = [line for module in modules() if module.room in rooms for line in writes(module)]
    assert not found, "No rules and no tables in faces:\n" + "\n".join(found)


def test_every_excuse_is_still_needed() -> None:
    by_path = {module.path: module for module in modules()}
    idle = [
        path
        for path in EXCUSED
        if path not in by_path or not any(writes(by_path[path])) or not strangers(by_path[path])
    ]
    assert not idle, f"These excuses are no longer needed: {idle}"


def test_the_check_sees_each_way_of_writing() -> None:
    text = (
        "Question.objects.create(a=1)\nrow.save()\nrow.delete()\nQuestion.objects.filter(a=1).update(a=2)\n"
        "hour.group_set.all().delete()\nQuestion.objects.bulk_create(rows)\nQuestion.objects.get_or_create(a=1)\n"
        "seen.update(other)\nimage.save('a.png')\n"
    )
    assert [line.split()[0] for line in writes(Module("x/y.py", text, ast.parse(text)))] == [
        f"x/y.py:{number}" for number in range(1, 8)
    ]


def test_only_the_unit_of_work_opens_transactions() -> None:
    words = {"atomic", "set_autocommit", "on_commit", "commit", "rollback"}
    found = [
        f"{module.path}:{node.lineno} transaction.{node.attr}"
        for module in modules()
        if module.path != "kernel/unit_of_work.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in words
        and isinstance(node.value, ast.Name) and node.value.id == "transaction"
    ]  # fmt: skip
    assert not found, "Transactions are opened by kernel/unit_of_work.py alone:\n" + "\n".join(found)


def test_only_the_pen_makes_journal_entries() -> None:
    found = [
        line
        for module in modules()
        if module.path != "journal/write.py"
        for line in writes(module)
        if "Entry.objects" in line or "Line.objects" in line
    ]
    assert not found, "Journal entries are written by journal/write.py alone:\n" + "\n".join(found)
