"""What happened: every exchange of a run, and the verdicts that follow from it."""
