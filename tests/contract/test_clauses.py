"""docs/clauses.toml names tests that exist."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_clause_names_tests_that_exist() -> None:
    clauses = tomllib.loads((ROOT / "docs" / "clauses.toml").read_text(encoding="utf-8"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/*.py"))
    known = set(re.findall(r"^\s*def (test_\w+)", source, re.MULTILINE))
    named = {test for clause in clauses.values() for test in clause["tests"]}
    assert named - known == set()
    assert all(clause["means"] and clause["tests"] for clause in clauses.values())
