"""How servers are got: a private PostgreSQL, a `cockroach` on PATH (a stand-in here), URLs; and what is left behind."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import program
from program import CREATE, GOOD, SLOW, ProgramTest, case, wait_for

STAND_IN = pathlib.Path(__file__).with_name("stand-in").resolve()

# What the role of the cases may not be; one row, for both kinds of server.
ROLE = case("role", [
    '- sql: {query: "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user", '
    'rows: [[false, false, false]]}',
    '- sql: {query: "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member '
    'where r.rolname = current_user", rows: [[0]]}',
    '- sql: {query: "create database other", error: {sqlstate: "42501"}}',
    '- sql: {query: "create role other", error: {sqlstate: "42501"}}',
    '- sql: {query: "copy (select 1) to program \'true\'", error: {sqlstate: "42501"}}',
])


def processes_with(text):
    """Ids of the processes whose command line holds the text."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if text in (entry / "cmdline").read_text(errors="replace"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


class TargetTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write_cases(GOOD)
        self.addCleanup(self.assert_nothing_left)

    def assert_nothing_left(self):
        try:
            wait_for(lambda: not list(self.temp.iterdir()) and not processes_with(str(self.temp)))
        except AssertionError:
            self.fail(f"left: {list(self.temp.iterdir())}, processes {processes_with(str(self.temp))}")

    def with_stand_in(self, **environment):
        self.environment["PATH"] = f"{STAND_IN}:{self.environment['PATH']}"
        self.environment.update(environment)

    def without_cockroach(self):
        """PATH without any folder that holds a `cockroach`."""
        folders = [f for f in self.environment["PATH"].split(":") if f and not shutil.which("cockroach", path=f)]
        self.environment["PATH"] = ":".join(folders)

    def serve(self, target, *options):
        process = subprocess.Popen(self.arguments("serve", "--target", target, *options), stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, env=self.environment)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        url = process.stdout.readline().strip()
        self.assertTrue(url.startswith("postgresql://"), url)
        return process, url

    def psql(self, url, sql):
        return subprocess.run(["psql", url, "-XAtqc", sql], capture_output=True, text=True, check=True).stdout.strip()

    def header(self):
        return json.loads((self.out / "run.jsonl").read_text().splitlines()[0])


class Postgres(TargetTest):
    def test_serve_keeps_a_server_until_sigterm(self):
        process, url = self.serve("postgres")
        self.assertRegex(self.psql(url, "select version()"), "^PostgreSQL ")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(60))

    def test_the_folder_is_private_and_the_server_unprivileged(self):
        process, url = self.serve("postgres")
        (folder,) = self.temp.iterdir()
        self.assertEqual(0o700, folder.stat().st_mode & 0o777)
        if os.geteuid() == 0:
            self.assertNotEqual(0, folder.stat().st_uid)
            for pid in processes_with(str(folder / "data")):
                self.assertNotEqual(0, os.stat(f"/proc/{pid}").st_uid)
        self.assertEqual("off", self.psql(url, "show fsync"))
        self.assertEqual("", self.psql(url, "show listen_addresses"))
        process.send_signal(signal.SIGINT)
        self.assertEqual(0, process.wait(60))

    def test_sigkill_leaves_neither_server_nor_folder(self):
        process, url = self.serve("postgres")
        process.kill()
        process.wait()
        self.assert_nothing_left()
        with self.assertRaises(subprocess.CalledProcessError):
            self.psql(url, "select 1")

    def test_a_killed_server_ends_serve(self):
        process, _ = self.serve("postgres")
        (folder,) = self.temp.iterdir()
        postmaster = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGQUIT)
        self.assertEqual(6, process.wait(60))

    def test_a_server_that_refuses_before_it_goes_is_gone(self):
        process, url = self.serve("postgres")
        (folder,) = self.temp.iterdir()
        postmaster = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        self.write_cases(SLOW, *(case(f"own-{i}", CREATE, "    isolation: case\n") for i in range(3)))
        guest = subprocess.Popen(["psql", url, "-XAtqc", "select pg_sleep(61)"], stderr=subprocess.DEVNULL)
        self.addCleanup(guest.wait)
        run = self.start("--target", f"postgres={url}", "-j", "1")
        wait_for(lambda: self.psql(url, "select count(*) from pg_stat_activity where query in ('select pg_sleep(2)', "
                                   "'select pg_sleep(61)')") == "2")
        os.kill(postmaster, signal.SIGTERM)  # nobody is let in, and it waits for those who are there
        wait_for(lambda: '"things/slow"' in (self.out / "run.jsonl").read_text())
        time.sleep(1)
        os.kill(postmaster, signal.SIGQUIT)
        stdout, stderr = run.communicate(timeout=program.PATIENCE)
        self.assertEqual(6, run.returncode, stdout + stderr)
        lines = [json.loads(line) for line in (self.out / "run.jsonl").read_text().splitlines()]
        self.assertEqual(["pass", *["not-run"] * 3], [line["status"] for line in lines if line["type"] == "case"])
        self.assertEqual(6, process.wait(60))

    def test_a_deep_folder_for_temporary_files_is_passed_over(self):
        # The path of a unix socket has room for some hundred characters only.
        # Also of one that has just room enough for the folder, but not for all sockets in it.
        for length in (120, 67 - len(f"{self.folder}/")):
            deep = self.folder / ("d" * length)
            deep.mkdir(mode=0o777)
            self.environment["TMPDIR"] = str(deep)
            self.assert_exit(0, self.run_cases("--target", "cockroach-sim"))
            self.assertEqual([], list(deep.iterdir()))

    def test_a_folder_for_temporary_files_that_is_no_use_is_passed_over(self):
        # A server that root starts runs as somebody else, who must get there.
        shut = self.folder / "shut"
        (shut / "inside").mkdir(parents=True)
        for folder, mode in ((shut / "inside", 0o700), (shut, 0o700), (shut / "none", 0o755), (shut, 0o500)):
            shut.chmod(mode)
            self.environment["TMPDIR"] = str(folder)
            self.assert_exit(0, self.run_cases("--target", "postgres"))
        shut.chmod(0o700)
        self.assertEqual([shut / "inside"], list(shut.iterdir()))

    def test_an_odd_folder_for_temporary_files_is_passed_over(self):
        # Such a path would have to be quoted in a URL, in a list of sockets and in settings.
        for name in ("a b", "a,b", "a%41&b=c", "a'b", "ä"):
            odd = self.folder / name
            odd.mkdir()
            self.environment["TMPDIR"] = str(odd)
            self.assert_exit(0, self.run_cases("--target", "postgres"))
            self.assertEqual([], list(odd.iterdir()))

    def test_cases_have_an_unprivileged_role(self):
        self.write_cases(ROLE)
        self.assert_exit(0, self.run_cases("--target", "postgres"))

    def test_libpq_environment_plays_no_part(self):
        self.environment.update(PGHOST="/nowhere", PGPORT="1", PGUSER="nobody-knows", PGDATABASE="nothing",
                                PGOPTIONS="-c default_transaction_read_only=on")
        self.assert_exit(0, self.run_cases("--target", "postgres"))

    def test_the_record_says_what_ran(self):
        self.assert_exit(0, self.run_cases("--target", "postgres"))
        (target,) = self.header()["targets"]
        self.assertEqual(("postgres", "postgres", "embedded", "live"),
                         (target["name"], target["platform"], target["how"], target["evidence"]))
        self.assertRegex(target["version"], "^PostgreSQL ")


class Cockroach(TargetTest):
    def test_none_on_path_is_exit_5_with_three_ways_to_get_one(self):
        self.without_cockroach()
        result = self.run_cases("--target", "cockroach")
        self.assert_exit(5, result)
        for word in ("download", "docker run", "--target cockroach=", "sslrootcert"):
            self.assertIn(word, result.stdout + result.stderr)

    def test_a_started_node_is_recognised_and_simulated(self):
        self.with_stand_in()
        result = self.run_cases("--target", "cockroach")
        self.assert_exit(0, result)
        (target,) = self.header()["targets"]
        self.assertEqual(("cockroach", "started", "simulated", 24, 3, 0),
                         (target["platform"], target["how"], target["evidence"], target["major"], target["minor"],
                          target["patch"]))
        # PostgreSQL behind the stand-in knows none of the settings: each refusal is tolerated and told.
        self.assertEqual(8, len(target["notes"]))
        for report in ("matrix.md", "junit.xml"):
            self.assertIn("simulated", (self.out / report).read_text())
        self.assertIn("simulated", result.stdout)

    def test_serve_prints_the_port_and_ends_cleanly(self):
        self.with_stand_in()
        process, url = self.serve("cockroach")
        self.assertRegex(url, r"^postgresql://root@127\.0\.0\.1:\d+/defaultdb\?sslmode=disable$")
        self.assertIn("CockroachDB", self.psql(url, "select version()"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(60))

    def test_sigkill_leaves_no_node(self):
        self.with_stand_in()
        process, _ = self.serve("cockroach")
        process.kill()
        process.wait()
        self.assert_nothing_left()

    def test_a_node_that_does_not_start_is_exit_5_with_its_words(self):
        self.with_stand_in(STAND_IN="exit")
        result = self.run_cases("--target", "cockroach")
        self.assert_exit(5, result)
        self.assertIn("the stand-in was told to fail", result.stdout + result.stderr)

    def test_cases_have_an_unprivileged_role(self):
        self.with_stand_in()
        self.write_cases(ROLE.replace("cockroach: {unknown: not tried}", "cockroach: {works: true, source: the stand-in}"))
        self.assert_exit(0, self.run_cases("--target", "cockroach"))

    def test_a_url_may_leave_out_port_and_user(self):
        # 26257 and root, as the page says: nothing listens there, so the message names what was tried.
        result = self.run_cases("--target", "cockroach=postgresql://127.0.0.1/defaultdb?sslmode=disable")
        self.assert_exit(5, result)
        self.assertIn("26257", result.stdout + result.stderr)


class Two(TargetTest):
    def test_two_servers_of_ours_both_end(self):
        # Whatever is started later holds what the earlier one's keeper waits for.
        for targets in (["postgres", "cockroach-sim"], ["cockroach-sim", "postgres"]):
            with self.subTest(targets):
                result = self.run_cases(*(word for name in targets for word in ("--target", name)))
                self.assert_exit(0, result)
                self.assertEqual(targets, [target["name"] for target in self.header()["targets"]])

    def test_sigkill_ends_both(self):
        process = self.start("--target", "postgres", "--target", "cockroach-sim")
        wait_for(lambda: len(list(self.temp.iterdir())) == 2)
        process.kill()
        process.wait()
        self.assert_nothing_left()


class Kinds(TargetTest):
    def test_postgres_posing_as_cockroach_is_exit_2(self):
        process, url = self.serve("postgres")
        result = self.run_cases("--target", f"cockroach={url}")
        self.assert_exit(2, result)
        self.assertIn("PostgreSQL", result.stdout + result.stderr)
        process.terminate()
        process.wait()

    def test_cockroach_as_postgres_is_exit_2(self):
        self.with_stand_in()
        process, url = self.serve("cockroach")
        result = self.run_cases("--target", f"postgres={url}")
        self.assert_exit(2, result)
        self.assertIn("CockroachDB", result.stdout + result.stderr)
        process.terminate()
        process.wait()

    def test_a_stand_in_behind_a_url_is_simulated_all_the_same(self):
        self.with_stand_in()
        process, url = self.serve("cockroach")
        made = "select datname from pg_database union all select rolname from pg_roles order by 1"
        before = self.psql(url, made)
        self.assert_exit(0, self.run_cases("--target", f"cockroach={url}"))
        (target,) = self.header()["targets"]
        self.assertEqual(("url", "simulated"), (target["how"], target["evidence"]))
        self.assertEqual(before, self.psql(url, made))
        process.terminate()
        process.wait()


if __name__ == "__main__":
    program.main()
