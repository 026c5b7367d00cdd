"""Settings of files: what may be uploaded, how it is read, where it is stored."""

from pydantic import Field, SecretStr

from gql_chat.settings.sections.section import Section
from gql_chat.settings.types import Extensions, HttpAddress, Seconds, StoreUrl

# Images and videos for models that see, and formats that text is extracted from.
DEFAULT_EXTENSIONS = (
    "png", "jpg", "jpeg", "gif", "webp", "mp4", "webm", "pdf", "docx", "xlsx", "pptx", "txt", "md", "csv", "json",
    "yaml", "yml", "toml", "xml", "html", "css", "js", "ts", "py", "java", "kt", "swift", "c", "h", "cpp", "cs", "go",
    "rs", "rb", "php", "sql", "sh", "log",
)  # fmt: skip


class FileSettings(Section):
    """Files: their size and kind, and how text is taken from them."""

    upload_max_size_bytes: int = Field(20 * 1024 * 1024, ge=1, le=2**31 - 1)
    """The maximum size of a file. You can change this and the next three in the YAML file while the server runs."""
    upload_allowed_extensions: Extensions = DEFAULT_EXTENSIONS
    """The file extensions that may be uploaded, comma-separated."""
    upload_max_files_per_message: int = Field(10, ge=0, le=20)
    """The maximum number of files of a message."""
    upload_quota_bytes_per_user: int = Field(1024**3, ge=0, le=2**53)
    """The maximum size of all files of a user together."""
    upload_in_flight_bytes_per_user: int = Field(512 * 1024**2, ge=1024**2)
    """The maximum number of bytes of a user's uploads that a worker receives or examines at the same time. They are
    reserved before they are read; more is RATE_LIMITED."""
    upload_in_flight_bytes: int = Field(4 * 1024**3, ge=1024**2)
    """The maximum number of bytes of all uploads that a worker receives or examines at the same time, which bounds its
    folder of temporary files. More is UNAVAILABLE."""
    extraction_processes: int = Field(2, ge=1, le=64)
    """The number of files that a worker extracts text from at the same time."""
    extraction_timeout_seconds: Seconds = 30
    """The time to extract the text of one file, after which it is FAILED."""
    extraction_seconds_per_user_and_hour: int = Field(1200, ge=60)
    """The time for which a worker processes the files of one user within an hour. More files are refused with
    RATE_LIMITED until the time is there again."""
    extraction_memory_bytes: int = Field(1024**3, ge=128 * 1024**2)
    """The address space of each process that extracts text."""
    extraction_max_characters: int = Field(400_000, ge=1000)
    """The maximum length of a file's text. Longer text is cut, with a mark."""


class StoreSettings(Section):
    """Store of files: a folder or a bucket."""

    store_url: StoreUrl = Field(default_factory=lambda data: f"file://{data['data_dir']}/files")
    """The store of files: a folder as `file:///path`, or a bucket of AWS or any S3-compatible server as
    `s3://bucket` or `s3://bucket/prefix`."""
    store_endpoint: HttpAddress | None = None
    """The address of the S3-compatible server without the bucket, such as `http://seaweedfs:8333`. Without it, AWS."""
    store_public_endpoint: HttpAddress | None = None
    """The address of the S3-compatible server for browsers, if it is another one."""
    store_region: str = Field("us-east-1", min_length=1)
    """The region of the bucket."""
    store_virtual_hosts: bool = Field(default_factory=lambda data: data["store_endpoint"] is None)
    """`on`: the bucket is part of the host name, as for AWS and Tencent COS. `off`: of the path, as for SeaweedFS."""
    store_access_key_id: str | None = Field(None, min_length=1)
    """The access key id for the store. Without it, `AWS_ACCESS_KEY_ID`."""
    store_secret_access_key: SecretStr | None = None
    """The secret access key for the store. Without it, `AWS_SECRET_ACCESS_KEY`."""
