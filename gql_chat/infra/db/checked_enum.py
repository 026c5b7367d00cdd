"""Columns of enums that the database checks too, because other programs than this one read and write its tables."""

from enum import Enum
from typing import Any, TypeVar

from tortoise.fields.data import CharEnumFieldInstance

EnumType = TypeVar("EnumType", bound=Enum)

MAX_LENGTH = 32  # of a member's value


class CheckedEnum(CharEnumFieldInstance):
    """A text column with a CHECK of the enum's members: a new member needs a migration."""

    @property
    def SQL_TYPE(self) -> str:  # type: ignore[override]  # noqa: N802 - Tortoise's name
        values = ", ".join(f"'{member.value}'" for member in self.enum_type)
        return f'VARCHAR({self.max_length}) CHECK ("{self.model_field_name}" IN ({values}))'


def checked_enum(enum_type: type[EnumType], *, description: str, null: bool = False) -> EnumType:
    """Return a column that holds a member of the enum, or null if that is allowed."""
    column: Any = CheckedEnum(enum_type=enum_type, max_length=MAX_LENGTH, description=description, null=null)
    return column  # type: ignore[no-any-return]  # the type of the attribute, as Tortoise declares its own
