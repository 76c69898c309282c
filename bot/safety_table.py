"""`docs/safety.md`: every safety rule, what the bot does about it, where in the code, and which test proves it.

Made of `data/safety_rules.yaml` (the rules in our own words, and the places in the code) and of what tests say of
themselves: `@pytest.mark.rule("A1")` above a test, `rules: [A1]` in a story.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.settings import PROJECT

RULES = PROJECT / "data" / "safety_rules.yaml"
TABLE = PROJECT / "docs" / "safety.md"
TESTS = PROJECT / "tests"
COUNTS = {"A": 16, "B": 15, "C": 10, "D": 14, "E": 6}
"""How many rules each group has; none may go missing from the table."""
TITLES = {
    "A": "Suicide and self-harm",
    "B": "Abuse and coercive control",
    "C": "Honesty about what it is",
    "D": "Data",
    "E": "Telegram",
}
MAX_TESTS_SHOWN = 4


class Rule(BaseModel):
    """One rule. `limit` says what is not kept, and why; a rule without a test needs one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: Annotated[str, Field(min_length=10)]
    does: Annotated[str, Field(min_length=10)]
    code: Annotated[tuple[str, ...], Field(min_length=1)]
    limit: str = ""


class Rules(BaseModel):
    """The file: the protocol in prose, and the rules by number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: str
    rules: Mapping[str, Rule]


def load_rules(path: Path = RULES) -> Rules:
    """The rules of `path`. Raises ValueError, naming the key, where they do not fit."""
    try:
        return Rules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name}: cannot be read: {error}") from error


def marked_tests(folder: Path = TESTS) -> dict[str, list[str]]:
    """For each rule the tests that name it: "tests/safety/test_crisis.py: test_a1_..." or a story's name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for name, rules in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            for rule in rules:
                found[rule].append(f"{path.relative_to(folder.parent).as_posix()}: {name}")
    for path in sorted(folder.glob("stories/*.yaml")):
        for story in yaml.safe_load(path.read_text(encoding="utf-8")):
            for rule in story.get("rules", []):
                found[rule].append(f"{path.relative_to(folder.parent).as_posix()}: {story['story']}")
    return dict(found)


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [
                argument.value
                for decorator in node.decorator_list
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.rule"
                for argument in decorator.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if names:
                yield node.name, names


def names_in(path: Path) -> set[str]:
    """What a place may name in a file: functions, classes, methods and constants of Python, keys of YAML; else nothing."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        raw: Any = yaml.safe_load(text)
        return set(map(str, raw)) if isinstance(raw, dict) else {str(item.get("id")) for item in raw}
    names: set[str] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def missing_place(place: str) -> bool:
    """Whether "dialogues/danger.py: alarm" names a file, or a thing in it, that does not exist."""
    file, _, name = (part.strip() for part in place.partition(":"))
    path = PROJECT / file
    return not path.exists() or (bool(name) and name not in names_in(path))


def in_words(rules: Rules, tests: Mapping[str, list[str]]) -> str:
    """The whole page."""
    parts = [rules.protocol.strip()]
    for letter, title in TITLES.items():
        parts.append(f"## {letter}. {title}")
        rows = ["| # | the rule | what the bot does | code | tests |", "|---|---|---|---|---|"]
        for number in range(1, COUNTS[letter] + 1):
            name = f"{letter}{number}"
            if name in rules.rules:
                rows.append(_row(name, rules.rules[name], tests.get(name, [])))
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _row(name: str, rule: Rule, tests: list[str]) -> str:
    does = f"{rule.does} **Limit:** {rule.limit}" if rule.limit else rule.does
    code = "<br>".join(f"`{place}`" for place in rule.code)
    shown = [re.sub(r"^tests/(?:safety/|stories/)?", "", test) for test in tests[:MAX_TESTS_SHOWN]]
    more = [f"and {len(tests) - MAX_TESTS_SHOWN} more"] if len(tests) > MAX_TESTS_SHOWN else []
    proved = "<br>".join([*(f"`{test}`" for test in shown), *more]) or "none: see the limit"
    return "| " + " | ".join(" ".join(cell.split()) for cell in (name, rule.rule, does, code, proved)) + " |"


def problems() -> list[str]:
    """What is wrong with the rules, and whether the page is stale; empty where there are no tests (an installed bot)."""
    if not TESTS.exists():
        return []
    try:
        rules = load_rules()
    except ValueError as error:
        return [str(error)]
    tests = marked_tests()
    wanted = {f"{letter}{number}" for letter, most in COUNTS.items() for number in range(1, most + 1)}
    found = [f"{RULES.name}: {name} is missing" for name in sorted(wanted - set(rules.rules))]
    found += [f"{RULES.name}: {name} is no rule" for name in sorted(set(rules.rules) - wanted)]
    found += [f"a test names the rule {name}, which is none" for name in sorted(set(tests) - wanted)]
    for name, rule in rules.rules.items():
        if name not in tests and not rule.limit:
            found.append(f"{RULES.name}: {name} has neither a test nor a limit that says why")
        found += [
            f"{RULES.name}: {name}: there is no '{place}' in the code" for place in rule.code if missing_place(place)
        ]
    stale = not TABLE.exists() or TABLE.read_text(encoding="utf-8") != in_words(rules, tests)
    return found + ([f"docs/{TABLE.name} is stale: run 'hearts check --safety --write'"] if stale else [])


def write() -> None:
    """Write the page anew. Raises ValueError where the rules cannot be read."""
    TABLE.write_text(in_words(load_rules(), marked_tests()), encoding="utf-8")
