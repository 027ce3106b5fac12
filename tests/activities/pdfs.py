"""Small PDFs, written by hand: what is in them is what a test says."""

from __future__ import annotations

from collections.abc import Sequence

SCRIPT = b"app.alert('run'); this.submitForm('http://127.0.0.1:9/'); app.launchURL('http://127.0.0.1:9/')"


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """The first object is the catalog."""
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    begin = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, begin)
    return bytes(data)


def pages(*texts: str, size: tuple[int, int] = (400, 300), catalog: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF with a page for each text."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(texts)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(texts)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(texts):
        drawn = b"0.2 0.4 0.9 rg 40 40 120 80 re f BT /F1 36 Tf 40 200 Td (%s) Tj ET" % text.encode("latin-1")
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R >> >> " % size
            + b"/Contents %d 0 R %s >>" % (5 + 2 * number, page),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        ]
    return pdf_of(objects)


def one_page_many_times(count: int) -> bytes:
    """As many pages as wanted in few bytes: the tree of pages names branches of a hundred of them again and again."""
    branch = b"<< /Type /Pages /Parent 2 0 R /Kids [%s] /Count %d >>" % (b" ".join([b"4 0 R"] * 100), 100)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join([b"3 0 R"] * (count // 100)), count),
        branch,
        b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 400 300] >>",
    ]
    return pdf_of(objects)


def with_scripts() -> bytes:
    """Scripts wherever a reader of PDFs might run some: when it is opened, when a page is, and by name."""
    action = b"<< /S /JavaScript /JS (%s) >>" % SCRIPT.replace(b"(", rb"\(").replace(b")", rb"\)")
    names = b"/OpenAction %s /Names << /JavaScript << /Names [(run) %s] >> >>" % (action, action)
    return pages("Hello", catalog=names, page=b"/AA << /O %s >>" % action)
