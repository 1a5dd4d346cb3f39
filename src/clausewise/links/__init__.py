"""Links: where ids come from, by what operations make, list and need, and what replies showed."""
