"""People on bad networks and a server that is killed: what was acknowledged is there, once, and all see the same."""

from tests.annotations.live.harness.labeller import Labeller, shown, state_of
from tests.annotations.live.harness.trial import Report, Size, trial

__all__ = ["Labeller", "Report", "Size", "shown", "state_of", "trial"]
