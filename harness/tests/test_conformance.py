"""The project's own cases on a private PostgreSQL, in each preset: all as expected, and reports that hold together."""
import json
import os
import pathlib
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import program
from program import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Conformance(ProgramTest):
    def run_all(self, preset, cases=ROOT / "cases"):
        self.environment["CRDBCHECK_HOME"] = str(ROOT)
        return subprocess.run(
            self.arguments("run", "--preset", preset, "--cases", str(cases), "--features",
                           str(ROOT / "matrix" / "features.yaml"), "--out", str(self.out), "--timeout", "60"),
            capture_output=True, text=True, env=self.environment, timeout=800, check=False)

    def check_reports(self, at_least):
        lines = [json.loads(line) for line in (self.out / "run.jsonl").read_text().splitlines()]
        self.assertEqual(["header", "footer"], [lines[0]["type"], lines[-1]["type"]])
        cases = [line for line in lines if line["type"] == "case"]
        self.assertGreaterEqual(len(cases), at_least)
        self.assertEqual(lines[0]["planned"], len(cases))

        subprocess.run(["xmllint", "--noout", str(self.out / "junit.xml")], check=True)
        suites = ElementTree.parse(self.out / "junit.xml").getroot()
        found = suites.findall("./testsuite/testcase")
        self.assertEqual(len(cases), len(found))
        self.assertEqual(str(len(cases)), suites.get("tests"))
        self.assertEqual(len(found), len({(case.get("classname"), case.get("name")) for case in found}))
        for suite in suites.findall("testsuite"):
            inside = suite.findall("testcase")
            self.assertEqual(str(len(inside)), suite.get("tests"))
            for child in ("failure", "error", "skipped"):
                counter = {"failure": "failures", "error": "errors", "skipped": "skipped"}[child]
                self.assertEqual(str(len(suite.findall(f"testcase/{child}"))), suite.get(counter))

        matrix = (self.out / "matrix.md").read_text()
        features = (ROOT / "matrix" / "features.yaml").read_text()
        for claim in ("uuid-keys-client-generated", "full-example"):
            self.assertIn(claim, features)
            self.assertIn(claim, matrix)
        return cases

    def run_in(self, preset):
        result = self.run_all(preset)
        self.assert_exit(0, result)
        cases = self.check_reports(at_least=100)
        self.assertEqual({"pass"}, {case["status"] for case in cases})
        self.assertEqual({"live"}, {case["evidence"] for case in cases})
        self.assertEqual({preset}, {case["preset"] for case in cases if not case.get("mode")})
        return cases

    def test_preset_mikroorm(self):
        self.run_in("mikroorm")

    def test_preset_native(self):
        self.run_in("native")

    def test_a_wrong_expectation_turns_the_run_red(self):
        text = (ROOT / "cases" / "uuid-keys" / "uuid-keys.yaml").read_text()
        broken = text.replace("rows: [[3]]", "rows: [[4]]")
        self.assertNotEqual(text, broken)
        (self.cases / "broken.yaml").write_text(broken)
        result = self.run_all("mikroorm", self.cases)
        self.assert_exit(1, result)
        cases = self.check_reports(at_least=2)
        self.assertEqual(["fail"], [case["status"] for case in cases if case["id"] == "uuid-keys/client-generated-differ"])
        self.assertEqual(1, sum(case["status"] != "pass" for case in cases))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    os.umask(0o022)
    program.main()
