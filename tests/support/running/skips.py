"""A plugin for pytest: in CI a test that is skipped has failed, because CI installs whatever tests need."""

import os
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a skipped test of CI as failed, with the reason that it gave."""
    report = yield
    if report.skipped and call.excinfo is not None and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI, where nothing may be missing: {call.excinfo.value}"
    return report
