"""Formats: of each, lawful spellings, and what careless parsers take for it."""

from __future__ import annotations

from msgspec import Struct


class Format(Struct, frozen=True):
    """One format.

    `lawful` are two spellings, the usual one and one that careless parsers refuse; none where one
    is made up for each place. `malformed` are the shape kept and the meaning broken, the half of
    it, something else; `most` of them are sent.
    """

    lawful: tuple[str, ...]
    malformed: tuple[str, ...]
    most: int = 3


# What no format is known to be.
UNKNOWN = Format((), ("not such a format", "", "?"))
FORMATS: dict[str, Format] = {
    "uuid": Format(
        (),
        (
            "97440c6a-140b-40a9-9499-b23fd7a3868g",
            "97440c6a140b40a99499b23fd7a3868f",
            "97440c6a-140b-40a9-9499-b23fd7a3868",
            "not-a-uuid",
        ),
    ),
    "uri": Format(
        (
            "https://media.example.net/a/b.png",
            "http://sub.example.org:8080/a-b_c~d/%C3%A9?x=1&y=two#part",
        ),
        ("media.example.net/a.png", "http://media example.net/", "not a uri", "//example.net"),
        most=2,
    ),
    "date-time": Format(
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123456+05:30"),
        (
            "2026-13-01T12:00:00Z", "2026-03-01", "2026-03-01 12:00", "2026-03-01T12:00:00",
            "yesterday",
        ),
    ),
    "date": Format(
        ("2026-03-01", "2024-02-29"),
        ("2026-02-30", "01.03.2026", "2026-03-01T12:00:00Z", "yesterday"),
    ),
    "time": Format(("12:00:00Z", "23:59:59.5+05:30"), ("25:00:00Z", "12:00", "noon")),
    "email": Format(
        ("qa@example.net", "first.last+tag@sub.example.org"),
        ("a b@example.net", "not-an-address", "@example.net"),
    ),
    "hostname": Format(
        ("media.example.net", "a-1.example.org"), ("-bad-.example", "a b", "exa_mple..net")
    ),
    "ipv4": Format(("192.0.2.1", "255.255.255.255"), ("256.1.1.1", "1.2.3", "localhost")),
    "ipv6": Format(("2001:db8::1", "::1"), ("12345::", "1.2.3.4", "::g")),
    "uri-reference": Format(
        ("/a/b?c=d", "https://example.net/a"), ("http://a b", "\\\\server\\share", "%zz")
    ),
    "iri": Format(
        ("https://example.net/a", "https://b\u00fccher.example/\u00e4?\u00f6=1"),
        ("b\u00fccher.example/\u00e4", "https://a b.example/", "not an iri"),
        most=2,
    ),
    "iri-reference": Format(
        ("/a/b?c=d", "/\u00e4/b"), ("http://a b", "\\\\server\\share", "%zz")
    ),
    "uri-template": Format(("/a/{id}", "/a{/b}{?c,d}"), ("/a/{id", "/a/{b c}", "/a/b}")),
    "idn-email": Format(
        ("qa@example.net", "j\u00f6rg@b\u00fccher.example"),
        ("not-an-address", "a b.example.net", "j\u00f6rg"),
    ),
    "idn-hostname": Format(
        ("media.example.net", "b\u00fccher.example"), ("-bad-.example", "a b", "\u00fc..example")
    ),
    "json-pointer": Format(("/a/b", ""), ("a/b", "~2")),
    "relative-json-pointer": Format(("0/a", "1#"), ("/a", "-1/a", "01/a")),
    "regex": Format(("^a+$", "[0-9]{2}"), ("(", "[a")),
    "duration": Format(("PT1H", "P1DT12H"), ("PT", "1h", "P")),
    "byte": Format(("Y2xhdXNl", "+/8="), ("qQ", "qq=", "_-_-", "no base64")),
    "base64url": Format(("Y2xhdXNl", "-_8"), ("q", "+/+/", "no base64")),
}  # fmt: skip
# The spellings of what reads as an end: many servers refuse one that has come, or that is no later
# than its start. Before 2038, when seconds no longer fit into 32 bits.
TO_COME: dict[str, tuple[str, str]] = {
    "date-time": ("2037-03-01T12:00:00Z", "2037-03-01T12:00:00.123456+05:30"),
    "date": ("2037-03-01", "2036-02-29"),
}
