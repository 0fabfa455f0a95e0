"""A QR code as an image that stands in the page itself: what it says is a secret, so no other place draws it."""

from __future__ import annotations

import segno


def qr_code(text: str) -> str:
    """Return a QR code of ``text`` as the address of an image, black on white in light and dim alike."""
    return str(segno.make(text, error="m").svg_data_uri(scale=6, dark="#000000", light="#ffffff"))
