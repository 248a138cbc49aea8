//! A request and its answer as the story shows them: what matters, and nothing that could be used.
use super::html::Page;
use super::shorten::shorten;
use super::terminal::{Ink, Terminal, WIDTH, columns};
use super::wire::Exchange;
use openidconnect::http::{HeaderMap, header};
use url::Url;
use url::form_urlencoded::parse;

/// Lines of a body that are shown, and of a document that is the same for everybody.
const BODY_LINES: usize = 7;
const PUBLIC_LINES: usize = 3;
const INDENT: &str = "      ";

/// Prints one exchange.
pub(super) fn exchange(terminal: &mut Terminal<'_>, exchange: &Exchange) {
    let (request, answer) = (&exchange.request, &exchange.answer);
    let mut line = vec![format!("{} ", request.method())];
    line.extend(target(&request.uri().to_string(), true));
    head(terminal, ("    → ", line), notes(request.headers()));
    let body = String::from_utf8_lossy(request.body());
    terminal.flow(Ink::Plain, INDENT, &pairs(&body), BODY_LINES);
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let line = vec![format!("{} {reason}", status.as_u16())];
    let mut after = notes(answer.headers());
    let body = exchange.body();
    let is_page = exchange.header("content-type").starts_with("text/html");
    if is_page {
        after.push(vec![format!("“{}”", Page::read(&body).title)]);
    }
    head(terminal, ("    ← ", line), after);
    if !is_page {
        let is_public = exchange.header("cache-control").starts_with("public");
        let most = if is_public { PUBLIC_LINES } else { BODY_LINES };
        terminal.flow(Ink::Plain, INDENT, &json_pieces(&body), most);
    }
}

/// Prints a JSON text, broken between members.
pub(super) fn json(terminal: &mut Terminal<'_>, first: &str, text: &str) {
    terminal.flow(Ink::Plain, first, &json_pieces(text), BODY_LINES);
}

/// A first line, and what there is to note of it: behind it as far as there is room, the rest below.
fn head(terminal: &mut Terminal<'_>, (first, line): (&str, Vec<String>), notes: Vec<Vec<String>>) {
    let mut taken = columns(first) + columns(&line.concat());
    let mut behind = Vec::new();
    let mut below = notes.into_iter().peekable();
    while let Some(note) = below.next_if(|note| taken + 2 + columns(&note.concat()) <= WIDTH) {
        let note = format!("  {}", note.concat());
        taken += columns(&note);
        behind.push(note);
    }
    if behind.is_empty() {
        terminal.flow(Ink::Plain, first, &line, usize::MAX);
    } else {
        let line = line.concat();
        let mut parts = vec![(Ink::Plain, first), (Ink::Plain, line.as_str())];
        parts.extend(behind.iter().map(|note| (Ink::Quiet, note.as_str())));
        terminal.line(&parts);
    }
    for note in below {
        terminal.flow(Ink::Quiet, INDENT, &note, usize::MAX);
    }
}

/// The headers that matter, out of all there are; each in pieces.
fn notes(headers: &HeaderMap) -> Vec<Vec<String>> {
    let mut shown = vec![
        header::AUTHORIZATION,
        header::LOCATION,
        header::SET_COOKIE,
        header::WWW_AUTHENTICATE,
    ];
    if !headers.contains_key(header::LOCATION) {
        shown.push(header::CACHE_CONTROL);
    }
    let mut notes = Vec::new();
    for name in shown {
        for value in headers.get_all(&name) {
            let value = String::from_utf8_lossy(value.as_bytes());
            let mut pieces = vec![format!("{name}: ")];
            pieces.extend(match name {
                header::LOCATION => target(&value, false),
                header::SET_COOKIE => cookie(&value),
                _ => words(&value),
            });
            notes.push(pieces);
        }
    }
    notes
}

/// Words with the space behind them, each shortened.
fn words(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let last = words.len() - 1;
    let space = |number| if number == last { "" } else { " " };
    let word = |(number, word): (usize, &&str)| format!("{}{}", shorten(word), space(number));
    words.iter().enumerate().map(word).collect()
}

/// An address, broken between its parameters; with `short` without scheme and host.
fn target(address: &str, short: bool) -> Vec<String> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = match Url::parse(path) {
        Ok(url) if short => url.path().to_owned(),
        _ => path.to_owned(),
    };
    let mut pieces = vec![path];
    for (number, pair) in pairs(query).into_iter().enumerate() {
        let pair = if number == 0 { format!("?{pair}") } else { pair };
        pieces.push(pair);
    }
    pieces
}

/// The pairs of a query or form, decoded, since that is how people read them.
fn pairs(form: &str) -> Vec<String> {
    let pair = |(number, (name, value)): (usize, (_, String))| {
        let start = if number == 0 { "" } else { "&" };
        format!("{start}{name}={value}")
    };
    let shown = parse(form.as_bytes()).map(|(name, value)| {
        let value = if name == "password" {
            "…".to_owned()
        } else {
            shorten(&value)
        };
        (name, value)
    });
    shown.enumerate().map(pair).collect()
}

/// Name, value and what guards it; every path is `/`.
fn cookie(line: &str) -> Vec<String> {
    let parts = line.split("; ").filter(|part| !part.starts_with("Path="));
    let part = |(number, part): (usize, &str)| {
        let start = if number == 0 { "" } else { "; " };
        match part.split_once('=') {
            Some((name, value)) => format!("{start}{name}={}", shorten(value)),
            None => format!("{start}{part}"),
        }
    };
    parts.enumerate().map(part).collect()
}

/// The text as it came, with room after `:` and `,` and long values shortened.
fn json_pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                piece.push('"');
                for word in words(&string(&mut rest)) {
                    piece.push_str(&word);
                    if word.ends_with(' ') {
                        pieces.push(std::mem::take(&mut piece));
                    }
                }
                piece.push('"');
            }
            ',' => pieces.push(std::mem::take(&mut piece) + ", "),
            ':' => piece.push_str(": "),
            other => piece.push(other),
        }
    }
    pieces.push(piece);
    pieces
}

/// The rest of a JSON string, escapes as they stand.
fn string(rest: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next().filter(|c| *c != '"') {
        text.push(c);
        if c == '\\' {
            text.extend(rest.next());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_order_and_loses_its_secrets() {
        let text = r#"{"token":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln","a":["x, y","q\"{"],"n":12,"on":true}"#;
        let pieces = json_pieces(text);
        let expected = [
            "{\"token\": \"eyJh…c2ln\", ",
            "\"a\": [\"x, ",
            "y\", ",
            "\"q\\\"{\"], ",
            "\"n\": 12, ",
            "\"on\": true}",
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn addresses_forms_and_cookies_are_decoded_and_shortened() {
        let all = |pieces: Vec<String>| pieces.concat();
        let code = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
        let address = format!("http://127.0.0.1:1/cb?code={code}&state=s&scope=a%20b");
        assert_eq!(
            all(target(&address, false)),
            "http://127.0.0.1:1/cb?code=abcd…DEFG&state=s&scope=a b"
        );
        assert_eq!(all(target(&address, true)), "/cb?code=abcd…DEFG&state=s&scope=a b");
        assert_eq!(all(target("/continue", false)), "/continue");
        assert_eq!(all(pairs("username=alice&password=short")), "username=alice&password=…");
        assert_eq!(
            all(cookie(&format!("s={code}; Path=/; HttpOnly"))),
            "s=abcd…DEFG; HttpOnly"
        );
    }
}
