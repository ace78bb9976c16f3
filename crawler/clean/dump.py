"""Cleans the plain text of a page: no markup tells lines apart, so their shape and their place have to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.article import CleanArticle
from crawler.clean.author import signature_line, unit_line
from crawler.clean.dates import is_stamp, read_date
from crawler.clean.lead import with_lead
from crawler.clean.noise import is_noise, is_tail, without_templates
from crawler.clean.spelling import language_of, lines_of, plain

PARAGRAPH = 100  # letters from which on a line is running text
_SITE = re.compile(
    r"^(?:(?:cổng|trang) (?:thông tin|tin|ttđt)\b(?:\s+\S+){0,10}"
    r"|(?:sở|ubnd|báo|đài|ủy ban nhân dân|văn phòng)(?:\s+\S+){1,4}"
    r"|hotline\b.*|.* [>»›] .*)$",
    re.I,
)
_PICTURE = re.compile(
    r"^(?:\|?\s*!\[.*?\](?:\(.*?\))?\s*\|?|anh tin bai|ảnh tin bài|[^.!?]{0,80}\.(?:jpe?g|png|gif|webp|bmp))$", re.I
)
_CELL = re.compile(r"^\|\s*(.*?)\s*\|$")
_NUMBERED = re.compile(r"\s(?:ảnh|hình|photo|image)\s*\d+$", re.I)  # the alternative text of a gallery's pictures
_CAPTION_START = re.compile(
    r"^(?:toàn cảnh|quang cảnh|hình ảnh|ảnh|một số hình ảnh|một góc|đại diện|đại biểu|các đại biểu"
    r"|(?:các )?đồng chí|ông|bà|lãnh đạo|đoàn|hai bên|hai đoàn|(?:phó )?(?:chủ tịch|bí thư|giám đốc))\b",
    re.I,
)
_SURE_CAPTION = re.compile(r"^(?:toàn cảnh|quang cảnh)\b[^,;]{0,80}$", re.I)
_SENTENCE_END = re.compile(r"[.!?:;…/][\s\"'”»)\]]*$")
_TWO_SENTENCES = re.compile(r"[a-zà-ỹđ]{2,}[.!?] [A-ZĐÀ-Ỹ].*[.!?][\"”’)]*\s*$")  # running text, also below a picture
LONGEST_CAPTION = 260


def clean_text(text: str, url: str = "", published: str = "", title: str = "") -> CleanArticle:
    """The article in a plain-text dump of its page; `title` where it is known apart from the text."""
    lines = [line for line in map(without_templates, lines_of(text or "")) if line]
    if title := " ".join(lines_of(title or "")):
        rest = lines[1:] if lines and plain(lines[0]) == plain(title) else lines
    else:
        title, rest = _open(lines)
    stamp = next((read_date(line) for line in rest[:4] if is_stamp(line) and "T" in read_date(line)), "")
    body, captions = _sort(_until_tail(rest), title)
    author = signature_line(body[-1]) or unit_line(body[-1], body[-2]) if len(body) > 1 else ""
    if author:
        body = body[:-1]
    lead = body[0] if len(body) > 1 and plain(body[0]) == plain(body[1]) else ""
    kept = "\n".join(with_lead(lead, body))
    return CleanArticle(
        url=url,
        title=title,
        lead=lead,
        text=kept,
        captions=tuple(dict.fromkeys(captions)),
        author=author,
        published=published or stamp,
        published_from="text" if stamp and not published else "",
        language=language_of(f"{title} {kept}"),
    )


def _open(lines: Sequence[str]) -> tuple[str, list[str]]:
    """The title and what follows it: the first line of some words before the running text, past the site's own."""
    before = next((at for at, line in enumerate(lines) if _is_paragraph(line)), len(lines))
    likely = [at for at in range(before) if not is_noise(lines[at]) and not is_tail(lines[at])]
    own = [at for at in likely if not _SITE.match(lines[at])] or likely[-1:]
    at = next((at for at in own if len(lines[at].split()) >= 5), next(iter(own), None))
    if at is None:
        return "", list(lines)
    return lines[at], list(lines[at + 1 :])


def _is_paragraph(line: str) -> bool:
    return len(line) >= PARAGRAPH and bool(_SENTENCE_END.search(line))


def _until_tail(lines: Sequence[str]) -> list[str]:
    """The lines up to the heading under which other stories begin."""
    kept: list[str] = []
    for line in lines:
        if not is_tail(line):
            kept.append(line)
        elif any(len(line) >= PARAGRAPH for line in kept):
            break
    return kept


def _sort(lines: Sequence[str], title: str) -> tuple[list[str], list[str]]:
    """Body and captions; noise, pictures' names and the repeated title go."""
    body: list[str] = []
    captions: list[str] = []
    punctuated = _is_punctuated(lines)
    below_picture = False
    for number, line in enumerate(lines):
        if _PICTURE.match(line) or _is_alternative(line, title):
            below_picture = True
            continue
        cell = _CELL.match(line)
        caption = cell[1] if cell and below_picture else line
        inside = 0 < number < len(lines) - 1
        if is_noise(line) or plain(line) == plain(title):
            continue
        below = below_picture and len(caption) <= LONGEST_CAPTION and (bool(cell) or not _TWO_SENTENCES.search(caption))
        if below or (inside and punctuated and _is_caption(line)):
            captions.append(caption)
        else:
            body.append(line)
        below_picture = False
    return body, captions


def _is_alternative(line: str, title: str) -> bool:
    numbered = _NUMBERED.search(line)
    return bool(numbered) and bool(title) and plain(line[: numbered.start() if numbered else 0]) == plain(title)


def _is_punctuated(lines: Sequence[str]) -> bool:
    """Whether paragraphs end with a mark here; only then does a line without one stand out."""
    running = [line for line in lines if len(line) >= PARAGRAPH]
    return bool(running) and sum(bool(_SENTENCE_END.search(line)) for line in running) >= len(running) * 0.5


def _is_caption(line: str) -> bool:
    if _SURE_CAPTION.match(line):
        return True
    if len(line) > LONGEST_CAPTION or _SENTENCE_END.search(line) or len(line.split()) < 4:
        return False
    return bool(_CAPTION_START.match(line))
