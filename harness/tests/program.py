"""What the tests of the program share: a folder with case files of its own, and how it is run."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.environ.get("CRDBCHECK_PROGRAM", "build/crdbcheck")
# The end of all patience, in seconds: only a hang reaches it, also on a busy machine and under sanitizers.
PATIENCE = 240

FEATURES = """
page: A page
platform: cockroach
sections:
  - {id: one, title: One}
features:
  - id: things
    title: Things
    claims:
      - {id: things-work, section: one, says: works, text: Things work.}
"""

HEAD = """
feature: things
entities:
  Thing:
    properties:
      id: {type: uuid, primary: true}
      name: {type: string}
cases:
"""


def case(name, steps, extra=""):
    """One case as YAML; `steps` are lines of a YAML list."""
    lines = "".join(f"      {line}\n" for line in steps)
    return (f"  - id: {name}\n    name: {name}\n    proves: [things-work]\n{extra}"
            f"    outcome: {{cockroach: {{unknown: not tried}}}}\n    steps:\n{lines}")


CREATE = ["- create: {entity: Thing, data: {name: a}}", "- flush: {}"]
COUNT_ONE = '- sql: {query: "select count(*) from thing", rows: [[1]]}'
GOOD = case("good", CREATE + [COUNT_ONE])
BAD = case("bad", ['- sql: {query: "select 1", rows: [[2]]}'])
SLEEPS = case("sleeps", ['- sql: {query: "select pg_sleep(60)"}'])
SLOW = case("slow", ['- sql: {query: "select pg_sleep(2)"}'])


def plain_temp():
    """The folder for temporary files; /tmp where $TMPDIR is too deep for sockets, or shut to the servers' own user."""
    root = pathlib.Path(tempfile.gettempdir()).resolve()
    shut = os.geteuid() == 0 and not all(path.stat().st_mode & 0o001 for path in (root, *root.parents))
    return "/tmp" if shut or len(str(root)) > 30 else str(root)


tempfile.tempdir = plain_temp()


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crdbcheck-test."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.features = self.folder / "features.yaml"
        self.features.write_text(FEATURES)
        self.cases = self.folder / "cases"
        self.cases.mkdir()
        self.out = self.folder / "out"
        # Everything that is left in the system's folder for temporary files is found there.
        self.temp = self.folder / "t"
        self.temp.mkdir(mode=0o777)
        self.folder.chmod(0o755)
        self.temp.chmod(0o777)
        self.environment = {**os.environ, "TMPDIR": str(self.temp)}
        for name in ("NO_COLOR", "CLICOLOR_FORCE", "CRDBCHECK_HOME"):
            self.environment.pop(name, None)

    def write_cases(self, *cases, head=HEAD, name="things.yaml"):
        (self.cases / name).write_text(head + "".join(cases))

    def arguments(self, *arguments):
        return [PROGRAM, *arguments]

    def suite(self):
        return ["--cases", str(self.cases), "--features", str(self.features)]

    def run_program(self, *arguments, **options):
        return subprocess.run(self.arguments(*arguments), capture_output=True, text=True, env=self.environment,
                              timeout=PATIENCE, **options)

    def run_cases(self, *arguments):
        return self.run_program("run", *self.suite(), "--out", str(self.out), *arguments)

    def start(self, *arguments):
        process = subprocess.Popen(self.arguments("run", *self.suite(), "--out", str(self.out), *arguments),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def assert_exit(self, code, result):
        self.assertEqual(code, result.returncode, f"{result.stdout}\n{result.stderr}")


def wait_for(condition, seconds=60):
    """The first true value of condition(), asked again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def children(pid):
    """Process ids of the children, oldest first."""
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        global PROGRAM
        PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
