//! Types that are proofs: whoever holds one knows that a check was made, because only the check can build it.

use super::tree::{File, demand, files};

/// Each proof type with the part of the house that must have it.
const PROOFS: [(&str, &str); 3] = [
    ("AuthenticatedClient", "crates/flows/"),
    ("ManagementCaller", "crates/flows/"),
    ("ReturnAddress", "crates/protocol/"),
];

/// Proofs that wait in our own store and come back from it, so that they derive `Deserialize`: the interaction keeps its
/// return address. Nothing from outside is ever read into one of these.
const STORED: [&str; 1] = ["ReturnAddress"];

/// The file that declares `name`, which must lie under `folder`.
fn declaration<'a>(sources: &'a [File], name: &str, folder: &str) -> (&'a File, String) {
    let declares =
        |file: &&File| file.path.starts_with(folder) && file.shipped_code().contains(&format!("struct {name}"));
    let file = sources.iter().find(declares);
    let file = file.unwrap_or_else(|| panic!("{folder} declares no struct {name}; the check it proves has no witness"));
    (file, file.shipped_code())
}

/// The text between the braces that open at or after `at`.
fn block(code: &str, at: usize) -> &str {
    let open = at + code[at..].find('{').unwrap_or(0);
    let mut depth = 0usize;
    for (offset, c) in code[open..].char_indices() {
        depth = match c {
            '{' => depth + 1,
            '}' if depth == 1 => return &code[open..=open + offset],
            '}' => depth - 1,
            _ => depth,
        };
    }
    &code[open..]
}

/// How often `code` builds `name` by a struct literal, outside of declarations, impl headers and signatures.
fn literals(code: &str, name: &str) -> usize {
    const HEADERS: [&str; 8] = ["struct", "impl", "impl<'a>", "impl<'_>", "for", "->", "use", "let"];
    let builds = |(at, _): &(usize, &str)| {
        let before = &code[..*at];
        let part_of_longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let header = HEADERS.iter().any(|word| before.trim_end().ends_with(word));
        !part_of_longer && !header && code[at + name.len()..].trim_start().starts_with('{')
    };
    code.match_indices(name).filter(builds).count()
}

/// Every place that builds `name`: by its name anywhere, by `Self` in its own impl blocks.
fn constructions(code: &str, name: &str) -> usize {
    let own = |header: String| -> usize {
        code.match_indices(&header)
            .map(|(at, _)| literals(block(code, at), "Self"))
            .sum()
    };
    literals(code, name) + own(format!("impl {name}")) + own(format!("impl<'a> {name}"))
}

#[test]
fn a_proof_is_built_in_exactly_one_place() {
    let sources = files(&[".rs"]);
    let mut broken = Vec::new();
    for (name, folder) in PROOFS {
        let (home, code) = declaration(&sources, name, folder);
        if constructions(&code, name) != 1 {
            broken.push(format!(
                "{} builds {name} in {} places",
                home.path,
                constructions(&code, name)
            ));
        }
        for other in sources.iter().filter(|file| file.path != home.path) {
            if literals(&other.code(), name) > 0 {
                broken.push(format!("{} builds {name}", other.path));
            }
        }
    }
    demand(
        "Only the function that makes the check may build its proof; call it instead.",
        &broken,
    );
}

#[test]
fn a_proof_has_only_private_fields() {
    let sources = files(&[".rs"]);
    let mut broken = Vec::new();
    for (name, folder) in PROOFS {
        let (home, code) = declaration(&sources, name, folder);
        let at = code.find(&format!("struct {name}")).unwrap();
        let fields = block(&code, at);
        if fields
            .split([',', '{', '('])
            .any(|field| field.trim_start().starts_with("pub"))
        {
            broken.push(format!("{}: {name} has a public field", home.path));
        }
        let derives = code[..at].rsplit("}\n").next().unwrap_or_default();
        let read_in = derives.contains("Deserialize)") || derives.contains("Deserialize,");
        if derives.contains("Default") || (read_in && !STORED.contains(&name)) {
            broken.push(format!("{}: {name} can be made by a derive", home.path));
        }
    }
    demand(
        "A public field or a derived constructor lets anybody forge the proof; give read access by methods.",
        &broken,
    );
}

#[test]
fn literals_are_told_from_headers_and_signatures() {
    let check = |code: &str, expected: usize| assert_eq!(constructions(code, "Proof"), expected, "{code}");
    check(
        "pub struct Proof { a: u8 } impl Proof { fn read(&self) -> u8 { self.a } }",
        0,
    );
    check("impl Proof { fn new() -> Self { Self { a: 1 } } }", 1);
    check("fn check() -> Proof { Proof { a: 1 } }", 1);
    check(
        "impl From<u8> for Proof { } let x = Ok(Proof { a: 1 }); let y = OtherProof { };",
        1,
    );
}
