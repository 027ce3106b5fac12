"""Opens the page in a browser without telling the machine's other users where it is.

The address has the token in it, and the arguments of a program can be read by everybody on the machine. So the browser
is given a file that only its user can read, which sends it on to the address.
"""

from __future__ import annotations

import contextlib
import html
import secrets
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peerapi import private

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>peerapi</title>
<p><a href="{url}">To the page</a></p>
</html>
"""


@contextmanager
def page_file(folder: Path, url: str) -> Iterator[Path]:
    """A file in a folder of this user that leads to the address, as long as the block lasts. Raises OSError."""
    private.make_folder(folder, folder.parent)
    path = folder / f"{secrets.token_hex(8)}.html"
    private.write_new(path, PAGE.format(url=html.escape(url)))
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):
            path.unlink()


def open_in_browser(path: Path) -> bool:
    """Whether a browser was found and started on the file."""
    return webbrowser.open(path.absolute().as_uri())
