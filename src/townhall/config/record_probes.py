"""How the public record stands, for readiness: its key, what waits to be signed, whether its parts agree."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn
from townhall.readiness.machine import is_real
from townhall.record import actions, checking, cosigning, keys, published, stamping, tiles

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NAMED = 5
MOST_WAIT = timedelta(minutes=1)


def key(_subject: Subject) -> Iterator[Line]:
    """The private key is there and is the record's own."""
    known = {one.vkey for one in published.vkeys()}
    try:
        found = keys.signers()
    except keys.KeyMissing as missing:
        bad = fail if is_real() or known else warn
        finding = _("没有公开记录的签名密钥（%(reason)s）") % {"reason": missing}
        yield bad(Area.RECORD, finding, _("请运行 townhall record-key，并把指纹交给报纸公布。"))
        return
    prints = "、".join(one.verifier.fingerprint for one in found)
    if known and not {one.verifier.vkey for one in found} <= known:
        finding = _("签名密钥 %(prints)s 不是这份记录的") % {"prints": prints}
        yield fail(Area.RECORD, finding, _("请放回原来的密钥文件，或运行 townhall record-key --rotate。"))
    else:
        yield ok(Area.RECORD, _("签名密钥 %(prints)s，请与公布的对照") % {"prints": prints})


def fresh(_subject: Subject) -> Iterator[Line]:
    """What is published is signed within seconds."""
    try:
        number, age = checking.waiting()
        begun = published.checkpoint() is not None
    except tiles.RecordBroken:
        return  # told by the line about its parts
    if not number or (age is not None and age < MOST_WAIT and begun):
        yield ok(Area.RECORD, _("公布的内容都已写入公开记录"))
        return
    finding = _("有 %(number)s 条公布没有写入公开记录") % {"number": number}
    bad = fail if begun else warn
    yield bad(
        Area.RECORD, finding, _("请启动服务（townhall serve）；已经启动的，请看日志里 public record 的报告。")
    )


def witnessed(_subject: Subject) -> Iterator[Line]:
    """Nobody who looks from outside has seen another past."""
    for url, one in cosigning.told().items():
        if one["trouble"]:
            finding = _("%(url)s 没有给公开记录作证：%(reason)s") % {"url": url, "reason": one["trouble"]}
            bad = fail if one["alarm"] else warn
            yield bad(Area.RECORD, finding, _("请与作证单位联系；说记录被改写的，立即停止服务并查明原因。"))
        else:
            yield ok(
                Area.RECORD, _("%(url)s 为公开记录作证到第 %(size)s 条") % {"url": url, "size": one["size"]}
            )


def stamped(_subject: Subject) -> Iterator[Line]:
    """Another clock says when the record was there, where that is wanted."""
    if not settings.RECORD_STAMPS:
        return
    told = stamping.told()
    if told["trouble"]:
        finding = _("公开记录没有盖上时间戳：%(reason)s") % {"reason": told["trouble"]}
        yield warn(Area.RECORD, finding, _("请与时间戳服务机构联系，或核对 TOWNHALL_RECORD_STAMPS。"))
    elif told["size"]:
        words = {
            "size": told["size"],
            "at": f"{clock.local(datetime.fromisoformat(told['stamped_at'])):%Y-%m-%d %H:%M}",
        }
        yield ok(Area.RECORD, _("公开记录的时间戳盖到第 %(size)s 条，时间为 %(at)s") % words)


def whole(subject: Subject) -> Iterator[Line]:
    """Every leaf against its tile."""
    yield from _agree(thorough=True)


def sampled(subject: Subject) -> Iterator[Line]:
    """Some leaves against their tiles, and the tiles against the signature."""
    yield from _agree(thorough=False)


def _agree(*, thorough: bool) -> Iterator[Line]:
    try:
        compared = checking.agree(thorough=thorough)
    except tiles.RecordBroken as broken:
        finding = _("公开记录自相矛盾：%(reason)s") % {"reason": broken}
        yield fail(Area.RECORD, finding, _("不要删除文件；请按管理员手册“公开记录”一节处理。"))
        return
    if wrong := checking.altered_words(thorough=thorough):
        told = [json.loads(leaf.data) for leaf in wrong[:MOST_NAMED]]
        which = "、".join(f"{one['hour']} #{one.get('number', one['id'])}" for one in told)
        finding = _("%(number)s 处公开的文字与当时公布的不一样：%(which)s") % {
            "number": len(wrong),
            "which": which,
        }
        remedy = _("请从公开记录的凭证取回原文，查明谁动过数据库；不要在原处改回。")
        yield fail(Area.RECORD, finding, remedy)
    elif compared:
        size = actions.leaf_count()
        finding = _("数据库和公开记录一致（核对了 %(compared)s / %(size)s 条）")
        yield ok(Area.RECORD, finding % {"compared": compared, "size": size})
