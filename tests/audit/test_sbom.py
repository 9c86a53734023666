"""`sbom`: documents that the formats' own schemas take, the same for the same image."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing
from packageurl import PackageURL
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from portfake.audit.sbom import purl
from portfake.audit.sbom.cpe import formatted
from portfake.audit.sbom.licences import _table, expression, spdx_of
from portfake.audit.sbom.python_distributions import distributions
from portfake.model.manifest import LicenseLogic, Manifest, PackagedFile
from tests.audit.images import Image
from tests.audit.test_audit import BAD_DEP, OLD_BASE
from tests.command_line import DATABASE, Answer, call, snapshot, write_small_package
from tests.formats.test_vuxml import document


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "vuln.xml"
    path.write_bytes(document(BAD_DEP, OLD_BASE))
    return path


@pytest.fixture
def rich(image: Image) -> Image:
    """An image with a base, Python, flavors, odd names and odd licences."""
    image.put("/bin/freebsd-version", 'USERLAND_VERSION="14.0-RELEASE-p2"\n')
    dist = "/usr/local/lib/python3.9/site-packages/Foo.Bar-1.0rc1.dist-info/METADATA"
    image.record(odd(image, dist))
    return image


def odd(image: Image, *paths: str) -> Manifest:
    return replace(
        image.libdep(),
        name="py39-gtk+ \u00e9\udcff",
        version="1.0_2,1",
        origin="x11-toolkits/py-gtk",
        licenses=("GPLv2+", "BSD", "a b+c", "\udcff"),
        www="https://example.org/50% [\u00e9 \udcff]",
        licenselogic=LicenseLogic.OR,
        annotations={"flavor": "py39", "cpe": "cpe:2.3:a:f5:gtk:1.0:::::freebsd14:aarch64:2"},
        files=tuple(PackagedFile(path=path, sum="1$" + "0" * 64) for path in paths),
        provides=(),
    )


def bill(answer: Answer) -> dict[str, Any]:
    assert answer.status == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_cyclonedx_is_valid(rich: Image, feed: Path) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for words in ([], ["--files"], ["--feed", feed]):
        answer = call("sbom", "--root", rich.root, *words)
        assert answer.status == 0, answer.err
        assert validator.validate_str(answer.out) is None


@pytest.mark.parametrize("words", [[], ["--files"]])
def test_spdx_is_valid(rich: Image, words: list[str]) -> None:
    told = bill(call("sbom", "--root", rich.root, "--format", "spdx", *words))
    parsed = JsonLikeDictParser().parse(told)
    assert [each.validation_message for each in validate_full_spdx_document(parsed)] == []


@pytest.mark.parametrize("words", [[], ["--files"]])
def test_spdx_is_valid_by_its_schema(rich: Image, words: list[str]) -> None:
    folder = os.environ.get("PORTFAKE_SCHEMAS")
    if not folder:
        pytest.skip("PORTFAKE_SCHEMAS names no folder with spdx-2.3.json")
    schema = json.loads((Path(folder) / "spdx-2.3.json").read_text())
    told = bill(call("sbom", "--root", rich.root, "--format", "spdx", *words))
    jsonschema.validate(told, schema)


def test_spdx_tells_of_files_what_lies_there(rich: Image) -> None:
    """Not what was recorded; links and what is missing are no files of SPDX."""
    rich.put("/usr/local/etc/demo.conf", "opt = 2\n")
    rich.path("/usr/local/share/demo/data.txt").unlink()
    rich.link("/usr/local/bin/demo.sh", "/etc/rc")
    before = snapshot(rich.root)
    told = bill(call("sbom", "--root", rich.root, "--format", "spdx", "--files"))
    assert snapshot(rich.root) == before
    (demo,) = (each for each in told["packages"] if each["name"] == "demo")
    files = {file["SPDXID"]: file for file in told["files"]}
    held = [
        files[each["relatedSpdxElement"]]
        for each in told["relationships"]
        if each["spdxElementId"] == demo["SPDXID"] and each["relatedSpdxElement"] in files
    ]
    sums = []
    for file in held:
        content = rich.path(file["fileName"].removeprefix(".")).read_bytes()
        sums.append(hashlib.sha1(content).hexdigest())
        assert {each["algorithm"]: each["checksumValue"] for each in file["checksums"]} == {
            "SHA1": sums[-1],
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
    recorded = {f".{file.path}" for file in rich.demo().files}
    code = demo["packageVerificationCode"]
    gone = {*("./usr/local/bin/demo-link", "./usr/local/bin/demo.sh")}
    gone.add("./usr/local/share/demo/data.txt")
    assert set(code["packageVerificationCodeExcludedFiles"]) == gone
    assert {file["fileName"] for file in held} == recorded - gone
    value = hashlib.sha1("".join(sorted(sums)).encode()).hexdigest()
    assert code["packageVerificationCodeValue"] == value
    assert demo["filesAnalyzed"]


def test_the_components(rich: Image) -> None:
    before = snapshot(rich.root)
    told = bill(call("sbom", "--root", rich.root))
    assert snapshot(rich.root) == before
    components = {component["name"]: component for component in told["components"]}
    assert list(components) == [
        *("FreeBSD", "demo", "libdep", "py39-gtk+ \u00e9\ufffd", "foo-bar"),
    ]
    demo, gtk = components["demo"], components["py39-gtk+ \u00e9\ufffd"]
    assert demo["purl"] == ("pkg:generic/demo@1.0?arch=aarch64&distro=freebsd-14&origin=misc/demo")
    assert demo["licenses"] == [{"license": {"id": "BSD-2-Clause", "acknowledgement": "declared"}}]
    assert gtk["purl"].startswith("pkg:generic/py39-gtk%2B%20%C3%A9%FF@1.0_2%2C1?")
    assert "flavor=py39" in gtk["purl"]
    assert gtk["cpe"] == "cpe:2.3:a:f5:gtk:1.0:*:*:*:*:freebsd14:aarch64:2"
    assert gtk["licenses"][0]["expression"] == (
        "LicenseRef-FreeBSD-BSD OR GPL-2.0-or-later OR LicenseRef-FreeBSD-a-b-or-laterc"
        " OR LicenseRef-FreeBSD--"
    )
    assert components["foo-bar"]["purl"] == "pkg:pypi/foo-bar@1.0rc1"
    assert components["FreeBSD"]["cpe"] == "cpe:2.3:o:freebsd:freebsd:14.0:p2:*:*:*:*:*:*"
    needs = {row["ref"]: row["dependsOn"] for row in told["dependencies"]}
    assert needs[demo["bom-ref"]] == [components["libdep"]["bom-ref"]]
    assert needs[gtk["bom-ref"]] == [components["foo-bar"]["bom-ref"]]
    assert needs["root"] == [
        component["bom-ref"] for component in told["components"] if component["name"] != "foo-bar"
    ]


def test_a_homepage_is_a_url(rich: Image) -> None:
    (gtk,) = (each for each in bill(call("sbom", rich.root))["components"] if "gtk" in each["name"])
    (website,) = gtk["externalReferences"]
    assert website["url"] == "https://example.org/50%25%20%5B%C3%A9%20%FF%5D"


def test_files_and_their_hashes(rich: Image) -> None:
    told = bill(call("sbom", "--root", rich.root, "--files"))
    (libdep,) = (each for each in told["components"] if each["name"] == "libdep")
    path = "/usr/local/lib/libdep.so.1"
    assert libdep["evidence"] == {"occurrences": [{"location": path}]}
    (file,) = libdep["components"]
    assert file["name"] == path
    assert [(each["alg"], len(each["content"])) for each in file["hashes"]] == [
        ("BLAKE2b-512", 128)
    ]


def test_vulnerabilities(rich: Image, feed: Path, tmp_path: Path) -> None:
    ignore = tmp_path / "ignore"
    ignore.write_text('[[ignore]]\nid = "1"\nreason = "unused"\nexpires = 2030-01-01\n')
    told = bill(call("sbom", "--root", rich.root, "--feed", feed, "--ignore", ignore))
    assert [(each["id"], each["affects"][0]["ref"]) for each in told["vulnerabilities"]] == [
        ("1", "pkg:generic/libdep@2.0?arch=aarch64&distro=freebsd-14&origin=misc/libdep"),
        ("2", "pkg:generic/FreeBSD@14.0_2?distro=freebsd-14.0"),
    ]
    assert told["vulnerabilities"][0]["analysis"]["detail"] == "ignored: unused"
    assert told["vulnerabilities"][0]["published"] == "2023-02-02T00:00:00Z"


@pytest.mark.parametrize("format_", ["cyclonedx", "spdx"])
@pytest.mark.parametrize("more", [[], ["--files"]])
def test_the_same_image_has_the_same_bill(
    rich: Image, format_: str, more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words: tuple[str | Path, ...] = ("sbom", rich.root, "--format", format_, *more)
    first = call(*words).out
    assert call(*words).out == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000001")
    assert call(*words).out != first


@pytest.mark.parametrize("format_", ["cyclonedx", "spdx"])
def test_bytes_that_are_no_text_are_no_halves_of_characters(rich: Image, format_: str) -> None:
    answer = call("sbom", rich.root, "--format", format_)
    assert answer.status == 0
    assert "\\udc" not in answer.out
    assert "\\ufffd" in answer.out


def test_a_database_and_a_folder(image: Image, tmp_path: Path) -> None:
    whole = bill(call("sbom", image.root))["components"]
    assert bill(call("sbom", image.root / DATABASE))["components"] == whole
    folder = tmp_path / "packages"
    write_small_package(folder / "All", "x")
    (only,) = bill(call("sbom", folder))["components"]
    assert only["name"] == "x"
    (folder / "bad.pkg").write_bytes(b"")
    assert call("sbom", folder).status == 65


def test_what_spdx_cannot_say(image: Image, feed: Path) -> None:
    assert call("sbom", image.root, "--format", "spdx", "--feed", feed).status == 64
    answer = call("sbom", image.root / DATABASE, "--format", "spdx", "--files")
    assert answer.status == 77
    assert "SHA-1" in answer.err


@pytest.mark.parametrize(
    ("ports", "logic", "spdx"),
    [
        (("MIT",), LicenseLogic.SINGLE, "MIT"),
        (("GPLv2", "GPLv3+"), LicenseLogic.OR, "GPL-2.0-only OR GPL-3.0-or-later"),
        (("MIT", "CDDL"), LicenseLogic.AND, "MIT AND LicenseRef-FreeBSD-CDDL"),
        (("NONE",), LicenseLogic.SINGLE, None),
        ((), None, None),
        (("MIT", "ZLIB"), None, "MIT AND Zlib"),
    ],
)
def test_licences(ports: tuple[str, ...], logic: LicenseLogic | None, spdx: str | None) -> None:
    assert expression(ports, logic) == spdx


def test_every_licence_of_the_table_is_one_of_spdx() -> None:
    known = get_spdx_licensing().known_symbols
    assert [spdx for spdx in _table().values() if spdx not in known] == []


@given(st.text(min_size=1))
def test_a_licence_that_nobody_knows(port: str) -> None:
    licence = spdx_of(port)
    assert licence.known or re.fullmatch(r"LicenseRef-FreeBSD-[A-Za-z0-9.-]+", licence.spdx)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: text.strip("/ ") == text
)


@given(NAMES, NAMES, st.dictionaries(st.sampled_from(["arch", "distro", "origin"]), NAMES))
def test_purls_are_canonical(name: str, version: str, qualifiers: dict[str, str]) -> None:
    told = purl.generic(name, version, qualifiers)
    parsed = PackageURL.from_string(told)
    assert (parsed.type, parsed.name, parsed.version) == ("generic", name, version)
    assert parsed.qualifiers == qualifiers
    assert parsed.to_string() == told


@pytest.mark.parametrize(
    ("annotated", "whole"),
    [
        ("cpe:2.3:a:gnu:bash:5.2", "cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*"),
        (
            "cpe:2.3:a:gnu:bash:5.2:::::freebsd13:x64:15",
            "cpe:2.3:a:gnu:bash:5.2:*:*:*:*:freebsd13:x64:15",
        ),
        ("cpe:/a:gnu:bash:5.2", None),
        ("cpe:2.3:q:gnu:bash:5.2", None),
        ("cpe:2.3:a:g n:bash:5.2", None),
        ("", None),
    ],
)
def test_cpes(annotated: str, whole: str | None) -> None:
    assert formatted(annotated) == whole


def test_python_distributions() -> None:
    site = "/usr/local/lib/python3.9/site-packages"
    paths = [
        f"{site}/Foo_Bar-1.2.post1.dist-info/METADATA",
        f"{site}/Foo_Bar-1.2.post1.dist-info/RECORD",
        f"{site}/old-1.0-py3.9.egg-info",
        f"{site}/older-2-py3.9.egg-info/PKG-INFO",
        f"{site}/odd-1.0.unknown-py3.9.egg-info",
        "/usr/local/share/doc/x-1.0.dist-info/METADATA",
    ]
    assert [(found.name, found.version) for found in distributions(paths)] == [
        *(("foo-bar", "1.2.post1"), ("old", "1.0"), ("older", "2"), ("odd", "1.0.unknown")),
    ]
