"""A request goes out, a response comes back: over HTTP, or to an application in this process."""
