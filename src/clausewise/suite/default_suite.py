"""The suite of a pack that has no tests of its own: every clause of its contract, one item each."""

import clausewise


@clausewise.clauses()
def test_clause(clause: clausewise.Judged) -> None:
    """The promise is kept."""
    clause.must_be_kept()
