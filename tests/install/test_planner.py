"""The planner: everything that speaks against an install comes up together, before any write."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from portfake.errors import PortfakeError, Problems
from portfake.formats.elf import Elf, Note
from portfake.install.candidate import Candidate
from portfake.install.facts import RootFacts
from portfake.install.plan import Action, Plan, Source
from portfake.install.planner import Policy, make_plan
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    Manifest,
    PackagedDirectory,
    PackagedFile,
)
from portfake.model.payload import Payload
from portfake.packages.machine_code import Code, MachineCode, OtherProgram

TARGET = Abi.parse("FreeBSD:14:aarch64")
FACTS = RootFacts(
    root="/mnt", abi=TARGET, osversion=1400097, users=frozenset({"root"}),
    groups=frozenset({"wheel"}),
)  # fmt: skip


def manifest(name: str = "tool", *paths: str, **fields: Any) -> Manifest:
    defaults: dict[str, Any] = {
        "version": "1.0", "origin": f"sysutils/{name}", "comment": "c", "desc": "d",
        "maintainer": "m@example.org", "www": "UNKNOWN", "prefix": "/usr/local",
        "abi": str(TARGET),
        "files": tuple(PackagedFile(path=path, sum="2$x", mode=0o644) for path in paths),
    }  # fmt: skip
    return Manifest(name=name, **{**defaults, **fields})


def candidate(package: Manifest, *machine_code: MachineCode, verified: bool = True) -> Candidate:
    def payload() -> AbstractContextManager[Payload]:
        return nullcontext(())

    source = Source("port", package.origin, verified)
    return Candidate(package, f"digest of {package.full_name}", source, payload, Code(machine_code))


def refusals(*candidates: Candidate, facts: RootFacts = FACTS, policy: Policy | None = None) -> str:
    with pytest.raises(PortfakeError) as caught:
        make_plan(candidates, facts, policy or Policy())
    return str(caught.value)


def plan(*candidates: Candidate, facts: RootFacts = FACTS, policy: Policy | None = None) -> Plan:
    return make_plan(candidates, facts, policy or Policy())


def installed(package: Manifest, digest: str) -> dict[str, InstalledPackage]:
    return {package.name: InstalledPackage(manifest=package, digest=digest)}


def test_what_is_needed_comes_first() -> None:
    needs = manifest("a", deps=(Dependency("b", "x/b", "1"),))
    order = plan(candidate(needs), candidate(manifest("b"))).packages
    assert [package.manifest.name for package in order] == ["b", "a"]


def test_a_circle_of_dependencies_ends() -> None:
    one = manifest("a", deps=(Dependency("b", "x/b", "1"),))
    other = manifest("b", deps=(Dependency("a", "x/a", "1"),))
    assert len(plan(candidate(one), candidate(other)).packages) == 2


def test_the_same_package_again_is_kept() -> None:
    package = manifest("a", "/usr/local/bin/a")
    facts = replace(FACTS, installed=installed(package, "digest of a-1.0"))
    again = plan(candidate(package), facts=facts)
    assert [item.action for item in again.packages] == [Action.KEEP]
    assert not again.changes
    assert again.steps == ()


@pytest.mark.parametrize(
    ("version", "digest", "policy", "action"),
    [
        ("0.9", "other", Policy(), Action.UPGRADE),
        ("1.1", "other", Policy(), Action.DOWNGRADE),
        ("1.0", "other", Policy(), Action.REINSTALL),
        ("1.0", "digest of a-1.0", Policy(force=True), Action.REINSTALL),
        ("1.0", "digest of a-1.0", Policy(), Action.KEEP),
    ],
)
def test_what_is_installed_decides_what_happens(
    version: str, digest: str, policy: Policy, action: Action
) -> None:
    facts = replace(FACTS, installed=installed(manifest("a", version=version), digest))
    (package,) = plan(candidate(manifest("a")), facts=facts, policy=policy).packages
    assert package.action is action
    assert package.replaces == version


def test_a_locked_package_is_not_replaced() -> None:
    there = {
        name: replace(package, locked=True)
        for name, package in installed(manifest("a", version="0.9"), "x").items()
    }
    assert "a-0.9 is locked" in refusals(
        candidate(manifest("a")), facts=replace(FACTS, installed=there)
    )


NEEDS = manifest("a", deps=(Dependency("b", "x/b", "2"),))


def test_a_missing_dependency_is_named() -> None:
    assert "a-1.0 needs b-2" in refusals(candidate(NEEDS))


def test_no_deps_installs_without_and_says_so() -> None:
    assert plan(candidate(NEEDS), policy=Policy(no_deps=True)).missing == ("b-2",)


def test_a_dependency_in_the_root_will_do() -> None:
    facts = replace(FACTS, installed=installed(manifest("b", version="1"), "x"))
    assert plan(candidate(NEEDS), facts=facts).missing == ()


PATH = "/usr/local/etc/a.conf"
FILE = Entry(path=PATH, type=EntryType.FILE, mode=0o644)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (replace(FACTS, owners={PATH: "other"}, entries={PATH: FILE}), "belongs to the installed"),
        (replace(FACTS, entries={PATH: FILE}), "of no package, and differs"),
        (replace(FACTS, entries={PATH: replace(FILE, type=EntryType.DIRECTORY)}), "is a folder"),
        (replace(FACTS, parents={"/usr/local": FILE}), "/usr/local is no folder"),
    ],
)
def test_what_is_in_the_way_is_refused(facts: RootFacts, says: str) -> None:
    assert says in refusals(candidate(manifest("a", PATH)), facts=facts)


def test_an_unowned_file_with_the_same_content_is_taken_over() -> None:
    facts = replace(FACTS, entries={PATH: FILE}, same=frozenset({PATH}))
    assert plan(candidate(manifest("a", PATH)), facts=facts).steps[0].saved_as is None


def test_force_keeps_an_unowned_file_beside() -> None:
    facts = replace(FACTS, entries={PATH: FILE})
    forced = plan(candidate(manifest("a", PATH)), facts=facts, policy=Policy(force=True))
    assert forced.steps[0].saved_as == f"{PATH}.pkgsave"


def test_force_does_not_take_another_package_s_file() -> None:
    facts = replace(FACTS, owners={PATH: "other"}, entries={PATH: FILE})
    policy = Policy(force=True)
    assert "belongs to" in refusals(candidate(manifest("a", PATH)), facts=facts, policy=policy)


def test_a_file_where_a_package_wants_a_folder_is_refused() -> None:
    package = manifest("a", directories=(PackagedDirectory(path=PATH, mode=0o755),))
    facts = replace(FACTS, entries={PATH: FILE})
    assert "is no folder in the root" in refusals(candidate(package), facts=facts)


def test_two_packages_of_the_set_with_one_path_are_refused() -> None:
    both = (candidate(manifest("a", PATH)), candidate(manifest("b", PATH)))
    assert f"{PATH} is in both a and b" in refusals(*both)


def test_an_owner_the_root_does_not_know_is_refused() -> None:
    files = (PackagedFile(path=PATH, owner="www", group="nogroup", mode=0o640),)
    text = refusals(candidate(manifest("a", files=files)))
    assert "the user www" in text
    assert "the group nogroup" in text


def test_all_problems_come_together() -> None:
    facts = replace(FACTS, entries={PATH: FILE})
    with pytest.raises(Problems) as caught:
        make_plan([candidate(manifest("a", PATH, abi="FreeBSD:13:amd64", deps=NEEDS.deps))],
                  facts, Policy())  # fmt: skip
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("abi", "accepted"),
    [
        ("FreeBSD:14:aarch64", True),
        ("FreeBSD:14:*", True),
        ("freebsd:14:AARCH64", True),
        ("*", True),
        ("FreeBSD:14:amd64", False),
        ("FreeBSD:15:aarch64", False),
    ],
)
def test_packages_of_another_abi_are_refused(abi: str, *, accepted: bool) -> None:
    package = candidate(manifest("a", abi=abi))
    if accepted:
        assert plan(package).changes
    else:
        assert f"is a package for {abi}" in refusals(package)


_MACHINES = {"aarch64": (183, 64), "amd64": (62, 64), "i386": (3, 32), "riscv64": (243, 64)}
_SYSTEMS = {"FreeBSD": 9, "Linux": 3, "": 0}


def compiled(machine: str, system: str = "FreeBSD", release: int | None = None) -> MachineCode:
    number, bits = _MACHINES.get(machine, (8, 32))
    notes = (Note("FreeBSD", 1, release.to_bytes(4, "little")),) if release else ()
    elf = Elf(
        bits=bits, byte_order="little", os_abi=_SYSTEMS[system], type=2, machine=number, flags=0,
        notes=notes,
    )  # fmt: skip
    return MachineCode("/usr/local/bin/x", elf, executable=True)


@pytest.mark.parametrize(
    ("file", "abi", "refused"),
    [
        (compiled("aarch64"), str(TARGET), None),
        (compiled("i386"), str(TARGET), "another CPU"),
        (compiled("amd64"), str(TARGET), "another CPU"),
        (compiled("aarch64", release=1500000), str(TARGET), "newer release"),
        (compiled("aarch64", release=1400500), str(TARGET), None),
        (compiled("aarch64", "Linux"), str(TARGET), None),
        (compiled("amd64", "Linux"), str(TARGET), "another CPU"),
        (compiled("amd64", "Linux"), "FreeBSD:14:*", None),
        (compiled("mips", ""), "FreeBSD:14:*", None),
        (compiled("aarch64"), "FreeBSD:14:*", "package for every CPU"),
        (compiled("amd64"), "FreeBSD:14:*", "package for every CPU"),
    ],
)
def test_machine_code_the_target_cannot_run(
    file: MachineCode, abi: str, refused: str | None
) -> None:
    package = candidate(manifest("a", "/usr/local/bin/x", abi=abi), file)
    if refused is None:
        assert plan(package).changes
    else:
        text = refusals(package)
        assert refused in text
        assert "/usr/local/bin/x" in text
        assert plan(package, policy=Policy(allow_foreign=("/usr/local/bin/*",))).changes


def test_payload_in_a_package_for_every_cpu_is_noted() -> None:
    package = candidate(manifest("a", abi="FreeBSD:14:*"), compiled("mips", "Linux"))
    assert plan(package).notes == (
        "a-1.0: /usr/local/bin/x holds Linux 32-bit little-endian MIPS as data",
    )


def test_programs_of_other_systems_are_noted() -> None:
    package = replace(
        candidate(manifest("a")), code=Code(others=(OtherProgram("/x", "a Windows program (PE)"),))
    )
    assert plan(package).notes == (
        "a-1.0: /x is a Windows program (PE), which FreeBSD does not run itself",
    )


def test_everything_can_be_marked_automatic() -> None:
    (package,) = plan(candidate(manifest("a")), policy=Policy(automatic=True)).packages
    assert package.automatic


def test_a_package_file_is_noted_as_unverified() -> None:
    assert "no signature" in plan(candidate(manifest("a"), verified=False)).notes[0]
