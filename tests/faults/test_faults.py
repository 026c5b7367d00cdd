"""Whatever breaks while forty replies are being written, none is lost, doubled or left for ever; see docs/faults.md."""

import pytest

from tests.faults.__main__ import DOCUMENT
from tests.faults.cluster import Cluster
from tests.faults.faults import FAULTS, Fault, run


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_no_reply_is_lost_or_doubled_when(cluster: Cluster, fault: Fault) -> None:
    report = await run(fault, cluster)
    assert report.wrong == []


def test_the_page_tells_of_each_fault() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")][2:] == [*FAULTS]
