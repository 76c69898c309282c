"""Reading content files: YAML in, a validated model out; whatever is wrong comes with file, line and what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

T = TypeVar("T")
Location = Sequence[int | str]
"""Where something stands in a file: keys and positions from the top, such as ("steps", 2, "say")."""
MAX_SHOWN = 40
"""Characters of a wrong value that an error quotes."""


class ContentError(ValueError):
    """Content files are wrong; the message names file, line, key and what was expected, a line for each problem."""


class MisplacedError(ValueError):
    """Raised in a model's validator: `location` says at which key below the model the mistake is."""

    def __init__(self, message: str, *location: int | str) -> None:
        super().__init__(message)
        self.location = location


def shown(path: Path) -> str:
    """A content file as errors name it: with its folder, such as "guides/self_care.yaml"."""
    return f"{path.parent.name}/{path.name}"


def read_yaml(path: Path) -> Any:
    """The parsed YAML of `path`. Raises ContentError with file and line where it is no sound YAML."""
    return _parsed(path)[0]


def load_model(path: Path, model: type[T] | TypeAdapter[T]) -> T:
    """The YAML file at `path` as `model`. Raises ContentError with every problem found, in the order of the file."""
    data, node = _parsed(path)
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        found = []
        for item in error.errors():
            location = tuple(item["loc"])
            cause = item.get("ctx", {}).get("error")
            if isinstance(cause, MisplacedError):
                location += cause.location
            message = f"{'.'.join(map(str, location)) or '(whole file)'}: {_expected(item, model, data)}"
            found.append((line_in(node, location), message))
        lines = [f"{shown(path)}:{line}: {message}" for line, message in sorted(set(found))]
        raise ContentError("\n".join(lines)) from error


def line_of(path: Path, location: Location) -> int:
    """The line, from 1, of a place in a content file; of the last part of `location` that is there."""
    return line_in(_parsed(path)[1], location)


def line_in(node: yaml.Node | None, location: Location) -> int:
    """The line, from 1, of a place below `node`."""
    line: int = node.start_mark.line if node else 0
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1


def _parsed(path: Path) -> tuple[Any, yaml.Node | None]:
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        for line, key in _twice(node):
            raise ContentError(f"{shown(path)}:{line}: '{key}' stands twice in the same place; expected once")
        _refuse_impossible_values(loader, node, path)
        return (loader.construct_document(node) if node else None), node
    except OSError as error:
        raise ContentError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{shown(path)}: cannot be read: expected UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown(path)}:{mark.line + 1}" if mark else shown(path)
        what = getattr(error, "problem", None) or str(error)
        raise ContentError(f"{where}: cannot be read: not valid YAML: {what}") from error


def _refuse_impossible_values(loader: yaml.SafeLoader, node: yaml.Node | None, path: Path) -> None:
    """A date such as 2026-13-24 is valid YAML, and yet no value: PyYAML raises without saying where."""
    for scalar in _scalars(node):
        try:
            loader.construct_object(scalar)
        except ValueError as error:
            line = scalar.start_mark.line + 1
            raise ContentError(f"{shown(path)}:{line}: cannot be read: '{scalar.value}': {error}") from error


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value)


def _twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that stand twice in a mapping (YAML would silently take the last)."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(str(key.value))
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _expected(item: ErrorDetails, model: object, data: object) -> str:
    """What is wrong with a value and what was expected there, for an author."""
    location, kind = tuple(item["loc"]), item["type"]
    if kind == "missing":
        return "is missing; expected here"
    if kind == "extra_forbidden":
        known = sorted(_fields(model, location[:-1]))
        near = get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        return f"is no key here; {hint}Expected one of {', '.join(known)}" if known else "is no key here"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, ")
    message = item["msg"].replace("Input should be", "expected").replace("String should", "expected text that should")
    value = item["input"]
    plain = isinstance(value, str | int | float | bool) or value is None
    quoted = ("nothing" if value is None else f"'{value}'") if plain else f"a {_kind_of(value)}"
    if len(quoted) > MAX_SHOWN:
        quoted = quoted[: MAX_SHOWN - 1] + "…"
    return f"{message}; found {quoted}"


def _kind_of(value: object) -> str:
    return "mapping" if isinstance(value, Mapping) else "list" if isinstance(value, Sequence) else type(value).__name__


def _fields(model: object, location: Location) -> Mapping[str, Any]:
    """The fields of the model that stands at `location` below `model`; empty where that is not clear."""
    current = model
    for part in location:
        if isinstance(part, str) and part in (fields := _fields_of(current)):
            current = fields[part].annotation
    return _fields_of(current)


def _fields_of(annotation: object) -> Mapping[str, Any]:
    """The fields of the one model in a type such as `tuple[Step, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields
    return next((found for inner in get_args(annotation) if (found := _fields_of(inner))), {})
