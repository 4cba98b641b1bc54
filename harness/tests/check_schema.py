#!/usr/bin/env python3
"""Checks that the JSON Schema of case files and the loader agree.

    check_schema.py PROGRAM ROOT

PROGRAM is crdbcheck. Its `schema` must be the committed cases/case.schema.json, be a valid schema, accept all case files
of the project and all of spec/good, and do with each of spec/bad what its comment `# schema: accepts|rejects` says:
a schema cannot know names, references or versions.
"""
import json
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    sys.exit(f"{error}: apt-get install python3-jsonschema python3-yaml")


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors and crdbcheck read it; PyYAML alone takes `no` for false."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
     list("-+0123456789.")),
]:
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node), 0)
                           if node.value.startswith("0o") or node.value.startswith("0x") else int(node.value))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=CoreLoader)


def first_error(validator, document):
    error = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return error and f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    failures = []
    printed = subprocess.run([program, "schema", "--features", str(root / "matrix/features.yaml")], check=True,
                             capture_output=True, text=True).stdout
    if printed != (root / "cases/case.schema.json").read_text(encoding="utf-8"):
        failures.append("cases/case.schema.json is old: write it anew with `crdbcheck schema > cases/case.schema.json`")
    own = root / "harness/tests/spec"
    ours = json.loads(printed)
    theirs = json.loads(subprocess.run([program, "schema", "--features", str(own / "features.yaml")], check=True,
                                       capture_output=True, text=True).stdout)
    for schema in (ours, theirs):
        jsonschema.Draft202012Validator.check_schema(schema)

    seen = 0
    for validator, files in [(jsonschema.Draft202012Validator(ours), sorted((root / "cases").rglob("*.yaml"))),
                             (jsonschema.Draft202012Validator(theirs), sorted((own / "good").glob("*.yaml")))]:
        for path in files:
            seen += 1
            why = first_error(validator, load(path))
            if why:
                failures.append(f"{path}: refused: {why}")
    bad = jsonschema.Draft202012Validator(theirs)
    for path in sorted((own / "bad").glob("*.yaml")):
        wanted = re.search(r"^# schema: (accepts|rejects|cannot read)$", path.read_text(encoding="utf-8", errors="replace"), re.M)
        if not wanted:
            failures.append(f"{path}: no line `# schema: accepts`, `rejects` or `cannot read`")
            continue
        if wanted.group(1) == "cannot read":
            continue  # not even YAML, or YAML that other readers take for something else
        seen += 1
        why = first_error(bad, load(path))
        if (why is not None) != (wanted.group(1) == "rejects"):
            failures.append(f"{path}: the schema should have said '{wanted.group(1)}': {why}")
    print("\n".join(failures) or f"{seen} files: schema and loader agree")
    return 1 if failures or seen < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
