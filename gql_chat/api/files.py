"""Files: which may be uploaded, how they come, and what is known of them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.node import Node, checked_ids
from gql_chat.api.engine.permissions import SignedIn
from gql_chat.api.engine.scalars import BigInt, Upload, given
from gql_chat.chats import uploads
from gql_chat.files import catalog, completion, models, policy, removal
from gql_chat.files.models import FileStatus
from gql_chat.files.reservations import Announcement
from gql_chat.users.models import Scope


@strawberry.type(description="Which files are taken.")
class UploadPolicy:
    max_size_bytes: int = strawberry.field(description="The largest file.")
    allowed_extensions: list[str] = strawberry.field(
        description="What a file's name may end in: lower case, without a dot."
    )
    max_files_per_message: int = strawberry.field(description="How many files a message may carry.")
    quota_bytes_per_user: BigInt = strawberry.field(description="How many bytes all files of a user may have together.")

    @classmethod
    def of(cls, current: policy.UploadPolicy) -> Self:
        """From the policy in force."""
        return cls(
            max_size_bytes=current.max_size_bytes,
            allowed_extensions=list(current.allowed_extensions),
            max_files_per_message=current.max_files_per_message,
            quota_bytes_per_user=BigInt(current.quota_bytes_per_user),
        )


@strawberry.type(description="A file of a session, to be attached to its messages.")
class File(Node):
    session_id: strawberry.ID = strawberry.field(description="Its session, with which it goes.")
    name: str = strawberry.field(description="What its owner calls it.")
    extension: str = strawberry.field(description="What its name ends in: lower case, without a dot.")
    media_type: str = strawberry.field(
        description="What its content is; while it is PENDING, what its owner takes it for."
    )
    size_bytes: int = strawberry.field(description="How many bytes it has; while it is PENDING, how many it will have.")
    sha256: str | None = strawberry.field(description="The hash of its bytes, in hexadecimal, once it is READY.")
    status: FileStatus = strawberry.field(description="Where its upload stands.")
    failure: str | None = strawberry.field(description="Why it is FAILED, in a sentence for its owner.")
    is_processed: bool = strawberry.field(description="Whether a model has been given it.")
    created_at: datetime = strawberry.field(description="When it was announced.")
    row: strawberry.Private[models.File]

    @strawberry.field(description="The text in it; null where it has none, as an image.")
    async def text(self, info: Info) -> str | None:
        return await info.context.loaders.file_texts.load(self.row.id)

    @strawberry.field(
        description="Where its bytes are: a signed address, good for some 15 minutes, made anew when it is read. "
        "Nothing is there unless it is READY."
    )
    def download_url(self, info: Info) -> str:
        return download_url(self.row, info)

    @classmethod
    def of(cls, row: models.File) -> Self:
        """From its row."""
        return cls(
            id=strawberry.ID(row.id),
            session_id=strawberry.ID(row.session_id),
            name=row.name,
            extension=row.extension,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            status=row.status,
            failure=row.failure,
            is_processed=row.is_processed,
            created_at=row.created_at,
            row=row,
        )


@strawberry.type(description="Where a file's bytes are to be put, and how: then call `completeUploads`.")
class UploadTarget:
    file: File = strawberry.field(description="The file, PENDING until it is completed.")
    url: str = strawberry.field(description="A signed address for this file alone; it takes exactly `sizeBytes` bytes.")
    method: str = strawberry.field(description="The HTTP method: PUT.")
    headers: JSON = strawberry.field(description="Headers to send, as an object of strings.")
    expires_at: datetime = strawberry.field(description="Until when it has to be put and completed.")


@strawberry.input(description="A file to come.")
class UploadRequest:
    name: str = strawberry.field(description="Its name, of at most 255 characters.")
    size_bytes: int = strawberry.field(description="How many bytes will be put.")
    media_type: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it is taken for; in the end its content decides."
    )


SessionOfFile = Annotated[strawberry.ID, strawberry.argument(description="The session that it will belong to.")]


@strawberry.type
class FileQueries:
    @strawberry.field(description="A file; null if there is none such.", extensions=[SignedIn(Scope.FILES)])
    async def file(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The file's id.")]
    ) -> File | None:
        row = await catalog.find_file(info.context.user_id, id)
        return File.of(row) if row else None

    @strawberry.field(description="Which files are taken now.", extensions=[SignedIn(Scope.FILES)])
    def upload_policy(self, info: Info) -> UploadPolicy:
        return UploadPolicy.of(info.context.services.files.policy.current)


@strawberry.type
class FileMutations:
    @strawberry.mutation(
        description="Upload a file by a multipart request. It is READY when this returns, or FAILED if it is of its "
        "kind but cannot be used. UNSUPPORTED_FILE, PAYLOAD_TOO_LARGE and QUOTA_EXCEEDED say what is allowed.",
        extensions=[SignedIn(Scope.FILES)],
    )
    async def upload_file(
        self,
        info: Info,
        session_id: SessionOfFile,
        file: Annotated[Upload, strawberry.argument(description="The file.")],
    ) -> File:
        files = info.context.services.files
        return File.of(
            await uploads.upload_file(info.context.user_id, session_id, file.name, file.incoming, files=files)
        )

    @strawberry.mutation(
        description="Announce files, all or none, to be put where the answer says: for large ones, and for many.",
        extensions=[SignedIn(Scope.FILES)],
    )
    async def create_uploads(
        self,
        info: Info,
        session_id: SessionOfFile,
        files: Annotated[list[UploadRequest], strawberry.argument(description="The files, from 1 to 20.")],
    ) -> list[UploadTarget]:
        announced = [Announcement(**{"media_type": None, **given(one)}) for one in files]
        rows = await uploads.create_uploads(
            info.context.user_id, session_id, announced, files=info.context.services.files
        )
        return [_target(row, info) for row in rows]

    @strawberry.mutation(
        description="What was announced has been put: look at it, and let it be READY, or FAILED with `failure`. Those "
        "completed before stay as they are. CONFLICT if nothing has been put yet; the others are completed then.",
        extensions=[SignedIn(Scope.FILES)],
    )
    async def complete_uploads(
        self, info: Info, file_ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which files.")]
    ) -> list[File]:
        files = info.context.services.files
        rows = await completion.complete_uploads(
            info.context.user_id, checked_ids(file_ids, field="file_ids"), files=files
        )
        return [File.of(row) for row in rows]

    @strawberry.mutation(
        description="Delete files, all or none. Messages that they are attached to go on without them.",
        extensions=[SignedIn(Scope.FILES)],
    )
    async def delete_files(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which files.")]
    ) -> list[strawberry.ID]:
        deleted = await removal.delete_files(info.context.user_id, checked_ids(ids))
        return [strawberry.ID(file_id) for file_id in deleted]


def download_url(row: models.File, info: Info) -> str:
    """Where the bytes of a file are, for a while."""
    return info.context.services.files.links.download_url(row, info.context.request.origin)


def _target(row: models.File, info: Info) -> UploadTarget:
    link = info.context.services.files.links.upload_link(row, info.context.request.origin)
    return UploadTarget(file=File.of(row), url=link.url, method="PUT", headers=JSON({}), expires_at=link.expires_at)
