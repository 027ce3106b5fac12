import pytest

from tests.support import facts


@pytest.mark.parametrize("name", sorted(path.name for path in facts.FOLDER.glob("*.json")))
def test_our_copy_of_the_facts_equals_the_shared_original(name: str) -> None:
    ours = (facts.FOLDER / name).read_bytes()
    original = facts.ORIGINALS / name
    assert ours == (original.read_bytes() if original.exists() else ours)
    assert facts.load(name)
