"""What the tests of comparisons share: the browser of the reports' tests."""

from ..report.conftest import page

__all__ = ["page"]
