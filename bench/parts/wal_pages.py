"""Pages that SQLite has written to its write-ahead log, by the table or index to which they belong."""

import sqlite3
import struct
from collections import Counter
from pathlib import Path

HEADER_BYTES = 32  # https://www.sqlite.org/fileformat2.html#walformat
FRAME_HEADER = struct.Struct(">II16x")


def count_pages(database: Path, since: int) -> Counter[str]:
    """Count the pages that were written after this position in the log."""
    connection = sqlite3.connect(database)
    trees = dict(connection.execute("SELECT pageno, name FROM dbstat"))
    [[size]] = connection.execute("PRAGMA page_size")
    connection.close()
    pages = Counter[str]()
    with Path(f"{database}-wal").open("rb") as log:
        log.seek(max(since, HEADER_BYTES))
        while len(header := log.read(FRAME_HEADER.size)) == FRAME_HEADER.size:
            page, _ = FRAME_HEADER.unpack(header)
            pages[trees.get(page, "free")] += 1
            log.seek(size, 1)
    return pages
