"""Files: which of them may be uploaded."""

from typing import Self

import strawberry

from gql_chat.api.context import Info
from gql_chat.api.permissions import SignedIn
from gql_chat.files import policy
from gql_chat.users.models import Scope


@strawberry.type(description="Which files are taken.")
class UploadPolicy:
    max_size_bytes: int = strawberry.field(description="The largest file.")
    allowed_extensions: list[str] = strawberry.field(
        description="What a file's name may end in: lower case, without a dot."
    )
    max_files_per_message: int = strawberry.field(description="How many files a message may carry.")

    @classmethod
    def of(cls, current: policy.UploadPolicy) -> Self:
        """From the policy in force."""
        return cls(
            max_size_bytes=current.max_size_bytes,
            allowed_extensions=list(current.allowed_extensions),
            max_files_per_message=current.max_files_per_message,
        )


@strawberry.type
class FileQueries:
    @strawberry.field(description="Which files are taken now.", extensions=[SignedIn(Scope.FILES)])
    def upload_policy(self, info: Info) -> UploadPolicy:
        return UploadPolicy.of(info.context.services.uploads.current)
