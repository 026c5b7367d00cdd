"""The policy follows its configuration, and a fault in that changes nothing."""

from dataclasses import replace

import structlog

from gql_chat.errors import BadUserInput
from gql_chat.files.policy import UploadPolicy, UploadPolicySource
from tests.support.stored_files import POLICY


class Configuration:
    """What is written somewhere."""

    says: UploadPolicy | Exception = POLICY

    def read(self) -> UploadPolicy:
        """As a source reads it."""
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


async def test_a_change_holds_and_a_fault_changes_nothing_and_is_told_once() -> None:
    configuration = Configuration()
    source = UploadPolicySource(POLICY, configuration.read)
    with structlog.testing.capture_logs() as logs:
        await source.take_if_changed()
        configuration.says = larger = replace(POLICY, max_size_bytes=7)
        await source.take_if_changed()
        assert source.current == larger
        for _ in range(2):
            configuration.says = BadUserInput("line 3: this is not YAML")
            await source.take_if_changed()
        assert source.current == larger
        configuration.says = POLICY
        await source.take_if_changed()
    assert source.current == POLICY
    assert [entry["event"] for entry in logs] == [
        "upload_policy_changed",
        "upload_policy_stays",
        "upload_policy_changed",
    ]
