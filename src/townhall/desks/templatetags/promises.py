"""What the desks' pages say about promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from townhall.commitments import flow, queries

if TYPE_CHECKING:
    from townhall.commitments.models import Commitment, Request, Step

register = template.Library()


@register.filter
def asked(commitment: Commitment) -> Request | None:
    """What waits for a leader's decision."""
    return flow.waiting_request(commitment)


@register.filter
def pointed_out(request: Request) -> str:
    """What whoever decides about an extension should see of its new day."""
    return queries.off_day(request.new_due)


@register.filter
def why_asked(request: Request) -> str:
    """The reason of a request in words."""
    return queries.reason(request.reason_code)


@register.filter
def step_heading(step: Step) -> str:
    """What a step is called."""
    return queries.heading(step)


@register.filter
def step_code(step: Step) -> str:
    """The reason, template or handling of a step in words."""
    return queries.reason(step.code)
