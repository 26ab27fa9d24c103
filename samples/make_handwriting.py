"""Draw handwriting.png: a seven in dark strokes on white paper, as from a paint program."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SIZE, FINE = 200, 4  # pixels of a side, and how many times finer it is drawn

#: The strokes of the pen, as points (right, down) of a sheet of 100 x 100.
STROKES = (
    ((28, 24), (40, 22), (55, 23), (73, 20), (71, 28), (62, 42), (54, 58), (49, 74), (47, 84)),
    ((38, 53), (50, 50), (66, 51)),
)
PEN = 6  # its width, of 100


def main() -> None:
    """Draw the strokes large and make them smaller, so that their edges are soft."""
    side = SIZE * FINE
    sheet = Image.new("L", (side, side), 250)
    pen = ImageDraw.Draw(sheet)
    for stroke in STROKES:
        points = [(x * side / 100, y * side / 100) for x, y in stroke]
        width = PEN * side // 100
        pen.line(points, fill=30, width=width, joint="curve")
        for x, y in points:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=30)
    sheet.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(Path(__file__).with_name("handwriting.png"))


if __name__ == "__main__":
    main()
