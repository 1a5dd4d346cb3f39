"""What regular expressions weigh."""

from __future__ import annotations

import pytest

from clausewise.patterns.counting import counted


@pytest.mark.parametrize(
    ("pattern", "weight"),
    [
        ("", 1),
        ("^a{900}$", 1),
        ("(a)b{900}", 1),
        ("(abc){7}", 7),
        ("(a{2}b){3}", 6),
        ("(?:a{2,5}b){1,3}", 15),
        ("(a{0,200}){0,200}$", 40_000),
        ("((a{10}){10}){10}", 1000),
        ("((a{10}|b{20}){10}c){2}", 400),
        ("(a{5}){3,}", 15),
        (r"(\(a{2}){3}", 6),
        (r"([({]{2}){3}", 6),
        (r"([]{9}]a){3}", 3),
        (r"(\{9}a){3}", 3),
        (")){3}", 3),
        (r"^(([a-z0-9-]{1,63}\.){1,10})$", 630),
    ],
)
def test_counts_multiply(pattern: str, weight: int) -> None:
    """Counts of groups are multiplied by those within; classes and escapes are no groups."""
    assert counted(pattern) == weight
