"""The pack's stand-in for the service."""
