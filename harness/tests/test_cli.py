"""The command line without a server: arguments, case files, exit codes 0, 2, 3, 4 and 5."""
import json
import socket
import subprocess

import program
from program import BAD, GOOD, HEAD, ProgramTest


class Arguments(ProgramTest):
    def test_version_and_help_go_to_stdout(self):
        for arguments in (["--version"], ["version"], ["-V"], ["--help"], ["help"], ["help", "run"], ["list", "-h"]):
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assert_exit(0, result)
                self.assertIn("crdbcheck", result.stdout)
                self.assertEqual("", result.stderr)

    def test_help_of_every_command(self):
        commands = [line.split()[0] for line in self.run_program("help").stdout.splitlines() if line.startswith("  ")
                    and not line.lstrip().startswith("-")]
        self.assertIn("validate", commands)
        for command in commands:
            with self.subTest(command):
                result = self.run_program("help", command)
                self.assert_exit(0, result)
                self.assertTrue(result.stdout.startswith(f"usage: crdbcheck {command}"))

    def test_slips_get_the_nearest_word(self):
        self.write_cases(GOOD)
        for arguments, word in (
            (["--strickt"], "--strict"),
            (["--timeot=3"], "--timeout"),
            (["--preset", "mikrorm"], "mikroorm"),
            (["--target", "postgress"], "postgres"),
            (["help", "valdate"], "validate"),
            ([*self.suite(), "lst"], "'list'"),
        ):
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assert_exit(2, result)
                self.assertIn(word, result.stderr)
                self.assertEqual(1, len(result.stderr.splitlines()))

    def test_nonsense_is_exit_2_and_one_line(self):
        for arguments in (["-j", "0"], ["-j", "many"], ["-j"], ["--timeout", "-1"],
                          ["--timeout", "99999999999999999999"], ["-x"], ["--out"], ["--strict=yes"],
                          ["list", "--strict"], ["explain"], ["serve", "x"],
                          ["version", "x"], ["--target", "postgres="], ["--colour", "pink"],
                          ["--target", "postgres", "--target", "postgres"], ["report"], ["report", "/no/such/record"]):
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assert_exit(2, result)
                self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)

    def test_a_password_is_not_repeated_in_complaints(self):
        url = "postgresql://u:s3cret@h/d"
        for arguments in (["--target", f"postgress={url}"], [f"--target=postgres={url}", "--nonsense"], ["help", url],
                          ["-j", url], ["--target", "postgres=host=h password=s3cret", "-x"]):
            with self.subTest(arguments):
                result = self.run_program(*arguments)
                self.assert_exit(2, result)
                self.assertNotIn("s3cret", result.stdout + result.stderr)


class CaseFiles(ProgramTest):
    def test_list_prints_ids_in_order(self):
        self.write_cases(GOOD, BAD)
        result = self.run_program("list", *self.suite())
        self.assert_exit(0, result)
        self.assertEqual(["things/good", "things/bad"], result.stdout.split())
        self.assertEqual("things/bad\n", self.run_program("list", *self.suite(), "*/b*").stdout)

    def test_nothing_selected_is_exit_4(self):
        self.write_cases(GOOD)
        for arguments in (["list", *self.suite(), "other"], ["run", *self.suite(), "things/goood"]):
            result = self.run_program(*arguments)
            self.assert_exit(4, result)
            self.assertEqual("", result.stdout)
        self.assertIn("things/good", result.stderr)

    def test_all_problems_are_listed(self):
        self.write_cases(GOOD, GOOD)
        (self.cases / "broken.yaml").write_text("feature: [")
        (self.cases / "unknown.yaml").write_text(HEAD.replace("things", "thinks") + GOOD)
        for command in ("validate", "run", "list"):
            with self.subTest(command):
                result = self.run_program(command, *self.suite())
                self.assert_exit(3, result)
                for name in ("things.yaml:", "broken.yaml:", "unknown.yaml:", "'things'"):
                    self.assertIn(name, result.stderr)

    def test_missing_files_are_exit_3(self):
        for arguments in (["--cases", "/no/such/file.yaml", "--features", str(self.features)],
                          ["--features", "/no/such/features.yaml"]):
            result = self.run_program("validate", *arguments)
            self.assert_exit(3, result)
            self.assertIn("/no/such/", result.stderr)

    def test_validate_says_what_it_has_seen(self):
        self.write_cases(GOOD, BAD)
        result = self.run_program("validate", *self.suite())
        self.assert_exit(0, result)
        self.assertIn("2 cases in 1 file", result.stdout)

    def test_a_claim_without_a_case_is_told_and_refused_when_strict(self):
        self.write_cases(GOOD)
        with self.features.open("a") as file:
            file.write("      - {id: things-fly, section: one, says: works, text: Things fly.}\n")
        result = self.run_program("validate", *self.suite())
        self.assert_exit(0, result)
        self.assertIn("claims without a proving case: 1 ", result.stdout)
        result = self.run_program("validate", "--strict", *self.suite())
        self.assert_exit(3, result)
        self.assertIn("things-fly", result.stderr)

    def test_explain(self):
        self.write_cases(GOOD, BAD)
        result = self.run_program("explain", *self.suite(), "things/good")
        self.assert_exit(0, result)
        for text in ("things.yaml:", "Things work.", "postgres: works", "cockroach: unknown; not tried", "- create:"):
            self.assertIn(text, result.stdout)
        self.assertNotIn("select 1", result.stdout)
        # A simulation of CockroachDB is judged as CockroachDB is: it has no outcome of its own.
        self.assertNotIn("cockroach-sim:", result.stdout)
        self.assert_exit(4, self.run_program("explain", *self.suite(), "things/god"))

    def test_explain_names_the_step_that_is_to_fail(self):
        fails = '{at: no, sqlstate: "0A000", message: refused}, source: s, reason: r'
        self.write_cases(GOOD.replace("{unknown: not tried}", "{fails: %s}" % fails)
                         .replace("- flush: {}", "- flush: {id: 'no'}"))
        result = self.run_program("explain", *self.suite(), "things/good")
        self.assert_exit(0, result)
        self.assertIn("cockroach: fails at step no (flush) with SQLSTATE 0A000; r\n", result.stdout)

    def test_schema_is_json_and_steps_are_text(self):
        result = self.run_program("schema", "--features", str(self.features))
        self.assert_exit(0, result)
        json.loads(result.stdout)
        result = self.run_program("steps")
        self.assert_exit(0, result)
        self.assertIn("flush", result.stdout)

    def test_home_is_found_by_the_environment(self):
        self.write_cases(GOOD)
        (self.folder / "matrix").mkdir()
        self.features.rename(self.folder / "matrix" / "features.yaml")
        self.environment["CRDBCHECK_HOME"] = str(self.folder)
        self.assertEqual("things/good\n", self.run_program("list").stdout)

    def test_a_reader_that_stops_early_is_no_failure(self):
        self.write_cases(*(program.case(f"case-{i}", ["- flush: {}"]) for i in range(5000)))
        command = " ".join(self.arguments("list", *self.suite()))
        result = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | head -n 1"], capture_output=True,
                                text=True, env=self.environment, timeout=program.PATIENCE)
        self.assert_exit(0, result)
        self.assertEqual("things/case-0\n", result.stdout)
        self.assertEqual("", result.stderr)

    def test_closed_standard_streams_do_no_harm(self):
        self.write_cases(GOOD)
        command = " ".join(self.arguments("run", *self.suite(), "--out", str(self.out)))
        for closed in ("<&- >&- 2>&-", ">&-", "2>&-"):
            result = subprocess.run(["bash", "-c", f"{command} {closed}"], env=self.environment, timeout=program.PATIENCE)
            self.assertEqual(0, result.returncode, closed)
            lines = [json.loads(line) for line in (self.out / "run.jsonl").read_text().splitlines()]
            self.assertEqual(["header", "case", "footer"], [line["type"] for line in lines])

    def test_a_full_disk_is_a_failure(self):
        self.write_cases(GOOD)
        with open("/dev/full", "w") as full:
            result = subprocess.run(self.arguments("list", *self.suite()), stdout=full, stderr=subprocess.PIPE,
                                    text=True, env=self.environment, timeout=program.PATIENCE)
        self.assertEqual(70, result.returncode)


class Unreachable(ProgramTest):
    def test_one_clear_line_and_exit_5(self):
        self.write_cases(*(program.case(f"case-{i}", ["- flush: {}"]) for i in range(60)))
        result = self.run_cases("--target", "postgres=postgresql://u:s3cret@127.0.0.1:1/d", "--connect-timeout", "2")
        self.assert_exit(5, result)
        self.assertEqual("", result.stdout)
        self.assertLessEqual(len(result.stderr.splitlines()), 4, result.stderr)
        self.assertIn("postgres", result.stderr)
        self.assertNotIn("s3cret", result.stderr)
        self.assertEqual([], list(self.out.iterdir()))

    def test_the_connect_timeout_is_the_option_s_or_the_url_s(self):
        self.write_cases(GOOD)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d?sslmode=disable&connect_timeout"
            for options in ([f"postgres={url}=1"], [f"postgres={url}=50", "--connect-timeout", "1"]):
                result = self.run_cases("--target", *options)
                self.assert_exit(5, result)
                self.assertIn("within 1 second", result.stderr)

    def test_no_server_of_a_kind_is_exit_5_with_help(self):
        self.write_cases(GOOD)
        self.environment["PATH"] = "/usr/bin:/bin"
        result = self.run_cases("--target", "cockroach")
        self.assert_exit(5, result)
        self.assertIn("cockroach", result.stderr)

    def test_an_unwritable_folder_is_said_before_anything_runs(self):
        self.write_cases(GOOD)
        for path in ("/dev/null/out", "/proc/out"):
            result = self.run_program("run", *self.suite(), "--out", path, "--target",
                                      "postgres=postgresql://127.0.0.1:1/d")
            self.assert_exit(2, result)
            self.assertIn(path.rsplit("/", 1)[0], result.stderr)


if __name__ == "__main__":
    program.main()
