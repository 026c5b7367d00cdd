"""The rules for the texts of a session: its title, the name of its model, its own system prompt."""

from gql_chat.errors import BadUserInput
from gql_chat.personas.parsing import CONTENT_MAX_LENGTH

TITLE_MAX_LENGTH = 200
MODEL_MAX_LENGTH = 200
SYSTEM_PROMPT_MAX_LENGTH = CONTENT_MAX_LENGTH  # it takes the place of a persona's text


def checked_title(title: str) -> str:
    """Return the title on one line. Raises BadUserInput."""
    line = " ".join(title.replace("\0", "").split())
    if len(line) > TITLE_MAX_LENGTH:
        raise BadUserInput(f"A title has at most {TITLE_MAX_LENGTH} characters.", field="title")
    return line


def checked_model(model: str | None) -> str | None:
    """Return the stripped name of a model, None for None. Raises BadUserInput."""
    if model is None:
        return None
    name = model.strip()
    if not 0 < len(name) <= MODEL_MAX_LENGTH or not name.isprintable():
        raise BadUserInput(f"A model's name has 1 to {MODEL_MAX_LENGTH} printable characters.", field="model")
    return name


def checked_system_prompt(text: str | None) -> str | None:
    """Return the text without surrounding white space, None for a blank one. Raises BadUserInput."""
    stripped = (text or "").replace("\0", "").strip()  # PostgreSQL refuses NUL
    if len(stripped) > SYSTEM_PROMPT_MAX_LENGTH:
        sentence = f"A system prompt has at most {SYSTEM_PROMPT_MAX_LENGTH} characters."
        raise BadUserInput(sentence, field="system_prompt")
    return stripped or None
