"""`make docs`: write docs/reference from the tables the product itself works with.

What can be read from a table is not written by hand, so it cannot drift; `make check` compares these pages with what
this program would write. Pages are in English, the verbs' labels in both languages.
"""

import argparse
import importlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
MADE_BY = "<!-- Written by `make docs` from {source}; change it there. -->\n\n"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars and line ends inside cells are made harmless."""

    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    head = list(head)
    return "\n".join([line(head), "|" + " --- |" * len(head), *(line(row) for row in rows)]) + "\n"


def both(text: Any) -> str:
    """A label in Chinese and English."""
    from django.utils import translation

    with translation.override("zh-hans"):
        chinese = str(text)
    with translation.override("en"):
        english = str(text)
    return chinese if chinese == english else f"{chinese} {english}"


def english(text: Any) -> str:
    """A sentence of the interface in English."""
    from django.utils import translation

    with translation.override("en"):
        return str(text)


def code(words: Iterable[str], order: Iterable[str] = ()) -> str:
    """Code words, in the order of the flow rather than of the alphabet."""
    wanted = list(order)
    ranked = sorted(words, key=lambda word: (wanted.index(word) if word in wanted else len(wanted), word))
    return ", ".join(f"`{word}`" for word in ranked)


def values(choices: Any) -> list[str]:
    """The code words of a list of choices, in its order."""
    return [str(value) for value in choices.values]


def stages(words: Iterable[str]) -> str:
    """Stages of the hour; all of them, or an unbroken stretch of them, in few words."""
    every = values(importlib.import_module("townhall.hours.choices").Stage)
    wanted = [stage for stage in every if stage in set(words)]
    if wanted == every:
        return "any"
    first = every.index(wanted[0])
    if len(wanted) > 2 and wanted == every[first : first + len(wanted)]:  # noqa: PLR2004 - two are named in full
        return f"`{wanted[0]}` … `{wanted[-1]}`"
    return code(wanted, every)


def seats(roles: Iterable[str], every: list[str]) -> str:
    """Seats that have a verb; all of them in two words."""
    return "every seat" if set(roles) >= set(every) else code(roles, every)


def moves_table(moves: Mapping[str, Any], states: list[str], roles: list[str]) -> str:
    """One row for each verb of a flow."""
    rows = [
        (
            f"`{move.verb}`",
            both(move.label),
            seats(move.roles, roles),
            code(move.sources, states),
            f"`{move.target}`" if move.target else "as it was",
            stages(move.stages),
            english(move.summary),
        )
        for move in moves.values()
    ]
    return table(["Verb", "Button", "Who", "From", "To", "Stages of the hour", "What it does"], rows)


def citizen_moves(moves: Mapping[str, tuple[Iterable[str], Iterable[str], Any]], states: list[str]) -> str:
    """One row for each verb of the asker."""
    rows = [
        (f"`{verb}`", both(label), code(sources, states), stages(when))
        for verb, (sources, when, label) in moves.items()
    ]
    return table(["Verb", "Button", "From", "Stages of the hour"], rows)


def diagram(moves: Mapping[str, Any]) -> str:
    """The moves that change the state, as a drawing."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in moves.values():
        for source in sorted(move.sources):
            if move.target and move.target != source:
                arrows.setdefault((source, move.target), []).append(move.verb)
    lines = [f"    {source} --> {target}: {', '.join(verbs)}" for (source, target), verbs in arrows.items()]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def flow() -> str:
    """The life of a question and the stages of an office hour."""
    questions, hours = (importlib.import_module(f"townhall.{room}.flow") for room in ("questions", "hours"))
    status = values(importlib.import_module("townhall.questions.choices").Status)
    choices = importlib.import_module("townhall.hours.choices")
    roles = values(choices.Role)
    return "\n".join(
        [
            "# Flows\n",
            "Two tables decide what may happen: to a question, and to an office hour. The same tables",
            "grey the buttons, answer programs with 403 or 409, and are walked through exhaustively by the tests.\n",
            "## The life of a question\n",
            diagram(questions.MOVES),
            moves_table(questions.MOVES, status, roles),
            "What an asker may do, with the code (查询码) in hand:\n",
            citizen_moves(questions.CITIZEN_MOVES, status),
            "## The stages of an office hour\n",
            diagram(hours.MOVES),
            moves_table(hours.MOVES, values(choices.Stage), roles),
            *promises(roles),
            *preparation(roles),
            *after_the_hour(roles),
        ]
    )


def promises(roles: list[str]) -> list[str]:
    """The life of a promise."""
    moves = importlib.import_module("townhall.commitments.flow").MOVES
    states = values(importlib.import_module("townhall.commitments.choices").State)
    return [
        "## The life of a promise\n",
        "`unit` is anybody with an account of the unit that leads, `assisting_unit` of one that helps; `asker` has the",
        "code (查询码) in hand, `system` is the clock. A promise is made with a signature (`open`) and replaced by a",
        "correction that no longer says the same (`replaced`); everything else is here. Who reports never verifies,",
        "who asks never approves, and only the mayor ends a promise unfulfilled: the database says so too.\n",
        diagram(moves),
        moves_table(moves, states, roles),
    ]


# The lives of what must be ready at the hour's start; who is no seat (a unit, an approver) stands in the table by name.
BEFORE = (
    ("a date of the series", "townhall.hours.series_flow", "MOVES"),
    ("a topic", "townhall.topics.flow", "MOVES"),
    ("the plan", "townhall.plans.flow", "MOVES"),
    ("a step of the countdown", "townhall.countdown.flow", "MOVES"),
    ("a post", "townhall.staffing.flow", "MOVES"),
    ("a venue", "townhall.venues.flow", "MOVES"),
    ("the call for observers", "townhall.observers.flow", "CALL_MOVES"),
    ("an observer's application", "townhall.observers.flow", "APPLICATION_MOVES"),
    ("the talk with observers", "townhall.observers.flow", "TALK_MOVES"),
    ("a point of the talk", "townhall.observers.flow", "POINT_MOVES"),
    ("a mass message", "townhall.outreach.flow", "MOVES"),
    ("what was imported", "townhall.history.flow", "MOVES"),
    ("a legal hold", "townhall.keeping.flow", "MOVES"),
    ("the dry run and the rehearsal", "townhall.readiness.flow", "MOVES"),
)


# The lives that begin when an hour ends; `requester` is whoever holds the receipt.
AFTER = (
    ("a leftover's limit", "townhall.wrapping.flow", "LEFTOVER_MOVES"),
    ("an authorisation to sign", "townhall.wrapping.flow", "AUTHORISATION_MOVES"),
    ("the handover list", "townhall.wrapping.flow", "HANDOVER_MOVES"),
    ("a closing paper", "townhall.wrapping.flow", "PAPER_MOVES"),
    ("a return call", "townhall.voice.flow", "MOVES"),
    ("a signed clarification or closing paper", "townhall.questions.clarification_flow", "MOVES"),
    ("a correction or removal request", "townhall.redress.flow", "MOVES"),
)


def after_the_hour(roles: list[str]) -> list[str]:
    """What goes on when an hour is over, one table for each kind of thing."""
    sections = []
    for title, module, name in AFTER:
        moves = getattr(importlib.import_module(module), name)
        states = list(dict.fromkeys(state for move in moves.values() for state in sorted(move.sources)))
        sections += [f"## After the hour: {title}\n", diagram(moves), moves_table(moves, states, roles)]
    return sections


def preparation(roles: list[str]) -> list[str]:
    """What goes out to the units before an hour, one table for each kind of thing."""
    flows = importlib.import_module("townhall.preparation.flow").TABLES
    sections = ["## Before the hour: notices, their receipts, the prep meeting, tasks\n",
                "`unit` is anybody with an account of the unit; no seat is needed.\n"]  # fmt: skip
    for kind, moves in flows.items():
        states = list(dict.fromkeys(state for move in moves.values() for state in sorted(move.sources)))
        sections += [f"### A {kind}\n" if kind != "invitation" else "### An invitation\n",
                     moves_table(moves, states, roles)]  # fmt: skip
    for title, module, name in BEFORE:
        moves = getattr(importlib.import_module(module), name)
        states = list(dict.fromkeys(state for move in moves.values() for state in sorted(move.sources)))
        sections += [f"## Before the hour: {title}\n", moves_table(moves, states, roles)]
    return sections


def who_may_what() -> str:
    """Verbs down, seats across."""
    roles = values(importlib.import_module("townhall.hours.choices").Role)
    sections = [
        "# Who may what\n",
        "A seat is a person's role in one office hour. A mark says that the seat may use the verb at all; state,",
        "stage, authorship and locks may still stand against it, and the greyed button then says why.\n",
    ]
    tables = (
        ("Questions", "townhall.questions.flow"),
        ("Office hours", "townhall.hours.flow"),
        ("Promises", "townhall.commitments.flow"),
    )
    for title, module in tables:
        moves = importlib.import_module(module).MOVES
        used = [role for role in roles if any(role in move.roles for move in moves.values())]
        others = sorted({role for move in moves.values() for role in move.roles} - set(roles))
        rows = [
            [f"`{verb}`", *("●" if role in move.roles else "" for role in [*used, *others])]
            for verb, move in moves.items()
        ]
        sections += [f"## {title}\n", table(["Verb", *used, *others], rows)]
    return "\n".join(sections)


def journal_kinds() -> str:
    """Every kind of journal entry."""
    kinds = importlib.import_module("townhall.journal.kinds").KINDS
    rows = [(f"`{kind.name}`", code(kind.facts), kind.meaning) for kind in kinds.values()]
    return (
        "# Kinds of journal entries\n\n"
        "An entry says what happened, in order, for ever. It carries ids and enumerated facts, never free\n"
        "text, contact data or identity. A kind or a fact that is not in this table cannot be written.\n\n"
        + table(["Kind", "Facts", "Meaning"], rows)
    )


def settings() -> str:
    """Every setting an operator may give."""
    environment = importlib.import_module("townhall.config.environment")
    rows = [
        (
            f"`{environment.PREFIX}{setting.name}`",
            setting.kind,
            f"`{setting.default}`" if setting.default else "",
            setting.help,
        )
        for setting in environment.SETTINGS
    ]
    return (
        "# Settings\n\n"
        "All settings come from the environment. A value that makes no sense, or a name that is not in this\n"
        "table, stops the start with one line that says what to write instead.\n\n"
        + table(["Variable", "Kind", "Default", "Meaning"], rows)
    )


def subcommands(parser: argparse.ArgumentParser) -> list[tuple[str, str, argparse.ArgumentParser]]:
    """The commands of a parser: name, what for, and its own parser."""
    found = []
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to look
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            what_for = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001
            found += [(name, what_for.get(name, ""), command) for name, command in action.choices.items()]
    return found


def argument(action: argparse.Action) -> tuple[str, str, str, str]:
    """One option or argument: how it is written, its choices, its default, its meaning."""
    name = ", ".join(action.option_strings) or action.dest.upper()
    value = f" {action.metavar or action.dest.upper()}" if action.option_strings and action.nargs != 0 else ""
    default = action.default
    if isinstance(default, tuple):
        default = ":".join(str(part) for part in default)
    shown = f"`{default}`" if default not in (None, "", False, argparse.SUPPRESS) else ""
    return (
        f"`{name}{value}`",
        code(map(str, action.choices or ()), map(str, action.choices or ())),
        shown,
        action.help or "",
    )


def commands() -> str:
    """Every command with its options."""
    parser = importlib.import_module("townhall.config.commands").parser()
    texts = [
        "# Commands\n",
        "`townhall` stands in `.venv/bin` after `make setup`. Every command works on an empty data folder: it makes",
        "and migrates the database and writes missing keys there.\n",
    ]
    for name, what_for, command in subcommands(parser):
        texts += [f"## {name}\n", f"{what_for[:1].upper()}{what_for[1:].rstrip('.')}.\n"]
        rows = [argument(action) for action in command._actions if action.dest != "help"]  # noqa: SLF001
        if rows:
            texts.append(table(["Argument", "One of", "Default", "Meaning"], rows))
    return "\n".join(texts)


def personal_data() -> str:
    """Where personal data are, whose, how they are kept and for how long."""
    inventory = importlib.import_module("townhall.config.inventory")
    rows = [
        (
            f"`{held.table}`",
            code(held.fields.split(), held.fields.split()),
            held.whose,
            held.how,
            held.seen,
            held.until,
        )
        for held in inventory.PERSONAL
    ]
    plain = [
        (f"`{table_name}`", code(names.split(), names.split()))
        for table_name, names in inventory.IMPERSONAL.items()
    ]
    return "\n".join(
        [
            "# Personal data\n",
            str(inventory.__doc__).split("\n\n", 1)[1].strip() + "\n",
            "*Sealed*: encrypted in the database. *Keyed hash*: only this installation can compute it. *Masked when",
            "shown*: numbers, cards, plates and addresses in the text are covered on every page that is not its",
            "writer's own. Uploaded files are read by who may read their page. Sessions of staff are kept twelve",
            "hours. Network addresses of citizens stay in memory.\n",
            "## Held\n",
            table(["Table", "Fields", "Whose", "How", "Seen by", "Kept"], rows),
            "## Looked at and found impersonal\n",
            table(["Table", "Fields"], plain),
        ]
    )


SECTIONS = {
    "public": "What anyone may read",
    "citizen": "What a citizen may do",
    "track": "What an asker may do with the receipt",
    "desk": "What staff may do",
}


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value may be, in few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return " or ".join(dict.fromkeys(kind_of(option) for option in options))
    if "enum" in schema:
        return code(map(str, schema["enum"]), map(str, schema["enum"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind_of(schema['additionalProperties'])}"
    limits = [f"{word} {schema[name]}" for name, word in LIMITS.items() if name in schema]
    return ", ".join([str(schema.get("format") or schema.get("type") or "anything"), *limits])


LIMITS = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "at least",
    "maxLength": "at most",
    "maxItems": "at most",
}


def body_of(operation: Mapping[str, Any]) -> str:
    """What a request carries."""
    content = operation.get("requestBody", {}).get("content", {})
    found = [kind_of(part["schema"]) for part in content.values()]
    return " or ".join(word for word in found if "#nothing" not in word) if "{verb}" not in str(found) else ""


def answer_of(operation: Mapping[str, Any]) -> str:
    """What a successful request is answered with."""
    for status, answer in sorted(operation["responses"].items(), key=lambda pair: str(pair[0])):
        for part in answer.get("content", {}).values():
            if str(status).startswith("2"):
                return f"{status} {kind_of(part['schema'])}"
    return ""


def operation_text(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """One address: what it is for, what it takes, what it answers."""
    parameters = [
        f"`{parameter['name']}`" + ("" if parameter.get("required") else " (optional)")
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    refused = [str(status) for status in operation["responses"] if not str(status).startswith("2")]
    facts = {"query": ", ".join(parameters), "body": "" if "{verb}" in path else body_of(operation)}
    lines = [f"- {name}: {text}" for name, text in facts.items() if text]
    lines += [f"- answers {answer_of(operation)}; may refuse with {', '.join(sorted(refused))}"]
    return (
        f"### {method.upper()} {path}\n\n{verb_links(operation.get('description', ''))}\n\n"
        + "\n".join(lines)
        + "\n"
    )


def verb_links(description: str) -> str:
    """A list of verbs with the name of their body becomes a list of links."""
    return re.sub(
        r"^\* `(\w+)`: (\w+)$",
        lambda found: f"* `{found[1]}`: [{found[2]}](#{found[2].lower()})",
        description,
        flags=re.MULTILINE,
    )


def schema_text(name: str, schema: Mapping[str, Any]) -> str:
    """One shape: its fields, or its words."""
    text = f"### {name}\n\n"
    if description := schema.get("description", "").strip():
        text += f"{description}\n\n"
    if "enum" in schema:
        return text + code(map(str, schema["enum"]), map(str, schema["enum"])) + "\n"
    required = schema.get("required", [])
    rows = [
        (f"`{field}`", "yes" if field in required else "", kind_of(value), value.get("description", ""))
        for field, value in schema.get("properties", {}).items()
    ]
    return text + (table(["Field", "Always", "Kind", "Meaning"], rows) if rows else "No fields.\n")


def api() -> str:
    """Every address of the JSON API and every shape it speaks, from its OpenAPI description."""
    importlib.import_module("townhall.api.urls")
    described = importlib.import_module("townhall.api.openapi").api.get_openapi_schema()
    schema = json.loads(json.dumps(described, default=str))
    operations: dict[str, list[str]] = {tag: [] for tag in SECTIONS}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            operations[operation["tags"][-1]].append(operation_text(path, method, operation))
    texts = [
        "# JSON API\n",
        "The machine-readable description is served at `/api/v1/openapi.json`.\n",
        schema["info"]["description"].strip() + "\n",
    ]
    for tag, title in SECTIONS.items():
        texts += [f"## {title}\n", *operations[tag]]
    texts += [
        "## Shapes\n",
        *(schema_text(name, shape) for name, shape in sorted(schema["components"]["schemas"].items())),
    ]
    return "\n".join(texts)


def stream() -> str:
    """Which journal entries viewers see, as which frame."""
    frames = importlib.import_module("townhall.live.frames")
    kinds = importlib.import_module("townhall.journal.kinds").KINDS
    rows = [(f"`{name}`", f"`{event}`", kinds[name].meaning) for name, event in frames.EVENTS.items()]
    return (
        "# The live stream\n\n"
        "`GET /live/{slug}/stream` sends Server-Sent Events; `GET /live/{slug}/wait?after=SEQ` answers\n"
        "when there is news, after half a minute at the latest; `GET /live/{slug}/frames?after=SEQ` gives the\n"
        "same frames as JSON. A frame's id is the sequence number of the journal entry it shows. `count`\n"
        "carries no id: it is weather. `reload` asks for a fresh page; after too long an absence it carries the\n"
        "newest number, so that the stream goes on from there, else none. Without\n"
        "`Last-Event-ID` or `?after=` the stream starts now; after a break it continues without gap or\n"
        "repeat, made from present state.\n\n" + table(["Journal entry", "Event", "Meaning"], rows)
    )


def metrics() -> str:
    """Every figure that a monitor is told."""
    rows = [
        (f"`{name}`", kind, ", ".join(f"`{label}`" for label in labels), meaning)
        for name, kind, labels, meaning in importlib.import_module("townhall.config.monitoring").described()
    ]
    return (
        "# Figures for monitors\n\n"
        "`/metrics` in Prometheus's text format; who may read it says `TOWNHALL_METRICS_NETWORKS`. A histogram has\n"
        "`_bucket`, `_sum` and `_count`. With several processes the figures are those of all of them.\n\n"
        + table(["Figure", "Kind", "Labels", "Meaning"], rows)
    )


def sms_templates() -> str:
    """Every text that is to be filed with an SMS provider, in each cloud's form."""
    texts = importlib.import_module("townhall.outreach.filed_texts")
    rows = [
        (both(purpose.label), f"`{texts.for_aliyun(text)}`", f"`{texts.for_tencent(text)}`")
        for purpose, text in texts.TEXTS.items()
    ]
    return (
        "# SMS templates to file\n\n"
        "Clouds send only texts that were filed and approved. File these as they stand, and enter each with its\n"
        "number on the desk's page 信息发送. They are filled in there, with the plain names of places (`{number}`);\n"
        "Aliyun wants them as `${number}`, Tencent numbers them. Filed words may differ, if they keep the places that\n"
        "the page demands. A gateway of one's own or another office takes whole texts and needs none of this.\n"
        "Beside them the signature is filed: the district's own name. 必办 before an hour are signature, 验证码, 群发\n"
        "and 订阅提醒; without one of the others, that message does not leave, and everything else does.\n\n"
        + table(["For", "Aliyun", "Tencent"], rows)
    )


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "flow.md": ("questions/flow.py, hours/flow.py, commitments/flow.py and preparation/flow.py", flow),
    "who-may-what.md": ("questions/flow.py, hours/flow.py and commitments/flow.py", who_may_what),
    "journal-kinds.md": ("journal/kinds.py", journal_kinds),
    "settings.md": ("config/environment.py", settings),
    "commands.md": ("config/commands.py", commands),
    "personal-data.md": ("config/inventory.py", personal_data),
    "api.md": ("the API's own description", api),
    "stream.md": ("live/frames.py", stream),
    "sms-templates.md": ("outreach/filed_texts.py", sms_templates),
    "metrics.md": ("kernel/metrics.py and config/monitoring.py", metrics),
}


def pages() -> dict[str, str]:
    """Every page as it should stand in docs/reference."""
    return {
        name: MADE_BY.format(source=source) + write().rstrip() + "\n"
        for name, (source, write) in PAGES.items()
    }


def main() -> int:
    """Write the pages that have changed."""
    with tempfile.TemporaryDirectory(prefix="townhall-docs-") as data_dir:
        os.environ |= {"TOWNHALL_DATA_DIR": data_dir, "DJANGO_SETTINGS_MODULE": "townhall.config.settings"}
        importlib.import_module("django").setup()
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            file = REFERENCE / name
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")
                print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
