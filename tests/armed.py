"""The real command ``chairside``, with storage made to fail as CHAIRSIDE_TEST_FAULTS says; for tests alone."""

from __future__ import annotations

import os
import sys

from dashboard.commands import main
from models.store import faults

faults.arm(os.environ.pop("CHAIRSIDE_TEST_FAULTS", ""))
sys.exit(main())
