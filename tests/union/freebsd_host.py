"""``python -m tests.union.freebsd_host FOLDER VERB ...``: portfake as on FreeBSD, by stand-ins."""

import sys
from pathlib import Path

from portfake.host import mounters
from tests.union.freebsd_scenes import standing_in

if __name__ == "__main__":
    mounter = standing_in(Path(sys.argv[1]))
    vars(mounters)["this_mounter"] = lambda **_: mounter
    # Imported now, so that everybody gets the one above.
    from portfake.cli.main import main

    sys.exit(main(sys.argv[2:]))
