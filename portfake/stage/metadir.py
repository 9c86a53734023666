"""METADIR, which the framework's create-manifest target fills for `pkg create`, as Metadata."""

from __future__ import annotations

from portfake.errors import InputError
from portfake.formats import manifest
from portfake.model.manifest import Dependency, LicenseLogic, Phase
from portfake.packages.assemble import Metadata
from portfake.ports.profile import Profile
from portfake.stage.native import Staged

__all__ = ["read_metadir"]

# pkg-create(8): the files of METADIR beside +MANIFEST.
_SCRIPTS = {
    "+PRE_INSTALL": Phase.PRE_INSTALL,
    "+INSTALL": Phase.INSTALL,
    "+POST_INSTALL": Phase.POST_INSTALL,
    "+PRE_DEINSTALL": Phase.PRE_DEINSTALL,
    "+DEINSTALL": Phase.DEINSTALL,
    "+POST_DEINSTALL": Phase.POST_DEINSTALL,
}
_LUA_SCRIPTS = {
    "pkg-pre-install.lua": Phase.PRE_INSTALL,
    "pkg-post-install.lua": Phase.POST_INSTALL,
    "pkg-pre-deinstall.lua": Phase.PRE_DEINSTALL,
    "pkg-post-deinstall.lua": Phase.POST_DEINSTALL,
}


def read_metadir(staged: Staged, deps: tuple[Dependency, ...], profile: Profile) -> Metadata:
    """Return what the framework says of the package; `deps` stand for its own look-up.

    Raises InputError for what pkg would not take.
    """
    files = {
        name: staged.view.read(f"{staged.metadir}/{name}").decode("utf-8", "surrogateescape")
        for name in staged.view.listdir(staged.metadir)
    }
    if "+MANIFEST" not in files or "+DESC" not in files:
        raise InputError("the framework wrote no manifest", where=staged.metadir)
    said = manifest.parse(
        files["+MANIFEST"],
        f"{staged.port.origin} +MANIFEST",
        given={"desc": files["+DESC"], "www": ""},
    )
    return Metadata(
        name=said.name,
        version=said.version,
        origin=said.origin,
        comment=said.comment,
        desc=said.desc,
        maintainer=said.maintainer,
        www=said.www,
        prefix=said.prefix,
        categories=said.categories,
        licenses=said.licenses,
        licenselogic=said.licenselogic or LicenseLogic.SINGLE,
        users=said.users,
        groups=said.groups,
        options=said.options,
        annotations=said.annotations,
        deps=deps,
        conflicts=said.conflicts,
        provides=said.provides,
        requires=said.requires,
        vital=said.vital,
        scripts={phase: files[name] for name, phase in _SCRIPTS.items() if name in files},
        lua_scripts={phase: files[name] for name, phase in _LUA_SCRIPTS.items() if name in files},
        display=files.get("+DISPLAY", ""),
        abi=profile.abi,
        osversion=profile.osversion,
        no_arch=staged.port.no_arch,
    )
