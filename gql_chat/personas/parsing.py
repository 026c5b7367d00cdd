"""The file of personas, a YAML list of `name` and `content`, read strictly: each fault is reported with its line."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from gql_chat.errors import BadUserInput

NAME_MAX_LENGTH = 100  # characters, as the column of a session that stores it
CONTENT_MAX_LENGTH = 32_768  # characters; every prompt begins with them

_ENTRY_FORM = "`name` and `content`"


@dataclass(frozen=True, slots=True)
class Persona:
    """A named system prompt: `content` begins every prompt of a session that has this persona."""

    name: str
    content: str
    is_default: bool


def read_text(path: Path, source: str) -> str:
    """Return the text of a personas file. Raises BadUserInput, as `source: fault`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise BadUserInput(f"{source}: cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{source}: is not UTF-8 text") from exc


def parse_personas(text: str, source: str) -> tuple[Persona, ...]:
    """Return the personas in file order; the first is the default. Raises BadUserInput, as `source:line: fault`."""
    seen: dict[str, int] = {}
    personas: list[Persona] = []
    for entry in _entries(text, source):
        fields = _fields(entry, source)
        name = _checked(entry, fields, "name", NAME_MAX_LENGTH, source)
        content = _checked(entry, fields, "content", CONTENT_MAX_LENGTH, source)
        if not name.isprintable():
            raise _fault(source, fields["name"], "a name is one line of printable characters")
        if name in seen:
            raise _fault(source, fields["name"], f"the name {name!r} is taken by the persona of line {seen[name]}")
        seen[name] = _line(fields["name"])
        personas.append(Persona(name, content, is_default=not personas))
    return tuple(personas)


def _entries(text: str, source: str) -> list[yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise BadUserInput(f"{source}:{line}: this is not YAML: {exc.problem}") from exc
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        raise BadUserInput(f"{source}:{line}: a character that YAML does not allow: #x{exc.character:04x}") from exc
    if root is not None and not isinstance(root, yaml.SequenceNode):
        raise _fault(source, root, f"this must be a list of personas, each with {_ENTRY_FORM}")
    if root is None or not root.value:
        raise BadUserInput(f"{source}:{_line(root) if root else 1}: there are no personas; at least one is needed")
    return list(root.value)


def _fields(entry: yaml.Node, source: str) -> dict[str, yaml.Node]:
    if not isinstance(entry, yaml.MappingNode):
        raise _fault(source, entry, f"a persona has {_ENTRY_FORM}, and this is neither")
    fields: dict[str, yaml.Node] = {}
    for key, value in entry.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _fault(source, key, f"a persona has {_ENTRY_FORM} only, not a list or a mapping")
        if key.value not in ("name", "content"):
            raise _fault(source, key, f"a persona has {_ENTRY_FORM} only, not {key.value!r}")
        if key.value in fields:
            raise _fault(source, key, f"this persona has its {key.value} twice")
        fields[key.value] = value
    return fields


def _checked(entry: yaml.Node, fields: dict[str, yaml.Node], field: str, max_length: int, source: str) -> str:
    """Return the text of a field, without surrounding white space."""
    if field not in fields:
        raise _fault(source, entry, f"this persona has no {field}")
    node = fields[field]
    if not isinstance(node, yaml.ScalarNode):
        raise _fault(source, node, f"the {field} of a persona is text")
    text = "" if node.tag == "tag:yaml.org,2002:null" else node.value.strip()
    if not text:
        raise _fault(source, node, f"the {field} of this persona is empty")
    if len(text) > max_length:
        raise _fault(source, node, f"a {field} has at most {max_length} characters; this one has {len(text)}")
    return text


def _fault(source: str, node: yaml.Node, sentence: str) -> BadUserInput:
    return BadUserInput(f"{source}:{_line(node)}: {sentence}")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
