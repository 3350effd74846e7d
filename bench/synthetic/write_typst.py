"""Sheets to PDF with typst."""

import json

import typst

from bench.synthetic.sheet import (
    Bar,
    Block,
    Gap,
    Heading,
    Item,
    Line,
    Looks,
    Paragraph,
    Pills,
    Run,
    Sheet,
    Side,
    cased,
)


def write(sheet: Sheet) -> bytes:
    """The sheet as PDF bytes."""
    looks = sheet.looks
    source = [
        f"#set page(paper: {_string('us-letter' if sheet.language == 'en' else 'a4')}, margin: {looks.margin}pt"
        + (f", header: align(right, text(size: 8pt, {_string(sheet.running)}))" if sheet.running else "")
        + (f", footer: {_footer(sheet.footer)}" if sheet.footer else "")
        + ")",
        f"#set text(font: {_string(looks.font)}, size: {looks.size}pt, hyphenate: false)",
        "#set par(leading: 0.55em, spacing: 0.75em)",
        *(_block(block, looks) for block in sheet.header),
    ]
    if len(sheet.columns) == 1:
        source += [_block(block, looks) for block in sheet.columns[0][1]]
    else:
        widths = ", ".join(f"{share * 100:.0f}fr" for share, _ in sheet.columns)
        cells = ", ".join(
            f"[{_tinted(column) if number == sheet.tinted else column}]"
            for number, column in enumerate(_flow(blocks, looks) for _, blocks in sheet.columns)
        )
        source.append(f"#grid(columns: ({widths}), column-gutter: 18pt, {cells})")
    return bytes(typst.compile("\n\n".join(source).encode()))


def _flow(blocks: tuple[Block, ...], looks: Looks) -> str:
    return "\n".join(_block(block, looks) for block in blocks)


def _tinted(column: str) -> str:
    return f'#block(fill: rgb("#eef2f5"), inset: 8pt, width: 100%)[{column}]'


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _footer(text: str) -> str:
    before, _, rest = text.partition("{}")
    between, _, after = rest.partition("{}")
    return (
        f"context align(center, text(size: 8pt, {_string(before)} + counter(page).display() + {_string(between)}"
        f" + str(counter(page).final().first()) + {_string(after)}))"
    )


def _runs(runs: tuple[Run, ...]) -> str:
    styles = {"strong": "weight: 700, ", "em": 'style: "italic", ', "muted": 'fill: rgb("#777777"), ', "": ""}
    return "".join(f"#text({styles[run.look]}{_string(run.text)})" for run in runs)


def _block(block: Block, looks: Looks) -> str:
    match block:
        case Line(left, right, size, centred):
            text = _runs(left) + (f"#h(1fr){_runs(right)}" if right else "")
            if size != 1.0:
                text = f"#text(size: {size}em)[{text}]"
            return f"#block(above: 0.55em, below: 0.55em)[{f'#align(center)[{text}]' if centred else text}]"
        case Heading(text):
            weight = 700 if looks.heading_bold else 400
            rule = f"#line(length: 100%, stroke: 0.6pt + rgb({_string(looks.accent)}))" if looks.heading_rule else ""
            # Tracking is set by the typesetter here, not by spaces in the text.
            tracking = "tracking: 0.25em, " if looks.heading_case == "tracked" else ""
            words = cased(text, "upper" if looks.heading_case else "")
            return (
                f"#block(above: 1.5em, below: 0.6em, sticky: true)[#text(size: {looks.heading_size}em, {tracking}weight: {weight},"
                f" fill: rgb({_string(looks.accent)}), {_string(words)})]{rule}"
            )
        case Item(text):
            cells = f"[{looks.bullet}], text({_string(text)})"
            return f"#block(above: 0.45em, below: 0.45em)[#pad(left: 8pt)[#grid(columns: (10pt, 1fr), {cells})]]"
        case Paragraph(text):
            return f"#block[#text({_string(text)})]"
        case Pills(texts):
            return " #h(4pt) ".join(
                f'#box(fill: rgb("#e4e9ee"), inset: 3pt, radius: 2pt, text({_string(t)}))' for t in texts
            )
        case Bar(text, share):
            return (
                f'#block(above: 0.4em, below: 0.4em)[#text({_string(text)}) #v(-6pt) #box(fill: rgb("#dddddd"), width: 80pt, height: 4pt,'
                f" align(left, box(fill: rgb({_string(looks.accent)}), width: {share * 100:.0f}%, height: 4pt)))]"
            )
        case Gap(height):
            return f"#v({height}em)"
        case Side(parts, widths, ruled):
            columns = ", ".join(f"{w * 100:.0f}fr" for w in widths)
            cells = ", ".join("[" + "\n".join(_block(b, looks) for b in part) + "]" for part in parts)
            if ruled:
                return f"#block(above: 0pt, below: 0pt)[#table(columns: ({columns}), stroke: 0.5pt + gray, {cells})]"
            return f"#block(above: 0.7em, below: 0.7em)[#grid(columns: ({columns}), column-gutter: 10pt, {cells})]"
