"""Whatever breaks while forty replies are being written, none is lost, doubled or left for ever; see docs/faults.md."""

import signal

import pytest

from tests.faults.__main__ import DOCUMENT
from tests.faults.cluster import Cluster
from tests.faults.faults import FAULTS, Fault, all_complete, nothing, run
from tests.faults.load import STREAMING, Load


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_no_reply_is_lost_or_doubled_when(cluster: Cluster, fault: Fault) -> None:
    report = await run(fault, cluster)
    assert report.wrong == []


async def fail(load: Load) -> None:
    """Break what other strikes break, and fail before anything else happens."""
    load.cluster.valkey.kill()
    await load.cluster.workers[0].process.kill()
    await load.cluster.workers[1].replace(signal.SIGTERM)
    raise LookupError("the strike has failed")


@pytest.mark.asyncio(loop_scope="package")
async def test_a_fault_that_fails_leaves_nothing_to_the_next_one(cluster: Cluster) -> None:
    with pytest.raises(LookupError, match="the strike has failed"):
        await run(Fault("it fails", fail, all_complete), cluster)
    assert await cluster.fetch(STREAMING) == []
    report = await run(Fault("nothing happens", nothing, all_complete), cluster)
    assert report.wrong == []


def test_the_page_tells_of_each_fault() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")][2:] == [*FAULTS]
