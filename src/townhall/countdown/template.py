"""The district's template of steps, or the shipped one."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from townhall.countdown.models import Step, StepFacts, TemplateStep

FACTS = (
    "code", "title", "title_en", "unit", "offset", "tolerance", "owner_role", "proof", "blocked_by", "order",
)  # fmt: skip


@cache
def _shipped_rows() -> tuple[dict[str, object], ...]:
    text = resources.files("townhall.countdown").joinpath("data", "steps.toml").read_text(encoding="utf-8")
    return tuple(row | {"order": place} for place, row in enumerate(tomllib.loads(text)["step"]))


def shipped() -> list[TemplateStep]:
    """The steps the product comes with, unsaved."""
    return [TemplateStep(**row) for row in _shipped_rows()]


def current() -> list[TemplateStep]:
    """The steps that an hour entered now will have; the district's own once it has edited any."""
    own = list(TemplateStep.objects.all())
    return [step for step in own if not step.retired] if own else shipped()


def facts_of(step: StepFacts) -> dict[str, object]:
    """What is copied from a template's step to an hour's."""
    return {name: getattr(step, name) for name in FACTS}


def steps_for(hour_id: int) -> list[Step]:
    """The steps of one hour by the present template, unsaved."""
    return [Step(hour_id=hour_id, **facts_of(step)) for step in current()]


def is_own() -> bool:
    """Whether the district has a template of its own."""
    return TemplateStep.objects.exists()
