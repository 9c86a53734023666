"""A bill of materials as data, before any format: components, and what depends on what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from portfake.audit.sbom import cpe, purl
from portfake.audit.sbom.licences import Licence, expression, spdx_of
from portfake.audit.sbom.python_distributions import distributions
from portfake.audit.subjects import Subject
from portfake.audit.vulnerabilities import Vulnerability
from portfake.model.manifest import InstalledPackage, Manifest
from portfake.packages.sums import digest_of_sum

__all__ = ["Bill", "BilledFile", "Component", "FilesOf", "bill_of", "recorded_files"]

_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_IN_URLS = "!#$%&'()*+,-./:;=?@_~"


@dataclass(frozen=True, slots=True)
class BilledFile:
    """One recorded file or link."""

    path: str
    digests: Mapping[str, str] = field(default_factory=dict)
    """``SHA-256`` and the like -> the digest in hex; empty where none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One thing that the image is made of."""

    ref: str
    """What the bill knows it by: unique, the same for the same image."""
    name: str
    version: str
    purl: str
    kind: str
    """CycloneDX's word: application, library, operating-system."""
    description: str = ""
    homepage: str = ""
    maintainer: str = ""
    cpe: str | None = None
    licences: tuple[Licence, ...] = ()
    expression: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    files: tuple[BilledFile, ...] = ()
    depends_on: tuple[str, ...] = ()
    """Refs."""
    part_of: str | None = None
    """Ref of the package that it was found in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The components of one image, by name."""

    subject: str
    version: str
    """Of portfake."""
    time: int
    """Seconds since the epoch."""
    components: tuple[Component, ...]
    vulnerabilities: tuple[tuple[str, Vulnerability], ...] = ()
    """Ref of the component, and what is known about it."""


FilesOf = Callable[[Manifest], Iterable[BilledFile]]
"""What a bill is to say of a package's files."""


def recorded_files(manifest: Manifest) -> Iterator[BilledFile]:
    """Yield every file and link with the digest that its record holds."""
    for file in manifest.files:
        told = None if file.sum is None or file.target is not None else digest_of_sum(file.sum)
        yield BilledFile(file.path, dict([told] if told else ()))


def bill_of(
    subject: str,
    packages: Iterable[InstalledPackage],
    system: Sequence[Subject] = (),
    vulnerabilities: Iterable[Vulnerability] = (),
    *,
    version: str,
    time: int,
    files_of: FilesOf,
) -> Bill:
    """Return the bill of packages, base and kernel; the same input gives the same bill."""
    manifests = sorted((package.manifest for package in packages), key=lambda each: each.name)
    refs = {manifest.name: _purl(manifest) for manifest in manifests}
    components = [_system(each) for each in system]
    refs |= {component.name: component.ref for component in components}
    for manifest in manifests:
        components.append(_component(manifest, refs, files_of(manifest)))
        components += _python(manifest, refs[manifest.name])
    return Bill(
        subject=subject,
        version=version,
        time=time,
        components=tuple({component.ref: component for component in components}.values()),
        vulnerabilities=tuple((refs[each.name], each) for each in vulnerabilities),
    )


def _purl(manifest: Manifest) -> str:
    _, _, rest = manifest.abi.partition(":")
    major, _, cpu = rest.partition(":")
    return purl.generic(
        manifest.name,
        manifest.version,
        {
            "arch": "" if cpu == "*" else cpu,
            "distro": f"freebsd-{major}" if major.isdigit() else "freebsd",
            "flavor": manifest.annotations.get("flavor", ""),
            "origin": manifest.origin,
        },
    )


def _component(
    manifest: Manifest, refs: Mapping[str, str], files: Iterable[BilledFile]
) -> Component:
    annotated = manifest.annotations.get("cpe", "")
    properties = {
        "freebsd:abi": manifest.abi,
        "freebsd:cpe": annotated,
        "freebsd:flavor": manifest.annotations.get("flavor", ""),
        "freebsd:licenselogic": manifest.licenselogic.value if manifest.licenselogic else "",
        "freebsd:licenses": " ".join(manifest.licenses),
        "freebsd:origin": manifest.origin,
        "freebsd:prefix": manifest.prefix,
    }
    provides = any(name.startswith("lib") for name in manifest.shlibs_provided)
    return Component(
        ref=refs[manifest.name],
        name=manifest.name,
        version=manifest.version,
        purl=refs[manifest.name],
        kind="library" if provides else "application",
        description=manifest.comment,
        homepage=_url(manifest.www) if manifest.www != "UNKNOWN" else "",
        maintainer=manifest.maintainer,
        cpe=cpe.formatted(annotated),
        licences=tuple(spdx_of(port) for port in manifest.licenses if port != "NONE"),
        expression=expression(manifest.licenses, manifest.licenselogic),
        properties={key: value for key, value in properties.items() if value},
        files=tuple(files),
        depends_on=tuple(sorted({refs[dep.name] for dep in manifest.deps if dep.name in refs})),
    )


def _url(www: str) -> str:
    """A port's www, which may be any text, with what no URL holds in percent-encoding."""
    text = _LONE_PERCENT.sub("%25", www.strip())
    return quote(text.encode("utf-8", "surrogateescape"), safe=_IN_URLS)


def _python(manifest: Manifest, ref: str) -> Iterator[Component]:
    for found in distributions(file.path for file in manifest.files):
        url = purl.pypi(found.name, found.version)
        yield Component(
            ref=f"{ref}#{url}",
            name=found.name,
            version=found.version,
            purl=url,
            kind="library",
            properties={"freebsd:package": manifest.full_name, "freebsd:path": found.path},
            part_of=ref,
        )


def _system(subject: Subject) -> Component:
    release, _, patch = (subject.version or "").partition("_")
    url = purl.generic(subject.name, subject.version or "", {"distro": f"freebsd-{release}"})
    return Component(
        ref=url,
        name=subject.name,
        version=subject.version or "",
        purl=url,
        kind="operating-system",
        description="FreeBSD's kernel" if "kernel" in subject.name else "FreeBSD's base system",
        homepage="https://www.FreeBSD.org/",
        cpe=cpe.of_system(release, int(patch or 0)),
    )
