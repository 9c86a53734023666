"""manifestdigest: values that `pkg install` recorded from a repository made by `pkg repo`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portfake.formats import manifest
from portfake.packages.digest import manifest_digest

DEP = """{name: dep, origin: devel/dep, version: "1.0", comment: c, desc: d, maintainer: m,
www: w, prefix: /usr/local, abi: "FreeBSD:14:*", arch: "freebsd:14:*", provides: [vi-editor],
users: [u1], groups: [g1, g2]}"""
FULL = """{name: full, origin: devel/full, version: "1.2_3,1", comment: c, desc: d,
maintainer: m, www: w, prefix: /usr/local, abi: "FreeBSD:14:amd64", arch: "freebsd:14:x86:64",
vital: true, options: {ZED: on, DOCS: "off", name: "on"},
deps: {dep: {origin: devel/dep, version: "1.0"}}, requires: [vi-editor], users: [www],
groups: [www], files: {"/usr/local/bin/a": "-"}, scripts: {post-install: "echo hi"}}"""


def test_values_of_pkg() -> None:
    assert manifest_digest(manifest.parse(DEP)) == (
        "2$2$qfhkwibz78oorsoaqn5mqsf79mhp6qfia3w7htagbdocas6rozf5pkhzd9wjuqa4p33sa55utwib3cesbpz35"
        "g9oi6enctsrtub65bb"
    )
    assert manifest_digest(manifest.parse(FULL)) == (
        "2$2$1ye1gmsb57etjwzzgwb8dikcrftbq8spfmhq8cs6ygs1zywyts1fjmk4rofqr1gjtoj1aohc5df9foi1f3ik4"
        "y9xrg41m8zcxac41wd"
    )


def test_what_counts_and_what_does_not() -> None:
    full = manifest.parse(FULL)
    same: list[Any] = [{"comment": "x"}, {"files": ()}, {"scripts": {}}, {"licenses": ("MIT",)}]
    other: list[Any] = [{"vital": False}, {"users": ()}, {"options": {}}, {"version": "2"}]
    for change in same:
        assert manifest_digest(replace(full, **change)) == manifest_digest(full)
    for change in other:
        assert manifest_digest(replace(full, **change)) != manifest_digest(full)
