"""Values of a schema: which ones differ, lawful ones found, put together, broken, made smaller."""
