from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

def deferred(function: F) -> F:
    """The function, during which Python's signal handlers wait when it is called on the main thread. They are called
    before its caller gets the result, which is lost when one of them raises."""
