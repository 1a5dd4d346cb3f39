"""Usual spellings of formats that no standard defines, or that nobody here checks.

Documents name formats of their own, and servers check many of them: `url`, `phone`, `currency`. A
value of one proves nothing about the format, but another than a usual one may be refused with every
request that it stands in. Parameters have usual names, too: of those, what says how long a list is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from clausewise.contract import Place
from clausewise.contract.formats import is_checked, kinds
from clausewise.pointer import unescape
from clausewise.values.formats import FORMATS

_UNIX_TIME = 1_772_366_400
# What says how many things a list shows at most, in small letters.
_HOW_MANY = frozenset({"limit", "maxresults", "pagelimit", "pagesize", "perpage", "take", "top"})
# By the name in small letters and digits. What is one thing by many names is told once.
_TEXTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("url", "weburl", "httpurl", "httpsurl", "absoluteurl", "link"): (
        "https://media.example.net/a/b.png", "https://www.example.org/a?b=c",
    ),
    ("urn",): ("urn:isbn:9780306406157", "urn:example:a"),
    ("phone", "tel", "telephone", "phonenumber", "mobile", "e164", "msisdn"): (
        "+12025550123", "+442079460123", "2025550123", "5550123",
    ),
    ("color", "colour", "hexcolor", "hexcolour", "rgb"): ("#112233", "#aabbcc"),
    ("currency", "currencycode", "iso4217"): ("EUR", "USD"),
    ("country", "countrycode", "iso3166", "iso31661", "iso31661alpha2"): ("DE", "US"),
    ("language", "languagecode", "lang", "iso639", "iso6391"): ("en", "de"),
    ("locale", "bcp47", "languagetag"): ("en-US", "de-DE"),
    ("timezone", "tz", "tzinfo", "tzdata", "ianatimezone"): ("Europe/Berlin", "UTC"),
    ("mac", "macaddress"): ("02:00:5e:00:53:01", "02:00:5e:00:53:af"),
    ("cidr", "ipv4cidr", "ipnet", "ipnetwork", "ipv4network", "subnet"): (
        "192.0.2.0/24", "198.51.100.0/24",
    ),
    ("semver", "version"): ("1.2.3", "2.0.0"),
    ("slug",): ("first-one", "second"),
    ("decimal", "decimal128", "bigdecimal", "number", "money", "amount", "numeric"): (
        "12.50", "100",
    ),
    ("integer", "int", "long", "bigint", "biginteger", "snowflake"): (
        "175928847299117063", "175928847299117064",
    ),
    ("ulid",): ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ"),
    ("objectid", "mongoid", "bsonobjectid"): (
        "507f1f77bcf86cd799439011", "507f191e810c19729de860ea",
    ),
    ("httpdate", "rfc1123", "datetimerfc1123", "rfc7231", "rfc2822"): (
        "Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 02 Mar 2026 12:00:00 GMT",
    ),
    ("unixtime", "unixseconds", "unixtimestamp", "epoch", "unix"): (str(_UNIX_TIME),),
    ("datetimelocal", "localdatetime"): ("2026-03-01T12:00:00",),
    ("timelocal", "localtime", "partialtime"): ("12:00:00", "23:59:59"),
    ("yearmonth",): ("2026-03", "1999-12"),
    ("year",): ("2026", "1999"),
    ("iban",): ("DE89370400440532013000", "GB82WEST12345698765432"),
    ("bic", "swift"): ("DEUTDEFF", "NEDSZAJJ"),
    ("creditcard", "creditcardnumber"): ("4111111111111111", "5555555555554444"),
    ("cvc", "cvv"): ("123", "456"),
    ("isbn", "isbn13"): ("9780306406157", "9783161484100"),
    ("zip", "zipcode", "postalcode"): ("10115", "94103"),
    ("mimetype", "mediatype", "contenttype", "mediarange"): ("text/plain", "image/png"),
    ("cron", "cronexpression"): ("0 5 * * *", "*/15 0 1 1 *"),
    ("hex", "hexadecimal"): ("0a1b", "00ff"),
    ("md5",): ("d41d8cd98f00b204e9800998ecf8427e",),
    ("sha1",): ("da39a3ee5e6b4b0d3255bfef95601890afd80709",),
    ("sha256",): ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",),
    ("json", "jsonstring"): ("{}", '{"a":[1]}'),
    ("path", "filepath", "filename", "file"): ("a.txt", "b.png"),
}  # fmt: skip
_USUAL = {name: texts for names, texts in _TEXTS.items() for name in names}
# Other names of formats that are checked under one.
_OTHER_NAMES = {
    name: of
    for of, names in {
        "uuid": ("uuid", "uuid4", "uuidv4", "guid"),
        "uri": ("uri",),
        "date-time": (
            "datetime", "timestamp", "rfc3339", "iso8601", "iso", "isodatetime", "datetimez",
        ),
        "date": ("date", "isodate", "fulldate", "dateonly", "localdate"),
        "time": ("time", "isotime", "fulltime"),
        "email": ("email", "mail", "emailaddress"),
        "hostname": ("hostname", "host", "domain", "domainname", "fqdn", "dns"),
        "ipv4": ("ip", "ipaddress", "ipaddr", "inet", "ipv4", "ipv4address"),
        "ipv6": ("ipv6", "ipv6address"),
        "byte": ("base64", "bytes"),
        "duration": ("duration", "iso8601duration", "period"),
        "regex": ("regex", "regexp"),
    }.items()
    for name in names
}  # fmt: skip
# Words that mean too much in a name.
_FORMATS_ALONE = frozenset(
    {
        "epoch", "file", "hex", "int", "integer", "json", "link", "long", "number", "path", "rgb",
        "subnet", "swift", "unix", "version",
    }
)  # fmt: skip
# What texts are by the last words of their names, where the document says no more of them.
_NAMED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("website", "homepage", "webhook", "uri"): _USUAL["url"],
    ("password", "passwd", "pwd"): ("Passw0rd-1!",),
    ("username", "login", "nickname"): ("username1", "someone2"),
    ("price",): _USUAL["amount"],
    **{(name,): texts for name, texts in _USUAL.items() if name not in _FORMATS_ALONE},
}
_BY_NAME = {name: texts for names, texts in _NAMED.items() for name in names}
_ALSO_NAMED = frozenset(
    {
        "date", "datetime", "domain", "domainname", "email", "emailaddress", "fqdn", "host",
        "hostname", "ip", "ipaddress", "ipv4", "ipv6", "mail", "timestamp",
    }
)  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+[0-9]*|[0-9]+")
# Formats that are patterns of moments: YYYY-MM-DDTHH:MM:SSZ, dd/MM/yyyy.
_OF_MOMENTS = re.compile(r"(?i)(?=.*yy)(?=.*dd)(?:yyyy|yy|mm|dd|hh|ss|tzd|[TZ':./+, _-])+")
_PIECES = re.compile(r"(?i)yyyy|yy|mm|dd|hh|ss|\+?tzd|'")


def text_format(place: Place) -> str | None:
    """The format that texts of a place have, whether anybody checks it or not; None for none."""
    return next(formats_of(place), None)


def formats_of(place: Place) -> Iterator[str]:
    """The same, of a place that has several."""
    promises = (*place.assertions, *place.untestable)
    named = (promise.value for promise in promises if promise.keyword == "format")
    return (name for name in named if isinstance(name, str))


def usual_name(name: str) -> str:
    """The format that is checked and meant by the name of one that is not; else the name."""
    return name if is_checked(name) else _OTHER_NAMES.get(_plain(name), name)


def usual_texts(name: str) -> tuple[str, ...]:
    """Usual texts of a format that no text can be checked for; none where none are known."""
    if is_checked(name) and str not in kinds(name):
        return "7", "100"
    known = usual_name(name)
    if known in FORMATS:
        return FORMATS[known].lawful[:1]
    if _OF_MOMENTS.fullmatch(name):
        return (_moment(name),)
    return _USUAL.get(_plain(name), ())


def usual_at(place: Place) -> list[str]:
    """Usual texts of what a place has a format of, or is named like; none for most places.

    A document may say `type: string` of what its server takes for an e-mail address all the same.
    """
    form = text_format(place)
    *_, outer, name = ["", *place.pointer.split("/")]
    # Of a list `emails` each item is an e-mail address.
    named = unescape(name if name != "*" else outer.removesuffix("s"))
    texts = (usual_texts(form) or _of_name(form)) if form is not None else ()
    texts = texts or _of_name(named)
    return [text for text in texts if place.fits(text)]


def _of_name(name: str) -> tuple[str, ...]:
    words = [word.lower() for word in _WORDS.findall(name)]
    for last in ("".join(words[-count:]) for count in (3, 2, 1)):
        if last in _BY_NAME:
            return _BY_NAME[last]
        if last in _ALSO_NAMED:
            return usual_texts(last)
    return ()


def usual_numbers(name: str) -> tuple[int, ...]:
    """Usual numbers of a format that nobody checks: seconds since 1970 and parts of them."""
    plain = _plain(name)
    if not re.search(r"unix|epoch|timestamp|utcmillisec", plain):
        return ()
    per_second = {"nano": 10**9, "micro": 10**6, "milli": 1000, "ms": 1000}
    factor = next((many for part, many in per_second.items() if part in plain), 1)
    return _UNIX_TIME * factor, (_UNIX_TIME + 86_400) * factor


def says_how_many(name: str, also: Collection[str] = ()) -> bool:
    """Whether a parameter is called as what says how many things a list shows at most.

    `also` are further such names, in small letters without what joins their words.
    """
    return _plain(name) in _HOW_MANY or _plain(name) in also


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _moment(pattern: str) -> str:
    """A moment as a pattern of one has it. `mm` is the month where no month was before it."""
    said = {"yyyy": "2026", "yy": "26", "dd": "01", "hh": "12", "ss": "00", "'": ""}
    months_and_minutes = iter(("03", "30"))

    def piece(found: re.Match[str]) -> str:
        text = found.group().lower()
        return next(months_and_minutes, "30") if text == "mm" else said.get(text, "+00:00")

    return _PIECES.sub(piece, pattern)
