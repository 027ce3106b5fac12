def close_in_child(descriptor: int, /) -> None:
    """Have a child of fork close a descriptor, whoever forks; not a child that has it under another number. OSError."""

def keep_in_child(descriptor: int, /) -> None:
    """Take that back; called before the descriptor is closed."""

def is_file(descriptor: int, device: int, inode: int, /) -> bool:
    """Whether a descriptor is of that file: somebody may have closed it, and another file may have its number."""

def hold(descriptor: int, /) -> int:
    """Keep an open file, and the locks that are its own, until ``release`` of the answer, whoever closes the
    descriptor; in this process, not in a child of fork. OSError where the file system does not map files."""

def release(held: int, /) -> None:
    """End that."""

def mark(descriptor: int, /) -> int:
    """Give an open file, of which only pread and pwrite are used, a position that no other has: its mark. OSError."""

def is_marked(descriptor: int, mark: int, /) -> bool:
    """Whether a descriptor is of the open file with that mark: somebody may have closed it, and another file may have
    its number."""

def write_marked(descriptor: int, mark: int, data: bytes, at: int, /) -> bool:
    """Write all of the data, at that place in the file; False when the open file has not that mark, which has not been
    written to. OSError, and a part may have been written."""

def never_free(object: object, /) -> None:
    """Let an object live until the process has ended, whatever the end of the interpreter would do with it."""

def lock(descriptor: int, patience: int, /) -> bool:
    """Lock the whole file for writing, in the name of the open file and not of the process (F_OFD_SETLK); False when
    another has not given it up within so many milliseconds. OSError."""

def is_locked(descriptor: int, /) -> bool:
    """Whether another open file has the lock (F_OFD_GETLK). OSError."""
