"""`python -m eventsim` is the command `eventsim`."""

import sys

from eventsim.cli.main import main

sys.exit(main())
