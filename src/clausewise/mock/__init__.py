"""Building blocks for conforming mocks of any pack."""

from clausewise.mock.application import Application
from clausewise.mock.call import Call, Handler, Refuse, Refused, Reply
from clausewise.mock.echo import echo
from clausewise.mock.self_check import MockBroke
from clausewise.mock.serve import running, serve

__all__ = [
    "Application",
    "Call",
    "Handler",
    "MockBroke",
    "Refuse",
    "Refused",
    "Reply",
    "echo",
    "running",
    "serve",
]
