"""A picture of a rehearsal: what renews on which day, as an SVG that any browser shows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from html import escape

from work365.entrypoints.cli.rehearsal import Course, Rehearsal
from work365.entrypoints.cli.rehearsal_output import by_day, expected_in_words, said

WIDTH, LEFT, RIGHT = 960, 56, 24
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, 252
LINE_HEIGHT, ABOVE_LINES, BELOW_PLOT = 18, 54, 64
DAYS_LABELLED_MAX = 31
DAYS_OF_MONTHS_LABELLED = 425
"""In up to fourteen months there is room for the name of each, in twice that for every other."""
NUMBERED_WIDTH_MIN = 14
"""Below this a bar has no room for a number, which then is in its tooltip alone."""
LINES = 4
"""Lines across, beside the one at the bottom."""
SATURDAY = 6

COLOURS: Mapping[Course, str] = {
    Course.RENEWS: "#2f8f5b",
    Course.RENEWS_OTHERWISE: "#2b6cb0",
    Course.BECOMES_PAID: "#1aa3b8",
    Course.EXTENDS: "#d98e04",
    Course.ENDS: "#8a8f98",
    Course.FAILS: "#c0392b",
}
"""Told apart by people who do not see red or green, too: they differ in lightness."""


def picture(rehearsal: Rehearsal) -> str:
    """Return the picture as the text of an SVG file."""
    title = f"Renewals from {rehearsal.first_day} to {rehearsal.last_day}"
    lines = expected_in_words(rehearsal.invoices)
    legend = _Legend(rehearsal, top=ABOVE_LINES + LINE_HEIGHT * len(lines) + 6)
    plot = _Plot(rehearsal, top=legend.bottom + LINE_HEIGHT)
    height = plot.bottom + BELOW_PLOT
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}"'
            ' font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(LEFT, 32, title, 'font-size="20" font-weight="600"'),
            *(
                _text(LEFT, ABOVE_LINES + LINE_HEIGHT * number, line, 'fill="#52606d"')
                for number, line in enumerate(lines)
            ),
            *legend.drawn,
            *plot.drawn(),
            "</svg>",
            "",
        )
    )


class _Legend:
    """What the colours say, in as many rows as it takes."""

    def __init__(self, rehearsal: Rehearsal, top: int) -> None:
        self.drawn: list[str] = []
        counts = Counter(each.course for each in rehearsal.endings)
        x, y = LEFT, top
        for course in Course:
            if counts[course]:
                words = said(course, counts[course])
                width = 36 + 7 * len(words)
                if x + width > WIDTH:
                    x, y = LEFT, y + LINE_HEIGHT
                mark = f'y="{y - 11}" width="12" height="12" fill="{COLOURS[course]}"'
                self.drawn += [f'<rect x="{x}" {mark}/>', _text(x + 18, y, words)]
                x += width
        self.bottom = y + LINE_HEIGHT


class _Plot:
    """Bars over days: where everything is."""

    def __init__(self, rehearsal: Rehearsal, top: int) -> None:
        self.days = by_day(rehearsal.endings)
        self.first_day = rehearsal.first_day
        self.count = (rehearsal.last_day - rehearsal.first_day).days + 1
        self.width = PLOT_WIDTH / self.count
        self.bottom = top + PLOT_HEIGHT
        fullest = max((counts.total() for counts in self.days.values()), default=0)
        self.highest = -(-max(fullest, 1) // LINES) * LINES

    def drawn(self) -> Iterator[str]:
        """Yield the lines across, and each day with its label and its bar."""
        for count in range(0, self.highest + 1, self.highest // LINES):
            y = self.y(count)
            yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e4e7eb"/>'
            yield _text(LEFT - 8, y + 4, f"{count:,}", 'text-anchor="end" fill="#52606d"')
        for number in range(self.count):
            day = self.first_day + timedelta(days=number)
            x = LEFT + number * self.width
            yield from self.label(number, day, x)
            yield from self.bar(day, x)

    def label(self, number: int, day: date, x: float) -> Iterator[str]:
        """Yield the day's number, and the month where one begins."""
        every = -(-self.count // DAYS_LABELLED_MAX)
        if every == 1:
            grey = ' fill="#9aa5b1"' if day.isoweekday() >= SATURDAY else ""
            middle = x + self.width / 2
            yield _text(middle, self.bottom + 18, str(day.day), f'text-anchor="middle"{grey}')
        month = (day.year - self.first_day.year) * 12 + day.month - self.first_day.month
        is_first = number == 0 or day.day == 1
        if is_first and month % -(-self.count // DAYS_OF_MONTHS_LABELLED) == 0:
            ends = f'y1="{self.bottom}" y2="{self.bottom + 40}"'
            yield f'<line x1="{x:.1f}" x2="{x:.1f}" {ends} stroke="#cbd2d9"/>'
            yield _text(x + 5, self.bottom + 38, f"{day:%b %Y}", 'fill="#52606d"')

    def bar(self, day: date, x: float) -> Iterator[str]:
        """Yield what ends on a day, one course upon the other, and how many there are."""
        below, counts = 0, self.days.get(day, Counter[Course]())
        for course in Course:
            if count := counts[course]:
                upper, lower = self.y(below + count), self.y(below)
                yield (
                    f'<rect x="{x + self.width * 0.12:.1f}" y="{upper}"'
                    f' width="{self.width * 0.76:.1f}" height="{lower - upper:.1f}"'
                    f' fill="{COLOURS[course]}">'
                    f"<title>{day}: {escape(said(course, count))}</title></rect>"
                )
                below += count
        if below and self.width >= NUMBERED_WIDTH_MIN:
            how = 'text-anchor="middle" font-weight="600"'
            yield _text(x + self.width / 2, self.y(below) - 5, f"{below:,}", how)

    def y(self, count: int) -> float:
        """Return how far down so many are."""
        return round(self.bottom - PLOT_HEIGHT * count / self.highest, 1)


def _text(x: float, y: float, words: str, how: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {how}>{escape(words)}</text>'
