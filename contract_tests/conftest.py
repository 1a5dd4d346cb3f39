"""`pytest contract_tests --base-url URL`: the options of `clausewise run`, where they are free."""

from clausewise.pytest_plugin import add_short_names as pytest_addoption

__all__ = ["pytest_addoption"]
