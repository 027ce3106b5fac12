"""``python -m peerapi``: the same as the command ``peerapi``."""

import sys

from peerapi.cli import main

sys.exit(main())
