"""Two reports of one contract, clause by clause: where a mock differs from the reference."""

from .comparing import Given, compare_reports
from .comparison import Comparison

__all__ = ["Comparison", "Given", "compare_reports"]
