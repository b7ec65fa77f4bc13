"""Sealing everything anew under the next key, while the installation serves: any batch may be the last for today.

No list of tables is kept here: a field is sealed when its name says so, which a check of the house compares with the
inventory of personal data. A row is changed only if it still holds what was read, so that nothing deleted meanwhile
comes back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE, Entry
from townhall.journal.write import record
from townhall.kernel import clock, secrets
from townhall.kernel.errors import CONFLICT, Refused
from townhall.kernel.unit_of_work import leave_no_trace, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model

# A batch takes about as long as one of citizens' questions: nobody notices it.
BATCH = 200
# Whoever read the ring before it changed has long finished writing by then.
FRESH = timedelta(hours=1)


class Renewed(NamedTuple):
    """What a run did.

    :param rows: sealed anew
    :param unreadable: opened by no key of the ring; left as they are
    """

    rows: int
    unreadable: int


def sealed_fields() -> Iterator[tuple[type[Model], str]]:
    """Every field of the product's own tables that holds sealed text."""
    for model in apps.get_models():
        if model.__module__.startswith("townhall."):
            for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented way to a model's fields
                if field.name == "sealed" or field.name.endswith("_sealed"):
                    yield model, field.name


def rotate(tell: Callable[[str, int], None]) -> Renewed:
    """Seal everything under a new key, or under the newest while something is not yet."""
    if not any(_older(model, name) for model, name in sealed_fields()):
        keys = (secrets.make_sealing_key(), *secrets.ring())
        with unit_of_work():
            record(DISTRICT_LINE, "seal.key_made", keys=len(keys))
        secrets.keep_ring(keys)  # before anything is sealed with it
    rows = unreadable = 0
    for model, name in sealed_fields():
        done = 0
        for batch in _batches(model, name):
            renewed, lost = _renewed(batch)
            unreadable += lost
            done += renew(model, name, renewed)
            tell(f"{model._meta.label}.{name}", done)  # noqa: SLF001 - Django's documented name of a model
        rows += done
    return Renewed(rows, unreadable)


def _batches(model: type[Model], name: str) -> Iterator[list[tuple[int, str]]]:
    """Primary key and sealed text of every row, in order."""
    last = 0
    while True:
        rows = model._base_manager.filter(pk__gt=last).exclude(**{name: ""})  # noqa: SLF001 - of any model
        batch: list[tuple[int, str]] = list(rows.order_by("pk").values_list("pk", name)[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1][0]


def _renewed(batch: list[tuple[int, str]]) -> tuple[list[tuple[int, str, str]], int]:
    """Key, old and new text of those that are under an older key, and how many no key opens."""
    renewed, lost = [], 0
    for key, sealed in batch:
        if secrets.is_current(sealed):
            continue
        try:
            renewed.append((key, sealed, secrets.reseal(sealed)))
        except InvalidToken:
            lost += 1
    return renewed, lost


def renew(model: type[Model], name: str, rows: list[tuple[int, str, str]]) -> int:
    """Put new in place of old where the old still stands; returns in how many rows."""
    if not rows:
        return 0
    with unit_of_work("ask"):
        leave_no_trace()
        done = sum(
            model._base_manager.filter(pk=key, **{name: old}).update(**{name: new})  # noqa: SLF001 - of any model
            for key, old, new in rows
        )
        record(DISTRICT_LINE, "seal.renewed", rows=done)
    return done


def _older(model: type[Model], name: str) -> bool:
    """Whether something that can be opened is under an older key."""
    return any(_renewed(batch)[0] for batch in _batches(model, name))


def retire() -> tuple[str, ...]:
    """Forget every key but the newest.

    :raises Refused: 409 while something is sealed under an older one, or the newest is too fresh
    """
    keys = secrets.ring()
    if len(keys) > 1:
        made = Entry.objects.filter(kind="seal.key_made").order_by("id").last()
        if made is not None and clock.now() - made.at < FRESH:
            raise Refused(CONFLICT, "fresh", _("新密钥启用还不到一小时，请稍后再停用旧密钥。"))
        if any(_older(model, name) for model, name in sealed_fields()):
            raise Refused(CONFLICT, "older", _("还有内容由旧密钥加密，请先运行 townhall seal-key --rotate。"))
        secrets.keep_ring(keys[:1])
        with unit_of_work():
            record(DISTRICT_LINE, "seal.keys_retired", keys=len(keys) - 1)
    return secrets.ring()


def left() -> dict[str, Any]:
    """How many sealed texts there are, and how many wait for the newest key."""
    total = waiting = 0
    for model, name in sealed_fields():
        for batch in _batches(model, name):
            total += len(batch)
            waiting += sum(not secrets.is_current(sealed) for _key, sealed in batch)
    return {"keys": len(secrets.ring()), "total": total, "waiting": waiting}
