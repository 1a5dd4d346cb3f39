"""What a difference means for who tests on the mock."""

from __future__ import annotations

from typing import Literal

# What tests on the mock get wrong where it differs. Those that pass wrongly break in production.
Effect = Literal["pass wrongly", "fail wrongly", "built on what never comes"]
# The gravest first.
EFFECTS: tuple[Effect, ...] = ("pass wrongly", "built on what never comes", "fail wrongly")
MEANING: dict[Effect, str] = {
    "pass wrongly": "tests on the mock pass, and production breaks",
    "built on what never comes": "tests are built on what the reference never answers",
    "fail wrongly": "tests on the mock fail, and production would be fine",
}
