"""The upload policy: which files are taken, read again from the configuration when that changes."""

from dataclasses import dataclass
from typing import TypeAlias

from gql_chat.errors import PayloadTooLarge, UnsupportedFile
from gql_chat.infra.reloading import Reloadable


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """Limits of uploads. `allowed_extensions` are in lower case and without a dot."""

    max_size_bytes: int
    allowed_extensions: tuple[str, ...]
    max_files_per_message: int
    quota_bytes_per_user: int

    def require_allowed(self, extension: str, size_bytes: int, *, field: str) -> None:
        """Raise UnsupportedFile or PayloadTooLarge; their messages say what is allowed."""
        if extension not in self.allowed_extensions:
            allowed = ", ".join(self.allowed_extensions)
            what = f"of the type .{extension}" if extension else "without an extension"
            raise UnsupportedFile(f"Files {what} are not allowed. Use one of these: {allowed}.", field=field)
        if size_bytes > self.max_size_bytes:
            raise too_large(self.max_size_bytes, field=field)


def too_large(max_bytes: int, *, field: str | None = None) -> PayloadTooLarge:
    """Return the error for a file with more bytes."""
    return PayloadTooLarge(f"The file is too large. A file may have at most {max_bytes} bytes.", field=field)


UploadPolicySource: TypeAlias = Reloadable[UploadPolicy]
"""The policy in force, which follows the configuration."""
