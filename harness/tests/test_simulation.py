"""The simulation of CockroachDB, from outside: the whole suite on it, what marks it, and what each rule of its profile does.

    test_simulation.py PROGRAM            the tests; all rules, and not only those of limitations, with CRDBCHECK_LONG=1
    test_simulation.py --update PROGRAM   writes the golden record anew
"""
import collections
import concurrent.futures
import difflib
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import program
from program import GOOD
from test_targets import TargetTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = pathlib.Path(__file__).with_name("golden") / "cockroach-sim-24.3.tsv"
LONG = os.environ.get("CRDBCHECK_LONG") == "1"

# The rows of the page's table, as features, and those with cases that hang on single rules. A rule that only their cases use
# must be missed by one of them;
RESTING = ("arrays", "connection", "deferrable-constraints", "full-text-search", "geometric-types", "integer-columns",
           "materialized-views", "native-enums", "schema-generator", "serial-keys", "transactions",
           "truncate-restart-identity")
# so must these, which other cases use, too, by cases of the feature that rests on them;
SHARED_RULES = {"integer columns": "integer-columns", "serial columns": "serial-keys",
                "truncate with identity": "truncate-restart-identity"}
# and of these the cases don't turn red, for the reason beside.
NOT_MISSED = {
    "drop value of an enum": "its case is still to be settled",
    "serialization failure": "it has other words, and a case that waits for no luck looks at the SQLSTATE alone",
    "number out of range for int8": "its cases are still to be settled",
    "schema change in a transaction": "it does nothing itself; 'rollback to a savepoint after a schema change' rests on it",
    "cockroach_restart is released": "it does nothing itself; 'statement after release of cockroach_restart' rests on it",
}
# Rules that no case uses.
NO_CASE = {
    "set cluster setting": "a case's role may not set any",
    "drop database cascade": "a case has one database, which it may not drop",
    "copy freeze": "steps have no COPY",
    "copy with forced quotes": "steps have no COPY",
    "copy of some rows": "steps have no COPY",
    **dict.fromkeys(("names of catalogs", "set search_path", "show columns", "show constraints", "show create", "show enums",
                     "show indexes", "show tables", "show tables of a schema"),
                    "test_catalogs.py looks at its answers, and the page says nothing of it"),
}
# How many cases of a rule are run without it, where not all are.
FEW = 4


def run_suite(out, *options):
    environment = {**os.environ, "CRDBCHECK_HOME": str(ROOT)}
    return subprocess.run(
        [program.PROGRAM, "run", "--target", "cockroach-sim", "--cases", str(ROOT / "cases"), "--features",
         str(ROOT / "matrix" / "features.yaml"), "--timeout", "60", "--out", str(out), *options],
        capture_output=True, text=True, env=environment, timeout=800, check=False)


class Record:
    def __init__(self, folder):
        lines = [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]
        self.header, self.footer = lines[0], lines[-1]
        self.cases = [line for line in lines if line["type"] == "case"]
        self.target = self.header["targets"][0]

    def results(self):
        """What the golden record keeps of each case, by id and mode."""
        return {(case["id"], case.get("mode", "")):
                (case["status"], case["happened"], case.get("error", {}).get("sqlstate", "")) for case in self.cases}

    def users(self):
        """Cases by the rule that they used."""
        users = collections.defaultdict(list)
        for case in self.cases:
            for rule in case.get("rules", []):
                users[rule].append(case)
        return users


@functools.lru_cache(maxsize=None)
def whole_run():
    """The one run of all cases that several tests look at."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="crdbcheck-test."))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    result = run_suite(folder)
    return result, folder, Record(folder) if (folder / "run.jsonl").exists() else None


def golden_lines(record):
    rows = sorted((*key, *values) for key, values in record.results().items())
    return ["\t".join(row) + "\n" for row in rows]


class Suite(unittest.TestCase):
    def setUp(self):
        self.result, self.folder, self.record = whole_run()
        self.assertIsNotNone(self.record, self.result.stderr)

    def test_everything_is_as_expected(self):
        self.assertEqual(0, self.result.returncode, f"{self.result.stdout}\n{self.result.stderr}")
        self.assertEqual("footer", self.record.footer["type"])
        self.assertEqual("mikroorm", self.record.header["preset"])
        self.assertEqual(self.record.header["planned"], len(self.record.cases))

    def test_the_record_is_marked(self):
        self.assertEqual("simulated", self.record.target["evidence"])
        self.assertTrue(self.record.target["simulated"])
        self.assertIn("simulated", self.record.target["version"])
        self.assertEqual({"simulated"}, {case["evidence"] for case in self.record.cases})

    def test_junit_is_marked(self):
        suites = ElementTree.parse(self.folder / "junit.xml").getroot().findall("testsuite")
        self.assertTrue(suites)
        for suite in suites:
            found = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}
            self.assertEqual("simulated", found.get("evidence"), suite.get("name"))

    def test_the_console_is_marked(self):
        self.assertIn("cockroach-sim (simulated)", self.result.stdout)
        self.assertIn("no verdicts", self.result.stdout)

    def test_the_matrix_is_marked_and_gives_no_verdict(self):
        matrix = (self.folder / "matrix.md").read_text()
        (row,) = [line for line in matrix.splitlines() if "**simulated**, decides nothing" in line]
        self.assertIn("(simulated) | **simulated**, decides nothing | – | – | – |", row)
        cells = 0
        for line in matrix[matrix.index("\n## Claims"):matrix.index("\n## Rules of the simulation")].splitlines():
            if not line.startswith("| ") or line.startswith("| Claim "):
                continue
            cell = line.split(" | ")[-1]
            self.assertIn("(simulated)", cell)
            self.assertNotRegex(cell, "confirmed|contradicted|partly")
            cells += 1
        self.assertGreater(cells, 50)

    def test_the_matrix_tells_which_rules_no_case_used(self):
        matrix = (self.folder / "matrix.md").read_text()
        section = matrix[matrix.index("## Rules of the simulation"):].split("\n## ")[0]
        used = set(self.record.users())
        self.assertIn(f"**{len(used)} of {len(self.record.target['rules'])}**", section)
        for rule in self.record.target["rules"]:
            self.assertEqual(rule not in used, f"`{rule}`" in section, rule)

    def test_the_record_tells_the_rules(self):
        self.assertEqual("24.3", self.record.target["profile"])
        users = self.record.users()
        self.assertLessEqual(set(users), set(self.record.target["rules"]))
        for rule, case in (("geometric columns", "geometric-types/polygon-column"),
                           ("set constraints", "deferrable-constraints/set-constraints")):
            self.assertIn(case, [user["id"] for user in users[rule]])
        # Rules that were used when a file's tables were made count for its cases.
        self.assertIn("integer-columns", {user["feature"] for user in users["integer columns"]})

    def test_golden_record(self):
        wanted = GOLDEN.read_text().splitlines(keepends=True)
        found = golden_lines(self.record)
        difference = "".join(difflib.unified_diff(wanted, found, "golden", "now", n=0))
        if difference:
            self.fail(f"cases do otherwise than in {GOLDEN}:\n{difference}If it shall be so: {__file__} --update PROGRAM")


class Rules(unittest.TestCase):
    """A rule that is taken out of the profile is missed by the cases that used it."""

    def setUp(self):
        self.record = whole_run()[2]
        self.assertIsNotNone(self.record)
        self.users = self.record.users()
        self.before = self.record.results()

    def run_without(self, rules, cases):
        """Runs the cases without the rules; what changed, by case and mode, as (before, after)."""
        options = [option for rule in rules for option in ("--without-rule", rule)]
        with tempfile.TemporaryDirectory(prefix="crdbcheck-test.") as name:
            result = run_suite(name, "-j", "1", *options, *cases)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            after = Record(pathlib.Path(name)).results()
        return {key: (self.before[key], after[key]) for key in after if self.before[key] != after[key]}

    def run_each(self, groups):
        """run_without() for lists of {rule: cases}, two at once."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda group: self.run_without(group, sorted(set().union(*group.values()))), groups))

    def group(self, cases_by_rule):
        """As few groups as it takes, so that each case of a group has used only one of the group's rules."""
        groups = []
        for rule, cases in cases_by_rule.items():
            for group in groups:
                if all(not set(cases) & set(self.ids(other)) and not set(theirs) & set(self.ids(rule))
                       for other, theirs in group.items()):
                    group[rule] = cases
                    break
            else:
                groups.append({rule: cases})
        return groups

    def ids(self, rule, feature=None):
        return sorted({case["id"] for case in self.users[rule] if feature in (None, case["feature"])})

    def resting_rules(self):
        return [rule for rule in self.users if rule not in NOT_MISSED and
                {case["feature"] for case in self.users[rule]} <= set(RESTING)]

    def test_rules_without_a_case_have_a_reason(self):
        self.assertEqual(sorted(NO_CASE), sorted(set(self.record.target["rules"]) - set(self.users)))
        self.assertLessEqual(set(NOT_MISSED), set(self.users), "a reason for a rule that is not there or not used")

    def test_each_rule_is_missed_by_a_case(self):
        cases = {rule: self.ids(rule)[:FEW] for rule in self.resting_rules()}
        cases.update({rule: self.ids(rule, feature) for rule, feature in SHARED_RULES.items()})
        self.assertGreater(len(cases), 8)
        groups = self.group(cases)
        for group, changed in zip(groups, self.run_each(groups)):
            red = {key[0] for key, (_, after) in changed.items() if after[0] not in ("pass", "unknown")}
            for rule, ids in group.items():
                with self.subTest(rule=rule):
                    self.assertTrue(red & set(ids), f"without the rule none of these turns red: {', '.join(ids)}")

    @unittest.skipUnless(LONG, "CRDBCHECK_LONG=1 runs it")
    def test_every_rule(self):
        print(f"\nno case uses: {', '.join(r for r in self.record.target['rules'] if r not in self.users)}")
        rules = sorted(self.users)
        for rule, changed in zip(rules, self.run_each([{rule: self.ids(rule)} for rule in rules])):
            print(f"{rule}: {len(changed) or 'nothing'} of {len(self.users[rule])} cases changes")
            mine = {(case["id"], case.get("mode", "")) for case in self.users[rule]}
            with self.subTest(rule=rule):
                self.assertLessEqual(set(changed), mine, "cases changed that had not used the rule")


class Options(TargetTest):
    def setUp(self):
        super().setUp()
        self.environment["CRDBCHECK_HOME"] = str(ROOT)

    def test_an_unknown_rule_is_exit_2_with_the_nearest(self):
        result = self.run_cases("--target", "cockroach-sim", "--without-rule", "serial column")
        self.assert_exit(2, result)
        self.assertIn("did you mean 'serial columns'?", result.stderr)

    def test_a_rule_needs_the_simulation(self):
        result = self.run_cases("--target", "postgres", "--without-rule", "serial columns")
        self.assert_exit(2, result)
        self.assertIn("--target cockroach-sim", result.stderr)

    def test_a_rule_that_is_out_is_told_and_repeated(self):
        self.assert_exit(0, self.run_cases("--target", "cockroach-sim", "--without-rule", "serial columns",
                                           "--without-rule", "set constraints"))
        record = Record(self.out)
        self.assertIn("the rule 'serial columns' was taken out of the profile", record.target["notes"])
        for case in record.cases:
            self.assertIn("--without-rule 'serial columns' --without-rule 'set constraints'", case["repeat"])

    def test_an_unknown_profile_is_exit_2(self):
        result = self.run_cases("--target", "cockroach-sim", "--profile", "19.9")
        self.assert_exit(2, result)
        self.assertIn("19.9.yaml", result.stderr)


class Serve(TargetTest):
    def setUp(self):
        super().setUp()
        self.environment["CRDBCHECK_HOME"] = str(ROOT)

    def test_psql_through_it_until_sigterm(self):
        process, url = self.serve("cockroach-sim", "--profile", "24.3")
        self.assertRegex(url, r"^postgresql://root@127\.0\.0\.1:\d+/defaultdb\?sslmode=disable$")
        self.assertRegex(self.psql(url, "select version()"), r"^CockroachDB CCL v24\.3.*simulated by crdbcheck")
        self.assertRegex(self.psql(url, "show crdb_version"), r"^CockroachDB CCL v24\.3")
        first, second = (int(self.psql(url, "select unique_rowid()")) for _ in range(2))
        self.assertTrue(2 ** 53 < first < second < 2 ** 63, (first, second))
        refused = subprocess.run(["psql", url, "-XAtq", "-v", "VERBOSITY=verbose", "-c", "create table t (p polygon)"],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("0A000", refused.stderr)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(60))

    def answers(self, url, *statements):
        """What psql says to each statement of one session: lines of errors, their fields and rows."""
        result = subprocess.run(["psql", url, "-XAtq", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never"],
                                input=";\n".join(statements) + ";\n", stderr=subprocess.STDOUT, stdout=subprocess.PIPE,
                                text=True, check=False)
        return result.stdout

    def test_violations_are_told_with_expressions_and_types(self):
        process, url = self.serve("cockroach-sim")
        self.psql(url, "create table p (id int primary key, name varchar(9) unique, n int check (n < 10))")
        self.psql(url, "create table c (id int primary key, name varchar(9) references p (name))")
        self.psql(url, "insert into p values (1, '12, 3', 1)")
        self.assertIn("23505: duplicate key value violates unique constraint \"p_name_key\"\n"
                      "DETAIL:  Key (name)=('12, 3') already exists.\n",
                      self.answers(url, "insert into p values (2, '12, 3', 1)"))
        self.assertIn("23503: insert on table \"c\" violates foreign key constraint \"c_name_fkey\"\n"
                      "DETAIL:  Key (name)=('5') is not present in table \"p\".\n",
                      self.answers(url, "insert into c values (1, '5')"))
        # Also in a transaction, which is aborted by then; but not of a table that it has made itself.
        told = self.answers(url, "begin", "insert into p values (2, 'b', 11)", "rollback",
                            "begin", "create table own (a int constraint small check (a < 5))", "insert into own values (6)")
        self.assertIn("23514: failed to satisfy CHECK constraint (n < 10:::INT8)\n", told)
        self.assertIn("23514: failed to satisfy CHECK constraint (small)\n", told)
        # Nobody stays connected.
        self.psql(url, "create database other")
        other = url.replace("/defaultdb", "/other")
        self.psql(other, "create table p (id int primary key)")
        self.assertIn("Key (id)=(1) already exists.", self.answers(other, "insert into p values (1), (1)"))
        self.psql(url, "drop database other")
        process.terminate()
        process.wait()

    def test_errors_of_the_parser_come_before_the_aborted_transaction(self):
        process, url = self.serve("cockroach-sim")
        told = self.answers(url, "begin", "select nothing", "truncate t restart identity", "create table t (p point)",
                            "drop type t cascade", "rollback", "select 'after'")
        self.assertEqual(["42703", "42601", "0A000", "25P02"], re.findall(r"ERROR:  (\w{5}):", told))
        self.assertTrue(told.endswith("after\n"), told)
        process.terminate()
        process.wait()

    def test_the_port_can_be_chosen(self):
        process, url = self.serve("cockroach-sim")
        port = url.split(":")[-1].split("/")[0]
        process.send_signal(signal.SIGINT)
        self.assertEqual(0, process.wait(60))
        process, url = self.serve("cockroach-sim", "--port", port)
        self.assertIn(f":{port}/", url)
        self.assertEqual("1", self.psql(url, "select 1"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(60))

    def test_sigkill_leaves_nothing(self):
        process, url = self.serve("cockroach-sim")
        process.kill()
        process.wait()
        self.assert_nothing_left()
        with self.assertRaises(subprocess.CalledProcessError):
            self.psql(url, "select 1")

    def test_an_unknown_profile_is_a_clear_error(self):
        result = self.run_program("serve", "--target", "cockroach-sim", "--profile", "19.9")
        self.assert_exit(2, result)
        self.assertIn("19.9.yaml", result.stderr)

    def test_as_target_cockroach_it_is_simulated_all_the_same(self):
        process, url = self.serve("cockroach-sim")
        result = self.run_cases("--target", f"cockroach={url}")
        self.assert_exit(0, result)
        record = Record(self.out)
        self.assertEqual(("cockroach", "url", "simulated"),
                         tuple(record.target[key] for key in ("kind", "how", "evidence")))
        self.assertEqual({"simulated"}, {case["evidence"] for case in record.cases})
        self.assertIn("**simulated**, decides nothing", (self.out / "matrix.md").read_text())
        process.terminate()
        process.wait()

    def test_as_target_postgres_it_is_refused(self):
        process, url = self.serve("cockroach-sim")
        self.assert_exit(2, self.run_cases("--target", f"postgres={url}"))
        process.terminate()
        process.wait()


def update():
    program.PROGRAM = os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="crdbcheck-test.") as name:
        result = run_suite(name)
        print(result.stdout, result.stderr, sep="\n")
        if result.returncode not in (0, 1):
            sys.exit(f"nothing is written: the run ended with {result.returncode}")
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text("".join(golden_lines(Record(pathlib.Path(name)))))
    print(f"{GOLDEN} is written")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    if sys.argv[1:2] == ["--update"] and len(sys.argv) == 3:
        update()
    else:
        program.main()
