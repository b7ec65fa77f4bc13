"""Faces see what they may: a leak is an import error."""

from tests.house.source import imports, modules

# What anyone may call: what is published, what a citizen does, how an asking is read, what a receipt opens.
PUBLIC = {
    "published",
    "citizen_actions",
    "asking",
    "line",
    "tracking",
    "choices",
    "phrases",
    "collected",
    "promised",
}
DOMAIN_ROOMS = {
    "people", "hours", "commitments", "questions", "topics", "plans", "preparation", "staffing", "venues",
    "observers", "history", "keeping", "wrapping", "voice", "redress", "following",
    "signon",
}  # fmt: skip
PUBLIC_FACES = {"portal", "edge"}
FACES = {"portal", "edge", "desks", "api"}


def room_and_module(name: str) -> tuple[str, str]:
    """``townhall.questions.published.get`` gives questions and published."""
    parts = [*name.split("."), "", ""]
    return parts[1], parts[2]


def test_public_faces_use_only_what_is_public_of_questions() -> None:
    found = [
        f"{module.path}:{line} {name}"
        for module in modules()
        if module.room in PUBLIC_FACES
        for name, line in imports(module)
        if room_and_module(name)[0] == "questions" and room_and_module(name)[1] not in PUBLIC
    ]
    assert not found, (
        "Public faces may use published, citizen_actions, asking and its line only:\n" + "\n".join(found)
    )


def test_public_faces_do_not_use_staff_actions_or_queries() -> None:
    found = [
        f"{module.path}:{line} {name}"
        for module in modules()
        if module.room in PUBLIC_FACES
        for name, line in imports(module)
        if room_and_module(name)[0] in DOMAIN_ROOMS and room_and_module(name)[1] in {"actions", "queries"}
    ]
    assert not found, "Staff actions and queries are for the desks:\n" + "\n".join(found)


def test_faces_have_no_models_of_their_own() -> None:
    found = [
        module.path for module in modules() if module.room in FACES and module.path.endswith("models.py")
    ]
    assert not found


def test_faces_do_not_touch_models() -> None:
    found = [
        f"{module.path}:{line} {name}"
        for module in modules()
        if module.room in FACES
        for name, line in imports(module)
        if room_and_module(name)[0] in DOMAIN_ROOMS and room_and_module(name)[1] == "models"
    ]
    assert not found, "Faces ask published, queries and actions, not the tables:\n" + "\n".join(found)
