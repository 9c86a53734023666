"""useradd, usermod, userdel, usershow, usernext, lock and unlock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portfake.formats.passwd import Group, User, format_master_passwd, format_passwd
from portfake.install.scripts.account_files import AccountFiles
from portfake.install.scripts.pw.call import BAD_DATA, Call, names_in
from portfake.shell.command import CommandFailure, Invocation

__all__ = ["add", "change", "lock", "next_id", "remove", "show", "unlock"]

_LOCKED = "*LOCKED*"
_SKELETON = "/usr/share/skel"


def add(call: Call) -> int:
    """Add a user, its mail file, and with -m its home."""
    files, given = call.files, call.given
    name = call.wanted_name("login name")
    if files.user(name) is not None:
        raise CommandFailure(f"login name `{name}' already exists", BAD_DATA)
    uid = call.free_uid(name, call.id_of("u"))
    group = given.get("g")
    gecos, home = given.get("c"), given.get("d")
    user = User(
        name=name,
        uid=uid,
        gid=_own_group(call, name, uid) if group is None else call.group_named(group).gid,
        password=call.password(),
        login_class=given.get("L") or "",
        gecos="User &" if gecos is None else gecos,
        home=f"{given.get('b') or '/home'}/{name}" if home is None else home,
        shell=_shell(given.get("s") or "sh"),
    )
    files.add_user(user)
    for text in names_in(given.get("G") or ""):
        files.add_members(call.group_named(text).name, [name])
    _make_mail_file(call.run, user, files)
    if "m" in given:
        _make_home(call.run, user, files)
    return 0


def _own_group(call: Call, name: str, uid: int) -> int:
    """A group of the user's own (pw_gidpolicy()): an empty one of that name, or a new one."""
    files = call.files
    group = files.group(name)
    if group is not None and not group.members:
        return group.gid
    if group is not None:
        raise CommandFailure(f"group name `{name}' already exists", BAD_DATA)
    gid = call.free_gid(name, uid if files.group(gid=uid) is None else None)
    files.add_group(Group(name=name, gid=gid))
    return gid


def _shell(text: str) -> str:
    return text if text.startswith("/") or not text else f"/bin/{text}"


def _make_mail_file(run: Invocation, user: User, files: AccountFiles) -> None:
    path = f"/var/mail/{user.name}"
    if run.view.is_folder("/var/mail") and run.view.stat(path, follow=False) is None:
        run.view.write(path, [], mode=0o600)
        _give(run, path, user, files)


def _make_home(run: Invocation, user: User, files: AccountFiles) -> None:
    """The home folder with what lies in /usr/share/skel, `dot.x` as `.x`."""
    view = run.view
    if view.stat(user.home) is None:
        view.make_folders(user.home, 0o755)
    _give(run, user.home, user, files)
    for name in view.listdir(_SKELETON) if view.is_folder(_SKELETON) else []:
        source = f"{_SKELETON}/{name}"
        target = f"{user.home}/{name.removeprefix('dot') if name.startswith('dot.') else name}"
        if view.stat(target, follow=False) is None and not view.is_folder(source):
            view.write(target, view.chunks(source), mode=view.need(source).mode)
            _give(run, target, user, files)


def _give(run: Invocation, path: str, user: User, files: AccountFiles) -> None:
    group = files.group(gid=user.gid)
    run.view.chown(path, user.name, group.name if group else str(user.gid))


def change(call: Call) -> int:
    """Change what the options name of a user."""
    given, user = call.given, call.need_user()
    # Where no name tells whom, -u does, and not what.
    uid = call.id_of("u") if call.name is not None else None
    group, shell = given.get("g"), given.get("s")
    call.files.change_user(
        user.name,
        lambda user: replace(
            user,
            name=_told(given.get("l"), user.name),
            uid=user.uid if uid is None else call.free_uid(user.name, uid),
            gid=user.gid if group is None else call.group_named(group).gid,
            login_class=_told(given.get("L"), user.login_class),
            gecos=_told(given.get("c"), user.gecos),
            home=_told(given.get("d"), user.home),
            shell=user.shell if shell is None else _shell(shell),
            password=call.password() if "h" in given or "w" in given else user.password,
        ),
    )
    if given.get("G") is not None:
        _set_groups(call, user.name, names_in(given.get("G") or ""))
    if "m" in given:
        changed = call.files.user(given.get("l") or user.name)
        _make_home(call.run, changed or user, call.files)
    return 0


def _told(text: str | None, before: str) -> str:
    return before if text is None else text


def _set_groups(call: Call, user: str, names: Sequence[str]) -> None:
    wanted = {call.group_named(name).name for name in names}
    for group in call.files.groups:
        if user in group.members and group.name not in wanted:
            call.files.remove_members(group.name, {user})
    for name in sorted(wanted):
        call.files.add_members(name, [user])


def remove(call: Call) -> int:
    """Remove a user from all files, and its own group if nobody is left in it."""
    user = call.need_user()
    if "r" in call.given:
        raise call.run.refuse("userdel -r")
    call.files.change_user(user.name, lambda _: None)
    for group in call.files.groups:
        if user.name in group.members:
            call.files.remove_members(group.name, {user.name})
    own = call.files.group(user.name)
    if own is not None and own.gid == user.gid and not own.members:
        call.files.change_group(own.name, lambda _: None)
    return 0


def show(call: Call) -> int:
    """Print a user, or with -a all of them, as lines of the files."""
    users = call.files.users if "a" in call.given else [call.need_user()]
    form = format_passwd if "7" in call.given else format_master_passwd
    call.print(form(users))
    return 0


def next_id(call: Call) -> int:
    """Print the ids that the next user and group would get."""
    call.print(f"{call.files.next_uid()}:{call.files.next_gid()}")
    return 0


def lock(call: Call) -> int:
    """Make a user's password useless until it is unlocked."""
    user = call.need_user()
    if user.password.startswith(_LOCKED):
        raise CommandFailure(f"user '{user.name}' is already locked", BAD_DATA)
    call.files.change_user(user.name, lambda user: replace(user, password=_LOCKED + user.password))
    return 0


def unlock(call: Call) -> int:
    """Take back what `lock` did."""
    user = call.need_user()
    if not user.password.startswith(_LOCKED):
        raise CommandFailure(f"user '{user.name}' is not locked", BAD_DATA)
    bare = user.password.removeprefix(_LOCKED)
    call.files.change_user(user.name, lambda user: replace(user, password=bare))
    return 0
