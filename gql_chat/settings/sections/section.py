"""The base of all sections of the settings."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Settings that belong together. A field `data_dir` is `GQL_CHAT_DATA_DIR`, and `data_dir` in the YAML file.

    `scripts/settings` reads the text below each field, and the heading before the colon of each section. pydantic would
    read them at every start. It builds the validator of all sections together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
