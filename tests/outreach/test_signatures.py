"""Signatures against the providers' own published examples (known answers)."""

from __future__ import annotations

import hashlib

from townhall.outreach.posting import dingtalk_sign, webhook_sign
from townhall.outreach.providers import aliyun, tencent


def test_aliyun_v3_signs_as_its_documentation_does() -> None:
    query = aliyun.canonical_query(
        {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    }
    expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert aliyun.sign("YourAccessKeySecret", "POST", query, headers) == expected


def test_aliyun_encodes_as_rfc_3986_wants() -> None:
    assert aliyun.canonical_query({"b": "a b*c~/", "a": "电"}) == "a=%E7%94%B5&b=a%20b%2Ac~%2F"


def test_tencent_v3_signs_as_its_documentation_does() -> None:
    payload = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
        "x-tc-action": "describeinstances",
    }
    expected = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    assert tencent.sign("*" * 32, "cvm", 1551113065, headers, payload) == expected


def test_dingtalk_signs_as_its_documentation_does() -> None:
    assert (
        dingtalk_sign("this is secret", 1577262236757) == "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D"
    )


def test_a_webhook_is_signed_over_time_and_body() -> None:
    import hmac

    expected = hmac.new(b"k" * 32, b'1700000000.{"a": 1}', hashlib.sha256).hexdigest()
    assert webhook_sign("k" * 32, "1700000000", b'{"a": 1}') == expected
