"""Digests of short texts, without OpenSSL.

``hashlib`` loads OpenSSL, which is 4 MB of a process that may have no other use for it: a graph without security
encrypts nothing. CPython's own functions are as fast for a few hundred bytes. Whoever hashes files takes ``hashlib``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import md5, sha1, sha256
else:
    try:
        from _md5 import md5
        from _sha1 import sha1

        if sys.version_info >= (3, 12):
            from _sha2 import sha256
        else:
            from _sha256 import sha256
    except ImportError:  # a Python that was built without them
        from hashlib import md5, sha1, sha256

__all__ = ["md5", "sha1", "sha256"]
