"""A page as a PDF: one sheet of A4, text that can be selected, made in memory."""

from __future__ import annotations

import unicodedata
from functools import cache
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, SimpleDocTemplate

from dialogues.events import Page

FONTS = ("DejaVuSans.ttf", "Vera.ttf")
"""The first that is there: DejaVu (a system font, many scripts), else the one that comes with ReportLab (Latin letters)."""
MARGIN = 20 * mm
NOT_SHOWN = "Some signs could not be shown in this file; the text in the chat has them."


def render(page: Page) -> bytes:
    """The PDF of `page`; what would run over is set smaller, so that it stays one page."""
    font = _font()
    small = ParagraphStyle("small", fontName=font.fontName, fontSize=9, leading=13, textColor=HexColor(0x444444))
    body = ParagraphStyle("body", fontName=font.fontName, fontSize=10.5, leading=15, spaceAfter=4)
    heading = ParagraphStyle("heading", body, fontSize=12.5, leading=17, spaceBefore=12)
    title = ParagraphStyle("title", body, fontSize=18, leading=24, spaceAfter=6)
    parts: list[Flowable] = [_paragraph(page.title, title), _paragraph(page.head, small)]
    for name, lines in page.sections:
        parts.append(_paragraph(name, heading))
        parts += [_paragraph(f"• {line}", body) for line in lines]
    everything = "".join([page.title, page.head, *(text for name, lines in page.sections for text in (name, *lines))])
    if showable(everything, font) != everything:
        parts.append(_paragraph(NOT_SHOWN, small))
    width, height = A4
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=page.title, author="", invariant=1,
    )  # fmt: skip
    room = (width - 2 * MARGIN - 12, height - 2 * MARGIN - 12)
    document.build([KeepInFrame(*room, parts, mode="shrink")])
    return file.getvalue()


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(showable(text, _font())), style)


def showable(text: str, font: TTFont) -> str:
    """`text` with the signs that the font has: others without their accents where that helps, else left out."""
    return "".join(_showable(sign, font) for sign in text)


def _showable(sign: str, font: TTFont) -> str:
    known = font.face.charToGlyph
    if ord(sign) in known or sign.isspace():
        return sign
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if ord(part) in known)


@cache
def _font() -> TTFont:
    for name in FONTS:
        try:
            font = TTFont(name.removesuffix(".ttf"), name)
        except TTFError:
            continue
        pdfmetrics.registerFont(font)
        return font
    raise FileNotFoundError(FONTS[-1])
