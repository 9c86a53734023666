"""pw(8) as packages' scripts use it: users and groups of the root's own files.

Ids come from the script's arguments; without one, from the ids that the root's files hold,
never from the host (usr.sbin/pw of FreeBSD 12 to 14). Changes are not logged in userlog.
"""
