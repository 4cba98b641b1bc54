#!/usr/bin/env bash
# The page's example prints John; run twice, it says that the database is no longer empty.
#
#   ci/with-postgres orm/tests/example_prints_john.sh PATH/TO/author_book
set -euo pipefail

out=$("$1" "$ORM_TEST_URL")
[ "$out" = John ] || { echo "the example printed '$out', not 'John'" >&2; exit 1; }

if again=$("$1" "$ORM_TEST_URL" 2>&1); then
    echo "the second run, on a database with tables, printed '$again' and did not fail" >&2
    exit 1
fi
