"""Files: the upload policy, direct and announced uploads, and the files themselves."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import argument, field
from strawberry.scalars import JSON

from gql_chat.api.engine.context import Info
from gql_chat.api.engine.fields.costs import STATEMENT_COST, UPLOAD_COST, costs
from gql_chat.api.engine.fields.inputs import MAX_IDS, Ids, checked_ids, optional, provided_fields
from gql_chat.api.engine.fields.node import Node, from_row
from gql_chat.api.engine.fields.permissions import SignedIn, mutation, query
from gql_chat.api.engine.fields.scalars import BigInt, Upload
from gql_chat.chats import uploads
from gql_chat.files import catalog, completion, models, policy, removal
from gql_chat.files.models import FileStatus
from gql_chat.files.reservations import Announcement
from gql_chat.users.models import Scope


@strawberry.type(description="The limits on uploads.")
class UploadPolicy:
    max_size_bytes: int = field(description="The maximum size of a file, in bytes.")
    allowed_extensions: list[str] = field(
        description="The allowed file extensions, in lower case and without a dot.", metadata=costs(items=50)
    )
    max_files_per_message: int = field(description="The maximum number of files that a message may have.")
    quota_bytes_per_user: BigInt = field(description="The maximum total size of a user's files, in bytes.")

    @classmethod
    def of(cls, current: policy.UploadPolicy) -> Self:
        """Build the policy from the one in force."""
        return from_row(cls, current, allowed_extensions=list(current.allowed_extensions))


@strawberry.type(description="A file of a session, which the session's messages can have as an attachment.")
class File(Node):
    session_id: strawberry.ID = field(description="The id of the file's session. The file is deleted with it.")
    name: str = field(description="The file's name as its owner gave it.")
    extension: str = field(description="The extension of the file's name, in lower case and without a dot.")
    media_type: str = field(description="The media type detected from the content. While PENDING, the announced one.")
    size_bytes: int = field(description="The file's size in bytes. While PENDING, the announced size.")
    sha256: str | None = field(description="The SHA-256 hash of the content, in hexadecimal. Null unless READY.")
    status: FileStatus = field(description="The status of the file's upload.")
    failure: str | None = field(description="Why the file cannot be used. Null unless the file is FAILED.")
    is_processed: bool = field(description="Whether the file has been given to a model.")
    created_at: datetime = field(description="When the file was announced or uploaded.")
    row: strawberry.Private[models.File]

    @strawberry.field(
        description="The text extracted from the file: of a plain file with its own line ends, of a document its "
        "headings, paragraphs and tables. Null if it has none, as with an image.",
        metadata=costs(20),
    )
    async def text(self, info: Info) -> str | None:
        return await info.context.loaders.file_texts.load(self.row.id)

    @strawberry.field(
        description="A signed URL of the content, created when the field is read and valid for at least 15 minutes. "
        "It leads nowhere unless the file is READY."
    )
    def download_url(self, info: Info) -> str:
        return download_url(self.row, info)

    @classmethod
    def of(cls, row: models.File) -> Self:
        """Build the file from its row."""
        return from_row(cls, row, row=row)


@strawberry.type(description="Where and how to upload an announced file. Call `completeUploads` afterwards.")
class UploadTarget:
    file: File = field(description="The file, which is PENDING until its upload is completed.")
    url: str = field(description="A signed URL that accepts exactly the announced number of bytes.")
    method: str = field(description="The HTTP method to use: PUT.")
    headers: JSON = field(description="The HTTP headers to send, as an object of strings.")
    expires_at: datetime = field(description="The deadline for upload and completion, one hour after the announcement.")


@strawberry.input(description="A file to announce.")
class UploadRequest:
    name: str = field(description="The file's name, at most 255 characters.")
    size_bytes: int = field(description="The exact size of the content in bytes.")
    media_type: str | None = optional("The expected media type, such as `image/png`. The content decides in the end.")


SessionOfFile = Annotated[strawberry.ID, argument(description="The id of the session for the file.")]


@strawberry.type
class FileQueries:
    @query("Look up one of your files by id. Null if no file matches.", SignedIn(Scope.FILES), cost=STATEMENT_COST)
    async def file(
        self, info: Info, id: Annotated[strawberry.ID, argument(description="The file's id.")]
    ) -> File | None:
        row = await catalog.find_file(info.context.user_id, id)
        return File.of(row) if row else None

    @query("Return the upload policy now in force.", SignedIn(Scope.FILES))
    def upload_policy(self, info: Info) -> UploadPolicy:
        return UploadPolicy.of(info.context.services.files.policy.current)


@strawberry.type
class FileMutations:
    @mutation(
        "Upload a file in a multipart request. The file returned is READY, or FAILED if its content cannot be used. "
        "Errors: BAD_USER_INPUT, NOT_FOUND, UNSUPPORTED_FILE, PAYLOAD_TOO_LARGE, QUOTA_EXCEEDED.",
        SignedIn(Scope.FILES),
        cost=UPLOAD_COST,
    )
    async def upload_file(
        self,
        info: Info,
        session_id: SessionOfFile,
        file: Annotated[
            Upload, argument(description="The file to upload: a variable that the multipart request's `map` refers to.")
        ],
    ) -> File:
        files = info.context.services.files
        return File.of(
            await uploads.upload_file(info.context.user_id, session_id, file.name, file.incoming, files=files)
        )

    @mutation(
        "Announce one or more files, all or none, and return where to upload them. Prefer it to `uploadFile` for "
        "large or many files. Errors: BAD_USER_INPUT, NOT_FOUND, UNSUPPORTED_FILE, PAYLOAD_TOO_LARGE, QUOTA_EXCEEDED.",
        SignedIn(Scope.FILES),
        items=20,
    )
    async def create_uploads(
        self,
        info: Info,
        session_id: SessionOfFile,
        files: Annotated[list[UploadRequest], argument(description="The files to announce, from 1 to 20.")],
    ) -> list[UploadTarget]:
        announced = [Announcement(**{"media_type": None, **provided_fields(one)}) for one in files]
        rows = await uploads.create_uploads(
            info.context.user_id, session_id, announced, files=info.context.services.files
        )
        return [_target(row, info) for row in rows]

    @mutation(
        "Complete announced files after their upload: each is checked and becomes READY, or FAILED with a `failure`. "
        "Files completed before are returned unchanged. Errors: BAD_USER_INPUT, NOT_FOUND, and CONFLICT if a file was "
        "not uploaded or its deadline has passed; the others are completed nevertheless.",
        SignedIn(Scope.FILES),
        items=MAX_IDS,
    )
    async def complete_uploads(self, info: Info, file_ids: Ids) -> list[File]:
        files = info.context.services.files
        rows = await completion.complete_uploads(
            info.context.user_id, checked_ids(file_ids, field="file_ids"), files=files
        )
        return [File.of(row) for row in rows]

    @mutation(
        "Delete files, all or none, and return their ids. Messages that have them as attachments are kept. Errors: "
        "BAD_USER_INPUT, NOT_FOUND.",
        SignedIn(Scope.FILES),
        items=MAX_IDS,
    )
    async def delete_files(self, info: Info, ids: Ids) -> list[strawberry.ID]:
        deleted = await removal.delete_files(info.context.user_id, checked_ids(ids))
        return [strawberry.ID(file_id) for file_id in deleted]


def download_url(row: models.File, info: Info) -> str:
    """Return a signed URL of the file's content."""
    return info.context.services.files.links.download_url(row, info.context.request.origin)


def _target(row: models.File, info: Info) -> UploadTarget:
    link = info.context.services.files.links.upload_link(row, info.context.request.origin)
    return UploadTarget(file=File.of(row), url=link.url, method="PUT", headers=JSON({}), expires_at=link.expires_at)
