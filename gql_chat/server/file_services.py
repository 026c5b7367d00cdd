"""The services of files, made from settings: the store, the links to it, and the upload policy."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path

from gql_chat.files.dependencies import Files
from gql_chat.files.extraction.extractor import Extractor, ProcessingBudget
from gql_chat.files.in_flight import UploadsInFlight
from gql_chat.files.links import FileLinks, ServedLinks, StoreLinks
from gql_chat.files.pictures import Pictures
from gql_chat.files.policy import UploadPolicy, UploadPolicySource
from gql_chat.files.removal import delete_abandoned, delete_pending_objects
from gql_chat.infra.crypto import derive_key
from gql_chat.infra.rate_limits.limiter import Limit, LocalRateLimiter, NoRateLimiter
from gql_chat.infra.reloading import CHECK_INTERVAL_SECONDS
from gql_chat.infra.sandbox.sandbox import SandboxLimits
from gql_chat.infra.storage.object_store import ObjectStore, S3Place, open_local_store, open_s3_store
from gql_chat.infra.storage.s3_urls import S3Credentials
from gql_chat.infra.tasks.periodic import run_every
from gql_chat.server import CannotStart
from gql_chat.settings import Settings, follows_file, reread

REMOVAL_SECONDS = 5.0  # after files are deleted, until their objects are
ABANDONED_SECONDS = 60.0  # after an upload expires, until it is deleted


@asynccontextmanager
async def open_files(settings: Settings) -> AsyncIterator[Files]:
    """Open the services of files, with the tasks that clean up and that read the policy again.

    Raises CannotStart for a folder that cannot be written, a bucket without credentials, or one that does not exist.
    """
    store, links = await open_checked_store(settings)
    policy = UploadPolicySource(
        "upload policy", make_upload_policy(settings), lambda: make_upload_policy(reread(settings))
    )
    follow = run_every(CHECK_INTERVAL_SECONDS, policy.reload_if_changed, "upload policy")
    async with (
        make_extractor(settings) as extractor,
        follow if follows_file(settings) else nullcontext(),
        run_every(REMOVAL_SECONDS, partial(delete_pending_objects, store), "objects of deleted files"),
        run_every(ABANDONED_SECONDS, delete_abandoned, "abandoned uploads", at_once=True),
    ):
        # Models' servers can follow links to a bucket, unless its network is private, but not links to this server.
        shown_by = links if isinstance(links, StoreLinks) and not settings.prompt_images_inline else None
        pictures = Pictures(store, extractor, shown_by, max_edge_pixels=settings.prompt_image_max_edge_pixels)
        in_flight = UploadsInFlight(settings.upload_in_flight_bytes_per_user, settings.upload_in_flight_bytes)
        yield Files(store, links, policy, extractor.read_file, pictures, in_flight)


def make_extractor(settings: Settings) -> Extractor:
    """Make the extractor of text, which is to be entered."""
    seconds = settings.extraction_timeout_seconds
    # Of this process, whose processor time it protects.
    limiter = LocalRateLimiter() if settings.rate_limits else NoRateLimiter()
    per_user = Limit(settings.extraction_seconds_per_user_and_hour, per_seconds=3600)
    return Extractor(
        limits=SandboxLimits(settings.extraction_memory_bytes, cpu_seconds=seconds, wall_seconds=seconds),
        processes=settings.extraction_processes,
        max_characters=settings.extraction_max_characters,
        budget=ProcessingBudget(limiter, per_user, settings.extraction_timeout_seconds),
    )


async def open_checked_store(settings: Settings) -> tuple[ObjectStore, FileLinks]:
    """Open the store as `open_store` does, and raise CannotStart also for a bucket that does not exist."""
    store, links = open_store(settings)
    if isinstance(links, StoreLinks):
        # Imports aiohttp, which servers with a folder do not wait for.
        preflight = import_module("gql_chat.infra.storage.preflight")
        if fault := await preflight.find_store_fault(links.place):
            raise CannotStart(f"GQL_CHAT_STORE_URL: {fault}")
    return store, links


def make_upload_policy(settings: Settings) -> UploadPolicy:
    """Make the upload policy of these settings."""
    return UploadPolicy(
        max_size_bytes=settings.upload_max_size_bytes,
        allowed_extensions=settings.upload_allowed_extensions,
        max_files_per_message=settings.upload_max_files_per_message,
        quota_bytes_per_user=settings.upload_quota_bytes_per_user,
    )


def open_store(settings: Settings) -> tuple[ObjectStore, FileLinks]:
    """Open the store of files, and make the links by which browsers reach it. Raises CannotStart."""
    if settings.store_url.startswith("s3:"):
        place = s3_place(settings, os.environ)
        return open_s3_store(place), StoreLinks(place)
    folder = Path(settings.store_url.removeprefix("file://"))
    try:
        store = open_local_store(folder.absolute())
    except OSError as exc:
        raise CannotStart(f"GQL_CHAT_STORE_URL: must be a folder that can be written: {exc.strerror}") from exc
    key = derive_key(settings.secret_key.get_secret_value().encode(), "file-links")
    return store, ServedLinks(key, settings.public_url)


def s3_place(settings: Settings, environ: Mapping[str, str]) -> S3Place:
    """Return the bucket that the settings name. Raises CannotStart if there are no credentials for it."""
    bucket, _, prefix = settings.store_url.removeprefix("s3://").partition("/")
    endpoint = settings.store_endpoint or f"https://s3.{settings.store_region}.amazonaws.com"
    return S3Place(
        bucket=bucket,
        prefix=prefix.strip("/"),
        endpoint=endpoint,
        public_endpoint=settings.store_public_endpoint or endpoint,
        region=settings.store_region,
        virtual_hosts=settings.store_virtual_hosts,
        credentials=_credentials(settings, environ),
    )


def _credentials(settings: Settings, environ: Mapping[str, str]) -> S3Credentials:
    if settings.store_access_key_id is not None and settings.store_secret_access_key is not None:
        return S3Credentials(settings.store_access_key_id, settings.store_secret_access_key.get_secret_value())
    access_key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret:
        raise CannotStart("GQL_CHAT_STORE_ACCESS_KEY_ID and GQL_CHAT_STORE_SECRET_ACCESS_KEY: must be set for a bucket")
    return S3Credentials(access_key_id, secret, environ.get("AWS_SESSION_TOKEN") or None)
