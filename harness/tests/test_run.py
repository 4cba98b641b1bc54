"""Runs on a private PostgreSQL (ORM_TEST_URL): results, deadlines, crashes, signals, isolation, what is left behind."""
import contextlib
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import subprocess
import time

import program
from program import BAD, COUNT_ONE, CREATE, GOOD, HEAD, SLEEPS, SLOW, ProgramTest, case, children, wait_for

URL = os.environ["ORM_TEST_URL"]
TARGET = ["--target", f"postgres={URL}"]


def psql(sql, url=URL):
    return subprocess.run(["psql", url, "-XAtqc", sql], capture_output=True, text=True, check=True).stdout.split()


def drop_by_hand(database):
    (owner,) = psql("select rolname from pg_roles r join pg_database d on d.datdba = r.oid "
                    f"where datname = '{database}'")
    psql(f"drop database {database} with (force)")
    psql(f"drop role if exists {owner}")


class RunTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.assert_nothing_left)

    def assert_nothing_left(self):
        self.assertEqual([], psql("select datname from pg_database where datname like 'crdbcheck%'"))
        self.assertEqual([], psql("select rolname from pg_roles where rolname like 'crdbcheck%'"))
        self.assertEqual([], list(self.temp.iterdir()))

    def record(self):
        return [json.loads(line) for line in (self.out / "run.jsonl").read_text().splitlines()]

    def statuses(self):
        return {line["id"]: line["status"] for line in self.record() if "status" in line and "id" in line}

    def assert_reports(self):
        for name in ("run.jsonl", "junit.xml", "matrix.md"):
            self.assertTrue((self.out / name).is_file(), name)


class Console(RunTest):
    def run_on_terminal(self, term):
        try:
            master, slave = os.openpty()
        except OSError as error:
            self.skipTest(f"no terminal can be had here: {error}")
        self.environment["TERM"] = term
        process = subprocess.Popen(self.arguments("run", *self.suite(), "--out", str(self.out), *TARGET), stdout=slave,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment)
        os.close(slave)
        output = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error
            while part := os.read(master, 4096):
                output += part
        os.close(master)
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual(0, process.returncode)
        return output.decode()

    def test_a_dumb_terminal_gets_plain_lines(self):
        self.write_cases(GOOD)
        self.assertIn("\033[K", self.run_on_terminal("xterm"))
        output = self.run_on_terminal("dumb")
        self.assertNotIn("\033", output)
        self.assertIn("postgres things: 1 pass", output)
        self.assertIn("DONE 1 case: 1 pass", output)

    def test_two_files_of_a_feature_are_named(self):
        self.write_cases(GOOD)
        self.write_cases(GOOD.replace("id: good", "id: better"), name="more.yaml")
        result = self.run_cases(*TARGET)
        self.assert_exit(0, result)
        self.assertIn("postgres things (things.yaml): 1 pass\n", result.stdout)
        self.assertIn("postgres things (more.yaml): 1 pass\n", result.stdout)
        self.assertIn("2 cases in 2 files, 1 feature with", self.run_program("validate", *self.suite()).stdout)


class Results(RunTest):
    def test_all_as_expected_is_exit_0(self):
        self.write_cases(GOOD)
        result = self.run_cases(*TARGET)
        self.assert_exit(0, result)
        self.assertEqual({"things/good": "pass"}, self.statuses())
        self.assert_reports()
        for name in ("run.jsonl", "junit.xml", "matrix.md"):
            self.assertIn(str(self.out / name), result.stdout)

    def test_an_unexpected_result_is_exit_1(self):
        self.write_cases(GOOD, BAD)
        result = self.run_cases(*TARGET)
        self.assert_exit(1, result)
        self.assertEqual({"things/good": "pass", "things/bad": "fail"}, self.statuses())
        self.assertIn("things/bad", result.stdout)

    def test_the_command_that_repeats_a_case_repeats_it(self):
        self.write_cases(GOOD, BAD)
        self.run_cases(*TARGET)
        (repeat,) = [line["repeat"] for line in self.record() if line.get("id") == "things/bad"]
        result = subprocess.run(["bash", "-c", f"{repeat} --out {self.out}"], capture_output=True, text=True,
                                env=self.environment, timeout=program.PATIENCE)
        self.assert_exit(1, result)
        self.assertEqual({"things/bad": "fail"}, self.statuses())

    def test_the_command_repeats_preset_and_mode(self):
        modes = "feature: things\nmodes:\n  other: {protocol: extended}\n"
        for preset in ("mikroorm", "native"):
            self.write_cases(BAD, head=HEAD.replace("feature: things\n", modes))
            self.run_cases(*TARGET, "--preset", preset)
            (repeat,) = [line["repeat"] for line in self.record() if line.get("id") == "things/bad"]
            self.assertEqual(1 if preset == "native" else 0, repeat.count("--preset"), repeat)
            result = subprocess.run(["bash", "-c", f"{repeat} --out {self.out}"], capture_output=True, text=True,
                                    env=self.environment, timeout=program.PATIENCE)
            self.assert_exit(1, result)
            self.assertEqual(preset, self.record()[0]["preset"])

    def test_the_command_quotes_a_connection_string(self):
        self.write_cases(BAD)
        folder = re.search("host=([^&]*)", URL).group(1)
        target = f"postgres=host='{folder}' user='postgres' dbname=postgres application_name='a b'"
        self.run_cases("--target", target)
        (repeat,) = [line["repeat"] for line in self.record() if line.get("id") == "things/bad"]
        self.assertEqual(target, shlex.split(repeat)[3])

    def test_unknown_fails_only_when_strict(self):
        self.write_cases(GOOD.replace("outcome: {", "outcome: {postgres: {unknown: who knows}, "))
        self.assert_exit(0, self.run_cases(*TARGET))
        self.assertEqual({"things/good": "unknown"}, self.statuses())
        self.assert_exit(1, self.run_cases(*TARGET, "--strict"))

    def test_modes_run_a_file_again_and_requires_skips(self):
        modes = ("feature: things\nmodes:\n  simple: {protocol: simple}\n"
                 "  small: {protocol: extended, batch: fast, batch_size: 2}\n")
        skipped = case("skipped", CREATE, "    requires: {platform: cockroach, reason: only there}\n")
        self.write_cases(GOOD, skipped, head=program.HEAD.replace("feature: things\n", modes))
        self.assert_exit(0, self.run_cases(*TARGET))
        seen = sorted((line["id"], line["mode"], line["status"]) for line in self.record() if line.get("id"))
        self.assertEqual([("things/good", "simple", "pass"), ("things/good", "small", "pass"),
                          ("things/skipped", "simple", "skipped"), ("things/skipped", "small", "skipped")], seen)

    def test_one_of_two_targets_that_is_missing_is_exit_5(self):
        self.write_cases(GOOD)
        result = self.run_cases(*TARGET, "--target", "cockroach=postgresql://root@127.0.0.1:1/defaultdb")
        self.assert_exit(5, result)
        lines = [line for line in self.record() if line["type"] == "case"]
        self.assertEqual({"postgres": ("pass", "works"), "cockroach": ("not-run", "unknown")},
                         {line["target"]: (line["status"], line["expected"]) for line in lines})
        self.assertEqual(["the target could not be reached"],
                         [line["reason"] for line in lines if line["target"] == "cockroach"])
        complaints = [line for line in result.stderr.splitlines() if not line.startswith(" ")]
        self.assertEqual(1, len(complaints), result.stderr)
        self.assert_reports()

    def test_another_kind_of_server_is_exit_2(self):
        self.write_cases(GOOD)
        self.assert_exit(2, self.run_cases("--target", f"cockroach={URL}&port=5432"))

    def test_a_mode_that_sends_other_sql_is_no_evidence_about_the_preset(self):
        head = HEAD.replace("feature: things\n", "feature: things\nmodes:\n  two: {batch_size: 2}\n  other: {protocol: extended}\n")
        self.write_cases(GOOD, head=head)
        self.assert_exit(0, self.run_cases(*TARGET))
        presets = {line["mode"]: line["preset"] for line in self.record() if line["type"] == "case"}
        self.assertEqual({"two": "mikroorm", "other": "mikroorm (changed by modes)"}, presets)

    def test_fail_fast_leaves_the_rest(self):
        self.write_cases(BAD, GOOD)
        result = self.run_cases(*TARGET, "--fail-fast", "-j", "1")
        self.assert_exit(1, result)
        self.assertEqual({"things/good": "not-run", "things/bad": "fail"}, self.statuses())

    def test_both_presets(self):
        self.write_cases(GOOD)
        for preset in ("mikroorm", "native"):
            self.assert_exit(0, self.run_cases(*TARGET, "--preset", preset))
            self.assertEqual(preset, self.record()[0]["preset"])

    def test_reports_are_made_again_from_a_record(self):
        self.write_cases(GOOD)
        self.run_cases(*TARGET)
        again = self.folder / "again"
        junit = (self.out / "junit.xml").read_text()
        report = ["report", str(self.out / "run.jsonl"), "--features", str(self.features), "--out"]
        self.assert_exit(0, self.run_program(*report, str(again)))
        self.assertEqual(junit, (again / "junit.xml").read_text())
        # Into the record's own folder: the record stays.
        self.assert_exit(0, self.run_program(*report, str(self.out)))
        self.assertEqual({"things/good": "pass"}, self.statuses())

    def test_reports_of_a_record_without_footer_are_incomplete(self):
        self.write_cases(GOOD)
        self.run_cases(*TARGET)
        cut = self.folder / "cut.jsonl"
        lines = (self.out / "run.jsonl").read_text().splitlines(keepends=True)
        cut.write_text("".join(lines[:-1]))
        again = self.folder / "again"
        for records in ([str(cut)], [str(self.out / "run.jsonl"), str(cut)]):
            result = self.run_program("report", *records, "--features", str(self.features), "--out", str(again))
            self.assert_exit(6, result)
            self.assertIn("cut.jsonl is incomplete", result.stderr)
            self.assertTrue((again / "junit.xml").is_file() and (again / "matrix.md").is_file())


class Isolation(RunTest):
    def test_tables_are_emptied_between_cases(self):
        self.write_cases(*(case(f"case-{i}", CREATE + [COUNT_ONE]) for i in range(3)))
        self.assert_exit(0, self.run_cases(*TARGET, "-j", "1"))

    def test_rows_that_point_in_circles_are_deleted(self):
        name = "      name: {type: string}\n"
        boss = "      boss: {type: many-to-one, target: Thing, nullable: true, delete_rule: restrict}\n"
        head = program.HEAD.replace(name, name + boss)
        steps = ["- create: {entity: Thing, data: {name: a}, as: a}",
                 '- create: {entity: Thing, data: {name: b, boss: "${a}"}}',
                 "- flush: {}", '- sql: {query: "select count(*) from thing", rows: [[2]]}']
        self.write_cases(case("one", steps), case("two", steps), head=head)
        self.assert_exit(0, self.run_cases(*TARGET, "-j", "1"))

    def test_a_case_that_changes_the_schema_is_an_error_and_harms_nobody(self):
        self.write_cases(case("changes", ['- sql: {query: "alter table thing add column more int not null"}']), GOOD)
        result = self.run_cases(*TARGET, "-j", "1")
        self.assert_exit(1, result)
        self.assertEqual({"things/changes": "error", "things/good": "pass"}, self.statuses())
        self.assertIn("isolation: case", result.stdout)

    def test_isolation_case_has_a_database_of_its_own(self):
        changes = '- sql: {query: "alter table thing add column more int"}'
        own = "    isolation: case\n"
        self.write_cases(case("one", [changes], own), case("two", [changes], own), GOOD)
        self.assert_exit(0, self.run_cases(*TARGET))

    def test_session_settings_do_not_live_on(self):
        self.write_cases(case("sets", ['- sql: {query: "set search_path to nowhere"}']), GOOD)
        self.assert_exit(0, self.run_cases(*TARGET, "-j", "1"))

    def test_many_workers(self):
        self.write_cases(*(case(f"own-{i}", CREATE + [COUNT_ONE], "    isolation: case\n") for i in range(8)), GOOD)
        self.assert_exit(0, self.run_cases(*TARGET, "-j", "4"))
        self.assertEqual({"pass"}, set(self.statuses().values()))

    def test_keep_db_keeps_and_says_where(self):
        self.write_cases(GOOD)
        result = self.run_cases(*TARGET, "--keep-db")
        (name,) = set(re.findall(r"kept database (\w+)", result.stdout))
        try:
            self.assertEqual(["1"], psql("select count(*) from thing", URL.replace("/postgres?", f"/{name}?")))
        finally:
            drop_by_hand(name)


class Trouble(RunTest):
    def worker_of(self, process):
        """The worker that is at its case: it sleeps in the server by then."""
        wait_for(lambda: psql("select 1 from pg_stat_activity "
                              "where query like '%pg_sleep%' and pid <> pg_backend_pid()"))
        return children(process.pid)[-1]

    def test_a_hang_costs_one_case(self):
        self.write_cases(SLEEPS, GOOD)
        begin = time.monotonic()
        result = self.run_cases(*TARGET, "--timeout", "4", "-j", "1")
        self.assertLess(time.monotonic() - begin, 55)
        self.assert_exit(1, result)
        self.assertEqual({"things/sleeps": "timeout", "things/good": "pass"}, self.statuses())
        (repeat,) = [line.get("repeat", "") for line in self.record() if line.get("status") == "timeout"]
        self.assertTrue(repeat.endswith(" things/sleeps"), repeat)
        self.assertIn(f"repeat: {repeat}", result.stdout)

    def test_a_crash_costs_one_case(self):
        self.write_cases(SLEEPS, GOOD)
        process = self.start(*TARGET, "-j", "1")
        os.kill(self.worker_of(process), signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=program.PATIENCE)
        self.assertEqual(1, process.returncode, stderr)
        self.assertEqual({"things/sleeps": "crash", "things/good": "pass"}, self.statuses())
        self.assertIn("SIGKILL", stdout)

    def test_a_crash_that_a_sanitizer_catches_is_a_crash(self):
        # There the handler of SIGSEGV ends the process with an exit code.
        self.write_cases(SLEEPS, GOOD)
        process = self.start(*TARGET, "-j", "1")
        os.kill(self.worker_of(process), signal.SIGSEGV)
        _, stderr = process.communicate(timeout=program.PATIENCE)
        self.assertEqual(1, process.returncode, stderr)
        self.assertEqual({"things/sleeps": "crash", "things/good": "pass"}, self.statuses())

    def test_a_run_whose_reports_cannot_be_written_is_exit_6(self):
        self.write_cases(SLOW)
        process = self.start(*TARGET, "--target", "cockroach=postgresql://root@127.0.0.1:1/defaultdb")
        self.worker_of(process)
        (self.out / "matrix.md").mkdir()
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual(6, process.returncode)

    def test_cases_for_which_there_is_no_process_are_exit_6(self):
        self.write_cases(SLOW)
        self.write_cases(GOOD, name="zebra.yaml")
        process = self.start(*TARGET, "-j", "1")
        self.worker_of(process)
        # What the first worker frees is enough for files, but not for the two pipes of a second one.
        most = max(int(name) for name in os.listdir(f"/proc/{process.pid}/fd")) + 1
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual({"things/slow": "pass", "things/good": "not-run"}, self.statuses())
        self.assertEqual(6, process.returncode)

    def interrupt(self, number):
        self.write_cases(SLEEPS, GOOD)
        process = self.start(*TARGET, "-j", "1")
        worker = self.worker_of(process)
        process.send_signal(number)
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual(128 + number, process.returncode)
        self.assertEqual({"things/sleeps": "not-run", "things/good": "not-run"}, self.statuses())
        self.assert_reports()
        self.assertFalse(pathlib.Path(f"/proc/{worker}").exists())

    def test_ctrl_c(self):
        self.interrupt(signal.SIGINT)

    def test_sigterm(self):
        self.interrupt(signal.SIGTERM)

    def test_a_terminal_that_closes(self):
        self.interrupt(signal.SIGHUP)

    def test_nohup(self):
        self.write_cases(SLOW)
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            process = self.start(*TARGET)
        finally:
            signal.signal(signal.SIGHUP, before)
        self.worker_of(process)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual(0, process.returncode)

    def test_a_service_that_is_not_there_plays_no_part(self):
        self.write_cases(GOOD)
        self.environment["PGSERVICE"] = "not_there"
        self.assert_exit(0, self.run_cases(*TARGET))

    def test_workers_do_not_outlive_the_program(self):
        self.write_cases(SLEEPS)
        process = self.start(*TARGET)
        worker = self.worker_of(process)
        process.kill()
        process.communicate()
        wait_for(lambda: not pathlib.Path(f"/proc/{worker}").exists())
        # Nobody is left to clean a foreign server; here the test does it.
        for name in psql("select datname from pg_database where datname like 'crdbcheck%'"):
            drop_by_hand(name)

    def test_two_runs_at_once(self):
        self.write_cases(SLOW, GOOD)
        process = self.start(*TARGET)
        self.worker_of(process)
        other = self.run_program("run", *self.suite(), "--out", str(self.folder / "other"), *TARGET)
        self.assert_exit(0, other)
        same = self.run_cases(*TARGET)
        if process.poll() is None:
            self.assert_exit(2, same)
        process.communicate(timeout=program.PATIENCE)
        self.assertEqual(0, process.returncode)

    def test_no_password_in_anything(self):
        psql("create role crdbcheck_pw superuser login password 's3cretword'")
        self.addCleanup(psql, "drop role crdbcheck_pw")
        url = URL.replace("postgresql:///", "postgresql://crdbcheck_pw:s3cretword@/").replace("&user=postgres", "")
        self.write_cases(SLOW, BAD)
        process = self.start("--target", f"postgres={url}", "--verbose")
        worker = self.worker_of(process)
        for pid in (process.pid, worker):
            self.assertNotIn(b"s3cretword", pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        stdout, stderr = process.communicate(timeout=program.PATIENCE)
        self.assertEqual(1, process.returncode, stderr)
        self.assertIn("warning", stderr)
        self.assertNotIn("s3cretword", stdout + stderr)
        for path in self.folder.rglob("*"):
            if path.is_file():
                self.assertNotIn("s3cretword", path.read_text(), path)
        self.assert_exit(0, self.run_program("report", str(self.out / "run.jsonl"), "--features", str(self.features),
                                             "--out", str(self.folder / "again")))


class OwnServer(ProgramTest):
    """Servers that the program starts: nothing of them is left, whatever happens."""

    def left(self):
        return list(self.temp.iterdir())

    def server_of(self, process):
        """The folder and the postmaster of the server that the program started."""
        def find():
            for pid in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    words = (pid / "cmdline").read_bytes().split(b"\0")
                    parents = (pid / "status").read_text()
                except OSError:
                    continue
                if words[0].endswith(b"/postgres") and b"-D" in words:
                    keeper = int(re.search(r"PPid:\s+(\d+)", parents)[1])
                    if keeper in children(process.pid):
                        return int(pid.name)
            return None
        return wait_for(find)

    def test_a_run_leaves_nothing(self):
        self.write_cases(GOOD)
        self.assert_exit(0, self.run_cases("--target", "postgres"))
        self.assertEqual([], self.left())

    def kill_the_server_of(self, target, first):
        self.write_cases(case("first", ["- flush: {}"], "    isolation: case\n"), SLEEPS, GOOD)
        process = self.start("--target", target, "-j", "1")
        server = self.server_of(process)
        wait_for(lambda: (self.out / "run.jsonl").exists() and "things/first" in (self.out / "run.jsonl").read_text())
        time.sleep(1)
        os.kill(server, signal.SIGQUIT)
        stdout, stderr = process.communicate(timeout=program.PATIENCE)
        self.assertEqual(6, process.returncode, stdout + stderr)
        self.assertIn("went away", stderr)
        record = (self.out / "run.jsonl").read_text()
        statuses = {line["id"]: line["status"] for line in map(json.loads, record.splitlines()) if "status" in line}
        self.assertEqual(first, statuses["things/first"])
        self.assertEqual("not-run", statuses["things/good"])
        self.assertTrue((self.out / "junit.xml").is_file() and (self.out / "matrix.md").is_file())
        wait_for(lambda: not self.left())

    def test_a_server_that_dies_is_exit_6_with_reports(self):
        self.kill_the_server_of("postgres", first="pass")

    def test_a_server_that_dies_behind_the_simulation_is_exit_6_with_reports(self):
        # The proxy still answers then, and refuses.
        self.kill_the_server_of("cockroach-sim", first="unknown")

    def test_serve_prints_a_url_and_ends_cleanly(self):
        process = subprocess.Popen(self.arguments("serve", "--target", "postgres"), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        url = process.stdout.readline().strip()
        self.assertEqual(["1"], psql("select 1", url))
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        self.assertEqual(0, process.returncode)
        self.assertEqual([], self.left())

    def test_a_killed_run_leaves_no_server(self):
        self.write_cases(SLEEPS)
        process = self.start("--target", "postgres")
        server = self.server_of(process)
        process.kill()
        wait_for(lambda: not pathlib.Path(f"/proc/{server}").exists())
        wait_for(lambda: not self.left())


if __name__ == "__main__":
    if shutil.which("psql") is None:
        raise SystemExit("psql is needed: apt-get install postgresql-client")
    program.main()
