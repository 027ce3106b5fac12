"""A network of machines in memory for each test."""

import pytest

from tests.graphing.pair import Net


@pytest.fixture
def net() -> Net:
    return Net()
