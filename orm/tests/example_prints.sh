#!/usr/bin/env bash
# An example prints what stands beside it, in NAME.out; run twice, it says that the database is no longer empty.
#
#   ci/with-postgres orm/tests/example_prints.sh PATH/TO/NAME orm/examples/NAME.out
set -euo pipefail

out=$("$1" "$ORM_TEST_URL") || { echo "the example $1 failed after it printed '$out'" >&2; exit 1; }
diff "$2" - <<<"$out" >&2 || { echo "the example $1 printed something else (>) than $2 (<)" >&2; exit 1; }

if again=$("$1" "$ORM_TEST_URL" 2>&1); then
    echo "the second run, on a database with tables, printed '$again' and did not fail" >&2
    exit 1
fi
