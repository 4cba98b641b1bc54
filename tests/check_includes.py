#!/usr/bin/env python3
"""Holds the source tree to its storeys: who may include whom, and who may know a server's name.

    check_includes.py [ROOT]

Prints each offence as file:line and exits 1 when there is any.
"""
import pathlib
import re
import sys

# Inside liborm each storey sees itself and those before it.
STOREYS = ["base", "types", "meta", "platform", "driver", "query", "unit", "schema", "migrations"]

# Outside, each room names the rooms it may use; of orm/ all of them get base and <orm/...>.
ROOMS = {
    "yaml": ["yaml"],
    "reports/record": ["reports/record"],
    "matrix": ["matrix", "yaml", "reports/record"],
    "reports/writers": ["reports/writers", "matrix", "yaml", "reports/record"],
    "harness": ["harness", "reports", "matrix", "yaml"],
}

# Only these know servers by name.
# libpq's own names (PostgresPollingStatusType) and the scheme of its URLs decide nothing.
SERVER_NAMES = re.compile(r"cockroach|crdb_|\bpostgres(ql)?\b(?!:)", re.IGNORECASE)
KNOWS_SERVERS = re.compile(r"^(orm/platform/|harness/wire/|harness/targets/|.*platform_(postgres|cockroach)\.[ch]$)")
# Public headers and comments may speak of servers; code may not branch on them.
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def strip_comments(text):
    """Blanks out comments (and, in strings, what looks like one), keeping lines, so that only code counts."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def room_of(path):
    for room in sorted(ROOMS, key=len, reverse=True):
        if path.startswith(room + "/"):
            return room
    return None


def check_include(root, path, target, quoted):
    """Returns why `path` may not include `target`, or None."""
    parts = path.split("/")
    if not quoted and not target.startswith("orm/"):
        return None
    if path.startswith("orm/include/"):
        return None if target.startswith("orm/") else "a public header may only include public headers"
    if target.startswith("orm/"):
        if quoted:
            return "public headers are included with <>"
        if parts[0] != "orm" and target != "orm/orm.h" and not path.startswith(tuple(r + "/" for r in ROOMS)):
            return "unknown room"
        return None
    if parts[0] == "orm":
        storey, wanted = parts[1], target.split("/")[0]
        if storey in ("tests", "examples", "bench"):
            return None
        if wanted not in STOREYS:
            return f"no storey of liborm: {target}"
        if STOREYS.index(wanted) > STOREYS.index(storey):
            return f"{storey}/ may not look up to {wanted}/"
        if wanted != storey and target.endswith("_private.h") and not (wanted == "unit" and target == "unit/orm_private.h"):
            return f"{target} is private to {wanted}/"
        return None
    room = room_of(path)
    if room is None:
        return None
    if target.startswith("base/"):
        return None
    if target.split("/")[0] in STOREYS:
        return "of liborm only base and <orm/orm.h> may be used here"
    for allowed in ROOMS[room]:
        if target.startswith(allowed + "/"):
            if target.endswith("_private.h") and target.rsplit("/", 1)[0] != path.rsplit("/", 1)[0]:
                return f"{target} is private to its folder"
            return None
    if "/" not in target:
        return None
    return f"{room} may not use {target}"


def check_names(path, lines):
    """Lines of code outside the rooms that know servers, in which a server's name decides something."""
    if not path.startswith("orm/") or KNOWS_SERVERS.match(path) or path.startswith(
            ("orm/include/", "orm/tests/", "orm/examples/", "orm/bench/")):
        return []
    return [(n, "a server's name outside platform/, wire/, targets/: ask for a capability")
            for n, line in enumerate(lines, 1) if SERVER_NAMES.search(line) and "#include" not in line]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    offences = []
    seen = 0
    for top in ["orm", *ROOMS]:
        for file in sorted((root / top).rglob("*.[ch]")):
            path = file.relative_to(root).as_posix()
            text = file.read_text(encoding="utf-8")
            seen += 1
            for n, line in enumerate(text.split("\n"), 1):
                match = INCLUDE.match(line)
                why = match and check_include(root, path, match.group(2), match.group(1) == '"')
                if why:
                    offences.append((path, n, why))
            offences += [(path, n, why) for n, why in check_names(path, strip_comments(text).split("\n"))]
    for path, n, why in sorted(set(offences)):
        print(f"{path}:{n}: {why}")
    if seen < 10:
        print("hardly any source was found: wrong root?")
        return 1
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
