"""A bill as SPDX 2.3 JSON (spdx.github.io/spdx-spec/v2.3).

A file of SPDX has a SHA-1 (8.4): what a package records and has none here, such as links and what
is missing, is told as excluded from the package's verification code (7.9).
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from portfake.audit.sbom.bill import Bill, BilledFile, Component

__all__ = ["spdx"]

_NAMESPACE: Final = uuid.UUID("0c3c1f0e-0b0a-5f58-9d57-3c8f2f1f6f21")
_DOCUMENT, _ROOT = "SPDXRef-DOCUMENT", "SPDXRef-Root"
_UNKNOWN: Final = "NOASSERTION"


def spdx(bill: Bill) -> Mapping[str, Any]:
    """Return the document as JSON values."""
    ids = {component.ref: _id(component) for component in bill.components}
    body: dict[str, Any] = {
        "packages": [_root(bill), *(_package(each, ids) for each in bill.components)],
        "relationships": list(_relationships(bill, ids)),
    }
    files = [_file(file) for component in bill.components for file in _analyzed(component)]
    if files:
        body["files"] = files
    extracted = list(_extracted(bill))
    if extracted:
        body["hasExtractedLicensingInfos"] = extracted
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(bill.time))
    unique = uuid.uuid5(_NAMESPACE, json.dumps([created, body], sort_keys=True))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": _text(bill.subject),
        "documentNamespace": f"https://spdx.org/spdxdocs/portfake-{unique}",
        "creationInfo": {"created": created, "creators": [f"Tool: portfake-{bill.version}"]},
        **body,
    }


def _root(bill: Bill) -> Mapping[str, Any]:
    return {
        "SPDXID": _ROOT,
        "name": _text(bill.subject),
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": _UNKNOWN,
        "copyrightText": _UNKNOWN,
        "primaryPackagePurpose": "OPERATING_SYSTEM",
    }


def _package(component: Component, ids: Mapping[str, str]) -> Mapping[str, Any]:
    references = [("PACKAGE-MANAGER", "purl", component.purl)]
    if component.cpe is not None:
        references.append(("SECURITY", "cpe23Type", component.cpe))
    told: dict[str, Any] = {
        "SPDXID": ids[component.ref],
        "name": _text(component.name),
        "versionInfo": _text(component.version),
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": component.expression or _UNKNOWN,
        "copyrightText": _UNKNOWN,
        "primaryPackagePurpose": component.kind.upper().replace("-", "_"),
        "externalRefs": [
            {"referenceCategory": kind, "referenceType": type_, "referenceLocator": locator}
            for kind, type_, locator in references
        ],
    }
    told |= {
        key: _text(value)
        for key, value in (
            ("summary", component.description),
            ("homepage", component.homepage),
            ("sourceInfo", component.properties.get("freebsd:origin", "")),
        )
        if value
    }
    if component.maintainer:
        told["supplier"] = f"Person: {_text(component.maintainer)}"
    return {**told, **_verification(component)}


def _verification(component: Component) -> Mapping[str, Any]:
    """The SHA-1 of the files' SHA-1s, sorted and put together (7.9)."""
    analyzed = _analyzed(component)
    if not analyzed:
        return {}
    sums = "".join(sorted(file.digests["SHA-1"] for file in analyzed))
    code: dict[str, Any] = {
        "packageVerificationCodeValue": hashlib.sha1(
            sums.encode(), usedforsecurity=False
        ).hexdigest()
    }
    excluded = [_name(file) for file in component.files if "SHA-1" not in file.digests]
    if excluded:
        code["packageVerificationCodeExcludedFiles"] = excluded
    return {
        "filesAnalyzed": True,
        "packageVerificationCode": code,
        "licenseInfoFromFiles": [_UNKNOWN],
    }


def _analyzed(component: Component) -> list[BilledFile]:
    return [file for file in component.files if "SHA-1" in file.digests]


def _file(file: BilledFile) -> Mapping[str, Any]:
    return {
        "SPDXID": _file_id(file),
        "fileName": _name(file),
        "checksums": [
            {"algorithm": name.replace("-", ""), "checksumValue": digest}
            for name, digest in file.digests.items()
        ],
        "licenseConcluded": _UNKNOWN,
        "licenseInfoInFiles": [_UNKNOWN],
        "copyrightText": _UNKNOWN,
    }


def _name(file: BilledFile) -> str:
    return _text(f".{file.path}")


def _relationships(bill: Bill, ids: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    yield _relation(_DOCUMENT, "DESCRIBES", _ROOT)
    for component in bill.components:
        holder = _ROOT if component.part_of is None else ids[component.part_of]
        yield _relation(holder, "CONTAINS", ids[component.ref])
        for needed in component.depends_on:
            yield _relation(ids[component.ref], "DEPENDS_ON", ids[needed])
        for file in _analyzed(component):
            yield _relation(ids[component.ref], "CONTAINS", _file_id(file))


def _relation(one: str, kind: str, other: str) -> Mapping[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _extracted(bill: Bill) -> Iterator[Mapping[str, str]]:
    """SPDX wants a text for every licence that it does not know; the ports' id is all there is."""
    named = {
        licence.spdx: licence.port
        for component in bill.components
        for licence in component.licences
        if not licence.known
    }
    for spdx_id, port in sorted(named.items()):
        yield {
            "licenseId": spdx_id,
            "name": _text(port),
            "extractedText": f"The licence that FreeBSD's ports framework calls {_text(port)}.",
        }


def _id(component: Component) -> str:
    """Letters, digits, dots and dashes; the ref's digest keeps two names apart."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{component.name}-{component.version}")
    digest = hashlib.sha256(component.ref.encode()).hexdigest()[:12]
    return f"SPDXRef-{plain}-{digest}"


def _file_id(file: BilledFile) -> str:
    digest = hashlib.sha256(file.path.encode(errors="surrogateescape")).hexdigest()[:20]
    return f"SPDXRef-File-{digest}"


def _text(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
