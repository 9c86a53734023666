"""A bill as CycloneDX 1.6 JSON (cyclonedx.org/docs/1.6/json)."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

from portfake.audit.sbom.bill import Bill, Component
from portfake.audit.vulnerabilities import Vulnerability

__all__ = ["cyclonedx"]

_NAMESPACE: Final = uuid.UUID("a5c0a36e-5f0c-5b5e-9f7d-6c1f0d9b7a10")
"""Of portfake's serial numbers, so that the same bill has the same."""
_ROOT: Final = "root"


def cyclonedx(bill: Bill) -> Mapping[str, Any]:
    """Return the document as JSON values."""
    document: dict[str, Any] = {
        "metadata": {
            "timestamp": _timestamp(bill.time),
            "tools": {
                "components": [{"type": "application", "name": "portfake", "version": bill.version}]
            },
            "component": {
                "type": "operating-system",
                "bom-ref": _ROOT,
                "name": _text(bill.subject),
            },
        },
        "components": [_component(component) for component in bill.components],
        "dependencies": _dependencies(bill),
    }
    if bill.vulnerabilities:
        document["vulnerabilities"] = [_vulnerability(*each) for each in bill.vulnerabilities]
    serial = uuid.uuid5(_NAMESPACE, json.dumps(document, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        **document,
    }


def _component(component: Component) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "type": component.kind,
        "bom-ref": component.ref,
        "name": _text(component.name),
        "version": _text(component.version),
        "purl": component.purl,
    }
    optional = {
        "description": _text(component.description),
        "cpe": component.cpe,
        "licenses": _licences(component),
        "externalReferences": _links(component),
        "properties": [
            {"name": key, "value": _text(value)} for key, value in component.properties.items()
        ],
    }
    told |= {key: value for key, value in optional.items() if value}
    if component.maintainer:
        told["supplier"] = {"name": _text(component.maintainer)}
    if component.files:
        told["evidence"] = {
            "occurrences": [{"location": _text(file.path)} for file in component.files]
        }
        told["components"] = [
            {
                "type": "file",
                "name": _text(file.path),
                "hashes": [
                    {"alg": name, "content": digest} for name, digest in file.digests.items()
                ],
            }
            for file in component.files
            if file.digests
        ]
    return told


def _licences(component: Component) -> list[Mapping[str, Any]]:
    if component.expression is None:
        return []
    if len(component.licences) == 1:
        (licence,) = component.licences
        named = {"id": licence.spdx} if licence.known else {"name": _text(licence.spdx)}
        return [{"license": {**named, "acknowledgement": "declared"}}]
    return [{"expression": component.expression, "acknowledgement": "declared"}]


def _links(component: Component) -> list[Mapping[str, Any]]:
    return [{"type": "website", "url": component.homepage}] if component.homepage else []


def _dependencies(bill: Bill) -> list[Mapping[str, Any]]:
    parts: dict[str, list[str]] = {}
    for component in bill.components:
        if component.part_of is not None:
            parts.setdefault(component.part_of, []).append(component.ref)
    tops = [component.ref for component in bill.components if component.part_of is None]
    rows: list[Mapping[str, Any]] = [{"ref": _ROOT, "dependsOn": tops}]
    for component in bill.components:
        needed = [*component.depends_on, *parts.get(component.ref, ())]
        rows.append({"ref": component.ref, "dependsOn": list(dict.fromkeys(needed))})
    return rows


def _vulnerability(ref: str, found: Vulnerability) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "id": found.id,
        "source": {"name": "OSV" if "osv.dev" in found.url else "VuXML", "url": found.url},
        "description": _text(found.topic),
        "references": [
            {"id": alias, "source": {"name": "CVE" if alias.startswith("CVE-") else "alias"}}
            for alias in found.aliases
        ],
        "affects": [
            {"ref": ref, "versions": [{"version": _text(found.version), "status": "affected"}]}
            if found.version
            else {"ref": ref}
        ],
    }
    for key, date in (("published", found.entry), ("updated", found.modified)):
        if date:
            told[key] = f"{date}T00:00:00Z"
    if found.ignored is not None:
        told["analysis"] = {"state": "in_triage", "detail": f"ignored: {_text(found.ignored)}"}
    return told


def _timestamp(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _text(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
