"""The pack's rules: recordings.yaml, and the functions for what JSON Schema cannot say."""
