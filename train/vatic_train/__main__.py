"""`python -m vatic_train`."""

import sys

from .cli import main

sys.exit(main())
