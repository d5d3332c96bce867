//! Aligned columns. Widths count characters, so that colours never shift a column.

use super::line::{Paint, Tone};

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

/// A table with a heading.
#[derive(Clone, Debug)]
pub(super) struct Table<const N: usize> {
    columns: [(&'static str, Side); N],
    rows: Vec<[Cell; N]>,
}

impl Cell {
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }

    /// A plain cell.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::new(Tone::Text, text)
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<const N: usize> Table<N> {
    pub(super) const fn new(columns: [(&'static str, Side); N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// The table as lines, two spaces between columns, no space at a line's end.
    pub(super) fn render(&self, paint: Paint) -> String {
        let heading = self.columns.map(|(title, _)| Cell::new(Tone::Dim, title.to_uppercase()));
        let rows = || std::iter::once(&heading).chain(&self.rows);
        let widths: [usize; N] =
            std::array::from_fn(|column| rows().map(|row| row[column].width()).max().unwrap_or(0));
        rows().map(|row| self.line(row, &widths, paint)).collect()
    }

    /// The same where it fits into `width` columns, else a block of lines for each row: its first cell, and below it
    /// what each other column says.
    pub(super) fn within(&self, paint: Paint, width: Option<usize>) -> String {
        let table = self.render(Paint::Plain);
        let widest = table.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        match width {
            Some(width) if widest > width => self.rows.iter().map(|row| self.block(row, paint)).collect(),
            _ => self.render(paint),
        }
    }

    fn block(&self, row: &[Cell; N], paint: Paint) -> String {
        let titles = self.columns.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
        let mut cells = row.iter().zip(&self.columns);
        let mut lines =
            cells.next().map_or_else(String::new, |(cell, _)| paint.words(cell.tone, &cell.text) + "\n");
        for (cell, (title, _)) in cells.filter(|(cell, _)| !cell.text.is_empty()) {
            let title = paint.words(Tone::Dim, &format!("{title:<titles$}"));
            lines += &format!("  {title}  {}\n", paint.words(cell.tone, &cell.text));
        }
        lines
    }

    fn line(&self, row: &[Cell; N], widths: &[usize; N], paint: Paint) -> String {
        let mut line = String::new();
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
        for (column, cell) in row.iter().enumerate().take(last + 1) {
            let gap = " ".repeat(widths[column] - cell.width());
            let words = paint.words(cell.tone, &cell.text);
            line += match self.columns[column].1 {
                Side::Left if column == last => words,
                Side::Left => words + &gap,
                Side::Right => gap + &words,
            }
            .as_str();
            line += if column == last { "\n" } else { "  " };
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_whatever_the_colours() {
        let mut table =
            Table::new([("region", Side::Left), ("weight", Side::Right), ("ordered", Side::Left)]);
        table.row([Cell::new(Tone::Good, "eu-west"), Cell::text("100"), Cell::text("")]);
        table.row([Cell::text("é"), Cell::text("5"), Cell::text("drained")]);
        assert_eq!(
            table.render(Paint::Plain),
            "REGION   WEIGHT  ORDERED\neu-west     100\né             5  drained\n"
        );
        assert!(table.render(Paint::Colours).contains("\u{1b}[32meu-west\u{1b}[0m     100\n"));
    }
}
