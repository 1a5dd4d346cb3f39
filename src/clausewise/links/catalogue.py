"""What names things in a contract: collections, what makes and lists their things, who needs them.

Told from paths, names and schemas alone; nothing here sends anything. A collection is a path with
its parameters' names left out: `/stores/{}/pets`. Its things are made by a POST to it and listed by
a GET of it; a path below it (`/stores/{}/pets/{}`), or a parameter or member of its noun (`petId`),
names one of them. Where `/repos` has nothing but `/repos/{}/{}` below it, its things are those of
the collection `/repos/{}`, whose own parameter they say themselves.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property

from clausewise.contract import Contract, Operation
from clausewise.contract.path_templates import path_names
from clausewise.links.destroying import acts_on_all, destroys, name_words, sets_up_the_service
from clausewise.links.handed_on import handed_on
from clausewise.links.needs import Collection, Need, bare
from clausewise.links.nouns import in_one_word, names_at, noun_named, noun_of
from clausewise.links.reading_needs import PLAIN_SUFFIXES, NeedReader, is_listed
from clausewise.pack import Pack

_MAKING = frozenset({"create", "new", "add", "register", "bulk", "batch", "many"})
_LISTING = frozenset({"all", "list", "search"})
# What ends the paths of a kind of thing where each is an action: `/users/get`, `/users/create`.
_ACTIONS = frozenset({"all", "delete", "get", "list", "remove", "search", "update"})
_BEGINNING = frozenset({"add", "create", "new", "register"})
# Words of a POST that asks for things, and of one that makes them.
_READING = frozenset({"fetch", "find", "get", "list", "query", "search"})
_WRITING = _BEGINNING | {"import", "insert", "make", "open", "save", "start", "store", "upload"}
# Both sides of a switch, by the ends of their paths.
_SWITCHES = [
    ("activate", "deactivate"), ("connect", "disconnect"), ("enable", "disable"), ("on", "off"),
    ("lock", "unlock"), ("open", "close"), ("pause", "resume"), ("start", "stop"),
]  # fmt: skip
_OTHER_SIDE = {one: other for pair in _SWITCHES for one, other in (pair, pair[::-1])}
# So many path parameters in a row may name one thing together.
_NAMED_BY = 3


class Catalogue:
    """The collections of a contract, and what each operation needs of them."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.contract: Contract = pack.contract
        self.collections: dict[str, Collection] = {}
        self._needs: dict[str, tuple[Need, ...]] = {}
        self._destroying: dict[str, str | None] = {}
        self._makers: dict[str, Collection] = {}
        self._lists: dict[str, Collection] = {}
        self._naming: set[str] = set()
        self._at: dict[str, list[Operation]] = {}
        for operation in self.contract.operations.values():
            self._at.setdefault(bare(operation.path), []).append(operation)
        ends = (path.rpartition("/") for path in self._at)
        self._acted_on = {around for around, _, last in ends if last.lower() in _ACTIONS}
        for operation in self.contract.operations.values():
            self._file(operation)
        for operation in self.contract.operations.values():
            self._file_what_is_named(operation)
        # By collection, those of things that only what is around them shows.
        self.inner: dict[str, list[str]] = {}
        for path in list(self._at):
            self._file_what_is_within(path)
        # What the document's own links hand on (OpenAPI 3.1, section 4.8.20).
        self.told = list(handed_on(self.contract))
        # By collection, what is asked of one of its things.
        self._things_at: dict[str, list[Operation]] = {}
        self._reader = NeedReader(self.contract, self.collections, self.told, self.at, self.is_made)
        # What puts a thing of one kind into one of another.
        self._relating = {one.id for one in self.contract.operations.values() if self._relates(one)}
        self._naming -= self._relating
        self._needs.clear()

    def needs(self, operation: str) -> tuple[Need, ...]:
        """What the requests of an operation name, path parameters first."""
        if operation not in self._needs:
            self._needs[operation] = tuple(
                self._reader.needs_of(self.contract.operations[operation])
            )
        return self._needs[operation]

    def path_needs(self, operation: str) -> list[Need]:
        """What the path of an operation names, in its order."""
        return [need for need in self.needs(operation) if need.part == "path"]

    def destroys(self, operation: Operation) -> str | None:
        """Why an operation counts as one that destroys, in words; None where it does not."""
        if operation.id not in self._destroying:
            self._destroying[operation.id] = destroys(self._pack, operation)
        return self._destroying[operation.id]

    def sources(self, operation: str) -> list[str]:
        """The operations that make or list what an operation needs, or hand it on; not itself."""
        found: dict[str, None] = {}
        for need in self.needs(operation):
            for path in need.collections:
                collection = self.collections[path]
                givers = (*collection.makers, *collection.lists, *collection.shown_by)
                found |= dict.fromkeys(givers)
        found |= dict.fromkeys(told.source for told in self.told if told.operation == operation)
        found.pop(operation, None)
        return list(found)

    def showing(self, operation: str, given: Container[str]) -> list[str]:
        """The operations whose replies may show what it needs and nothing gives; not itself.

        `given` are the names of path parameters for which there are values. All replies are read
        for it, so it is asked late.
        """
        found: dict[str, None] = {}
        for need in self.needs(operation):
            word = in_one_word(need.name)
            if need.name not in given and need in self.nowhere.get(word, ()):
                found |= dict.fromkeys(self._showing.get(word, ()))
        found.pop(operation, None)
        return list(found)

    def at(self, path: str) -> list[Operation]:
        """The operations that have this path, without the names of its parameters."""
        return self._at.get(path, [])

    def is_made(self, collection: str) -> bool:
        """Whether an operation makes things of a collection: a POST to it, or a PUT of one."""
        if self.collections[collection].makers:
            return True
        return any(operation.method == "PUT" for operation in self.at(f"{collection}/{{}}"))

    def names_what_it_makes(self, operation: Operation) -> bool:
        """Whether an operation makes a thing of the name that its path ends with."""
        return operation.id in self._naming

    def relates(self, operation: Operation) -> bool:
        """Whether an operation puts a thing that is there into another: `PUT /teams/1/members/2`.

        What it makes has no other name than that of the thing.
        """
        return operation.id in self._relating

    def changes_all(self, operation: Operation) -> bool:
        """Whether it changes a whole collection, or how the whole service works."""
        path = bare(operation.path)
        of_one = bool(self.at(f"{path}/{{}}"))
        if sets_up_the_service(operation) and not (of_one and operation.method == "POST"):
            return True
        if acts_on_all(operation) or (not of_one and self._switches(operation)):
            return True
        if operation.method not in ("PUT", "PATCH") or path.endswith("}"):
            return False
        collection = self.collections.get(path)
        return bool(collection and collection.makers) or of_one

    def _switches(self, operation: Operation) -> bool:
        """Whether it is a side of a switch that is there once: `/recordings/start` and `/stop`.

        So are a POST and a DELETE at one path, without a body. Nobody can tell on which side it
        was, so nothing gives it back.
        """
        path = bare(operation.path)
        if operation.method not in ("POST", "PUT") or "{" in path:
            return False
        around, _, last = path.rpartition("/")
        beside = self.at(f"{around}/{_OTHER_SIDE[last]}") if last in _OTHER_SIDE else []
        sides = [one for one in beside if one.method == operation.method]
        if sides:
            return any(one.body is None for one in (operation, *sides))
        changing = {one.method for one in self.at(path) if not one.safe}
        return operation.body is None and changing == {operation.method, "DELETE"}

    def path_of(self, operation: Operation) -> str:
        """The path of an operation without the names of its parameters."""
        return bare(operation.path)

    def made_by(self, operation: str) -> Collection | None:
        """The collection whose things an operation makes, if it makes any."""
        return self._makers.get(operation)

    def listed_by(self, operation: str) -> Collection | None:
        """The collection whose things an operation lists, if it lists any."""
        return self._lists.get(operation)

    def things_at(self, collection: str) -> list[Operation]:
        """The operations of one thing: below its collection, or beside it (`/tag/{}`, `/tags`)."""
        if collection not in self._things_at:
            around, _, last = collection.rpartition("/")
            beside = [
                known
                for path, known in self._at.items()
                if path.endswith("/{}") and path.count("/") == collection.count("/") + 1
                if path.startswith(f"{around}/") and noun_of(path.split("/")[-2]) == noun_of(last)
            ]
            below = self.at(f"{collection}/{{}}")
            self._things_at[collection] = below or (beside[0] if len(beside) == 1 else [])
        return self._things_at[collection]

    def deleter(self, collection: str) -> Operation | None:
        """The operation that deletes one thing of a collection, if there is one."""
        known = self.things_at(collection)
        return next((operation for operation in known if operation.method == "DELETE"), None)

    @cached_property
    def deletable_lists(self) -> dict[str, Operation]:
        """The lists whose things have a DELETE, each with that."""
        found = ((name, self.deleter(one.path)) for name, one in self._lists.items())
        return {name: deleter for name, deleter in found if deleter is not None}

    @cached_property
    def nowhere(self) -> dict[str, list[Need]]:
        """What the ends of paths name that nothing makes, lists or shows, by its joined name.

        It is called by its kind: an `id` alone may be that of anything.
        """
        found: dict[str, list[Need]] = {}
        for operation in self.contract.operations.values():
            for need in self.path_needs(operation.id)[-1:]:
                noun, suffix = noun_named(need.name)
                named = suffix in PLAIN_SUFFIXES or not need.documented
                if not need.collections and not need.listed and noun and named:
                    found.setdefault(in_one_word(need.name), []).append(need)
        return found

    @cached_property
    def _showing(self) -> dict[str, list[str]]:
        """The operations whose successes may show what is named nowhere, by its joined name."""
        found: dict[str, list[str]] = {}
        for operation in self.contract.operations.values():
            contents = (
                reply.json_content for part, reply in operation.replies.items() if part[0] == "2"
            )
            for place in (p for c in contents if c is not None for p in c.message.place.walk()):
                for name in names_at(place.pointer):
                    if name in self.nowhere and operation.id not in found.setdefault(name, []):
                        found[name].append(operation.id)
        return found

    def is_beside_what_is_made(self, operation: Operation) -> bool:
        """Whether a path has a word in a name's stead, where things are made: `/reviews/mine`."""
        path = bare(operation.path)
        around = self.collections.get(path.rpartition("/")[0])
        return not path.endswith("}") and around is not None and bool(around.makers)

    def is_nowhere(self, operation: str) -> bool:
        """Whether the path of an operation ends with what nothing makes, lists or shows."""
        return any(need.operation == operation for needs in self.nowhere.values() for need in needs)

    def _file(self, operation: Operation) -> None:
        path = bare(operation.path)
        if path.endswith("}") or self.destroys(operation):
            return
        around, _, last = path.rpartition("/")
        making = operation.method == "POST"
        if not making and operation.method != "GET":
            return
        said = set(name_words(last)) & (_MAKING if making else _LISTING)
        if making and said and says_that_it_reads(operation):
            said = set()  # several things are asked for at once, none is made
        begins = making and last.lower() in _BEGINNING and around in self._acted_on
        if begins or (said and self.at(f"{around}/{{}}")):
            path = around
        # Several names may tell its things together: `/repos/{owner}/{name}`.
        named = [path + "/{}" * count for count in range(1, _NAMED_BY + 1)]
        path = next((one for one in named if self.at(one)), named[0]).removesuffix("/{}")
        collection = self.collections.setdefault(path, Collection(path))
        (collection.makers if making else collection.lists).append(operation.id)
        (self._makers if making else self._lists)[operation.id] = collection

    def _file_what_is_named(self, operation: Operation) -> None:
        """Take a PUT of a thing for what makes it, where no POST does (RFC 9110, section 9.3.4).

        Where there is a list of what it may change, 201 has to be documented; so it has for a POST
        of the thing itself (`POST /locks/{name}`). One that a DELETE takes back makes such things
        beside what makes others of them (`POST /users`).
        """
        path = bare(operation.path)
        making = operation.method in ("PUT", "POST") and not self.destroys(operation)
        if not making or not path.endswith("/{}"):
            return
        deleted = any(other.method == "DELETE" for other in self.at(path))
        path = path.removesuffix("/{}")
        name = path_names(operation.path)[-1]
        own = next((p for p in operation.located("path") if p.name == name), None)
        known = self.collections.get(path)
        puts = operation.method == "PUT" and known is None
        may_make = known is None or not known.makers or (operation.method == "POST" and deleted)
        # Replies are read for that alone which nothing else tells.
        makes = puts or (may_make and "201" in operation.replies)
        if own is not None and not is_listed(own) and makes:
            self.collections.setdefault(path, Collection(path)).makers.append(operation.id)
            self._naming.add(operation.id)

    def _relates(self, operation: Operation) -> bool:
        """Whether a path ends with a name of another kind than what stands there, within a thing.

        Where only others have such things, the list of what stands there has to tell them apart.
        """
        path = bare(operation.path)
        if operation.method not in ("PUT", "POST") or not path.endswith("/{}"):
            return False
        if self.destroys(operation) or not any(o.method == "DELETE" for o in self.at(path)):
            return False
        needs = self.path_needs(operation.id)
        if len(needs) < 2:
            return False
        around = path.removesuffix("/{}")
        others = [one for one in needs[-1].collections if one != around]
        listed = around in self.collections and bool(self.collections[around].lists)
        if not others or not (listed or any(map(self.is_made, others))):
            return False
        makers = self.collections.setdefault(around, Collection(around)).makers
        if operation.id not in makers:
            makers.append(operation.id)
        return True

    def _file_what_is_within(self, path: str) -> None:
        """Take `/orders/{}/lines/{}` for what orders show, where nothing makes or lists lines."""
        within = path.removesuffix("/{}")
        around = within.rpartition("/")[0].removesuffix("/{}")
        known = self.collections.get(around)
        if not path.endswith("/{}") or within in self.collections or known is None:
            return
        readers = [one.id for one in self.at(f"{around}/{{}}") if one.method == "GET"]
        if within.startswith(f"{around}/{{}}/"):
            self.collections[within] = Collection(within, shown_by=[*known.lists, *readers])
            self.inner.setdefault(around, []).append(within)


def says_that_it_makes(operation: Operation) -> bool:
    """Whether the end of a path says of an action that it makes something."""
    return bool(set(name_words(bare(operation.path).rpartition("/")[2])) & _BEGINNING)


def says_that_it_reads(operation: Operation) -> bool:
    """Whether what an operation is called says that it asks for things, and makes none."""
    words = {*name_words(operation.id), *name_words(bare(operation.path).rpartition("/")[2])}
    return bool(words & _READING) and not words & _WRITING
