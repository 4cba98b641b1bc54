#!/usr/bin/env python3
"""Shows that check_includes.py finds each kind of offence, and is silent where there is none."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).with_name("check_includes.py")

# file, its text, a word of the expected message; None: no offence.
SAMPLES = [
    ("orm/base/a.c", '#include "driver/connection.h"\n', "may not look up"),
    ("orm/unit/a.c", '#include "driver/connection.h"\n', None),
    ("orm/unit/b.c", '#include "driver/driver_private.h"\n', "private to driver"),
    ("orm/unit/c.c", '#include "harness/run/run.h"\n', "no storey"),
    ("orm/include/orm/a.h", '#include "base/arena.h"\n', "public header"),
    ("orm/query/a.c", 'int f(void) { return strcmp(x, "CockroachDB"); }\n', "server's name"),
    ("orm/query/d.c", 'bool f(void) { return is(server, "postgres"); }\n', "server's name"),
    ("orm/query/e.c", 'PostgresPollingStatusType t; const char *h = "postgresql://user@host";\n', None),
    ("orm/query/b.c", "/* CockroachDB does not promise an order */\n", None),
    ("orm/platform/a.c", 'const char *n = "CockroachDB";\n', None),
    ("matrix/a.c", '#include "harness/run/run.h"\n', "may not use"),
    ("matrix/b.c", '#include "base/arena.h"\n', None),
    ("reports/record/a.c", '#include "matrix/matrix.h"\n', "may not use"),
    ("reports/writers/a.c", '#include "matrix/matrix.h"\n', None),
    ("harness/run/a.c", '#include "unit/orm_private.h"\n', "only base and"),
    ("harness/run/b.c", '#include "harness/spec/spec_private.h"\n', "private to its folder"),
    ("harness/run/c.c", "#include <orm/orm.h>\n", None),
]


def main():
    failed = 0
    for path, text, expected in SAMPLES:
        with tempfile.TemporaryDirectory() as root:
            # The checker refuses to be content with an empty tree, so each sample stands among harmless files.
            for n in range(12):
                file = pathlib.Path(root) / "yaml" / f"harmless{n}.c"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("#include <stdio.h>\n")
            file = pathlib.Path(root) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            run = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)
            right = (run.returncode == 0 and not run.stdout) if expected is None else (
                run.returncode == 1 and expected in run.stdout and path in run.stdout)
            if not right:
                failed += 1
                print(f"{path}: expected {expected!r}, got exit {run.returncode}: {run.stdout.strip()!r}")
    print(f"{len(SAMPLES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
