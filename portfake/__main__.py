"""``python -m portfake``."""

import sys

from portfake.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
