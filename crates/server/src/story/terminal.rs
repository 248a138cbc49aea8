//! Lines on a terminal of 80 columns, with a few colours that can be read on light and on dark.
use std::io::Write;

/// Columns that are used, however wide the terminal is.
pub(super) const WIDTH: usize = 80;

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Title,
    Quiet,
    Good,
    Bad,
}

impl Ink {
    /// Select Graphic Rendition (ECMA-48 section 8.3.117).
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Title => Some("1"),
            Self::Quiet => Some("2"),
            Self::Good => Some("32"),
            Self::Bad => Some("1;31"),
        }
    }
}

/// Where the story is written.
pub(super) struct Terminal<'o> {
    out: &'o mut dyn Write,
    colours: bool,
}

impl<'o> Terminal<'o> {
    pub(super) fn new(out: &'o mut dyn Write, colours: bool) -> Self {
        Self { out, colours }
    }

    /// One line. A reader that has seen enough (`| head`) does not end the story.
    pub(super) fn line(&mut self, parts: &[(Ink, &str)]) {
        let mut line = String::new();
        for (ink, text) in parts {
            match ink.code().filter(|_| self.colours) {
                Some(code) => line.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
                None => line.push_str(text),
            }
        }
        let _ = writeln!(self.out, "{}", line.trim_end()).and_then(|()| self.out.flush());
    }

    /// Text on the left and a note that ends at the last column.
    pub(super) fn spread(&mut self, left: &[(Ink, &str)], note: &str) {
        let taken: usize = left.iter().map(|(_, text)| columns(text)).sum();
        let gap = " ".repeat(WIDTH.saturating_sub(taken + columns(note)).max(1));
        let mut parts = left.to_vec();
        parts.extend([(Ink::Plain, gap.as_str()), (Ink::Quiet, note)]);
        self.line(&parts);
    }

    /// Pieces one after another, in lines that break between them; the first begins with `first`, the others are indented as far.
    /// After `most` lines it stops and says so.
    pub(super) fn flow(&mut self, ink: Ink, first: &str, pieces: &[String], most: usize) {
        let indent = columns(first);
        let lines = fill(pieces, WIDTH - indent);
        for (number, text) in lines.iter().take(most).enumerate() {
            let start = if number == 0 {
                first.to_owned()
            } else {
                " ".repeat(indent)
            };
            self.line(&[(Ink::Plain, &start), (ink, text)]);
        }
        if lines.len() > most {
            let rest = format!("{}… and {} lines more", " ".repeat(indent), lines.len() - most);
            self.line(&[(Ink::Quiet, &rest)]);
        }
    }
}

/// Columns of a text: every character we print takes one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Pieces gathered into lines of at most `width` columns; only a piece that is wider by itself is cut.
fn fill(pieces: &[String], width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces {
        for part in cut(piece, width) {
            match lines.last_mut() {
                Some(line) if columns(line) + columns(part.trim_end()) <= width => line.push_str(&part),
                _ => lines.push(part),
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn cut(piece: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = piece.chars().collect();
    if columns(piece.trim_end()) <= width {
        return vec![piece.to_owned()];
    }
    characters.chunks(width).map(|part| part.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(colours: bool, write: impl FnOnce(&mut Terminal<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Terminal::new(&mut out, colours));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colours_are_written_only_where_they_are_wanted() {
        let line = |colours| written(colours, |t| t.line(&[(Ink::Good, "✓"), (Ink::Plain, " yes")]));
        assert_eq!(
            (line(true), line(false)),
            ("\x1b[32m✓\x1b[0m yes\n".into(), "✓ yes\n".into())
        );
    }

    #[test]
    fn lines_break_between_pieces_and_end_at_the_last_column() {
        let pieces: Vec<String> = (0..20).map(|n| format!("member-{n:02}, ")).collect();
        let text = written(false, |t| t.flow(Ink::Plain, "  < ", &pieces, 2));
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("  < member-00") && lines[1].starts_with("    member-"),
            "{text}"
        );
        assert!(lines.len() == 3 && lines[2].trim() == "… and 1 lines more", "{text}");
        assert!(lines.iter().all(|line| columns(line) <= WIDTH), "{text}");
        let wide = written(false, |t| t.flow(Ink::Plain, "  ", &["x".repeat(200)], 9));
        assert!(
            wide.lines().count() == 3 && wide.lines().all(|line| columns(line) <= WIDTH),
            "{wide}"
        );
        let spread = written(false, |t| t.spread(&[(Ink::Plain, "left")], "right"));
        assert_eq!((columns(spread.trim_end()), spread.ends_with("right\n")), (WIDTH, true));
    }
}
