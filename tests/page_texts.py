"""A page of HTML as texts and as tables of texts."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The tables of a page as rows of texts, and its other texts."""

    def __init__(self):
        super().__init__()
        self.tables, self.texts, self.path = [], [], []

    def handle_starttag(self, tag, attrs):
        self.path.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.tables[-1][-1][-1] = self.tables[-1][-1][-1].strip()
        while self.path and self.path.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.path):
            if {"td", "th"} & set(self.path):
                self.tables[-1][-1][-1] += data
            elif data.strip():
                self.texts.append(" ".join(data.split()))

    def table(self, *header):
        """The rows of the one table whose first titles begin so."""
        begins = [
            [title.startswith(name) for title, name in zip(rows[0], header, strict=False)] for rows in self.tables
        ]
        (found,) = [rows for rows, alike in zip(self.tables, begins, strict=True) if all(alike)]
        return found

    def following(self, title):
        """The texts that follow each occurrence of a title."""
        return [after for text, after in zip(self.texts, self.texts[1:], strict=False) if text == title]
