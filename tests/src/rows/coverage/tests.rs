use super::*;

fn check(file: &str, text: &str, expected: &[&str]) {
    let mut found = Found::default();
    search_text(file, text, &mut found);
    let places: Vec<String> = found
        .covers
        .iter()
        .map(|cover| format!("{} {}", cover.id, cover.place()))
        .collect();
    assert_eq!(places, expected, "{:?}", found.misplaced);
}

fn misplaced(file: &str, text: &str) -> String {
    let mut found = Found::default();
    search_text(file, text, &mut found);
    assert_eq!(found.covers, [], "nothing is covered by a misplaced claim");
    found.misplaced.join("\n")
}

#[test]
fn a_claim_belongs_to_the_test_it_stands_in() {
    check(
        "a.rs",
        "#[test]\nfn one() {\n    covers!(\"A-01\");\n}\n",
        &["A-01 a.rs::one"],
    );
    check(
        "a.rs",
        "#[tokio::test(flavor = \"x\")]\nasync fn two() {\n    grantor_tests::covers!(\n        \"A-01\",\n        \"O-002\",\n    );\n}\n",
        &["A-01 a.rs::two", "O-002 a.rs::two"],
    );
    check(
        "a.rs",
        "#[test]\nfn three() {\n    // covers: O-001 O-002\n}",
        &["O-001 a.rs::three", "O-002 a.rs::three"],
    );
}

#[test]
fn a_claim_outside_a_test_proves_nothing() {
    assert!(misplaced("a.rs", "fn one() {\n    covers!(\"A-01\");\n}").contains("outside a test"));
    assert!(misplaced("a.rs", "#[test]\nfn a() {}\nfn b() { covers!(\"A-01\"); }").contains("outside a test"));
    assert!(misplaced("a.rs", "#[test]\nfn a() {\n    // covers: O-1\n}").contains("not the id"));
}

#[test]
fn a_commented_macro_is_no_claim() {
    assert_eq!(misplaced("a.rs", "#[test]\nfn a() {\n    // covers!(\"A-01\");\n}"), "");
}

#[test]
fn scripts_claim_by_comment_inside_or_above_a_function() {
    check(
        "a.py",
        "def one():\n    # covers: T-01\n    pass\n",
        &["T-01 a.py::one"],
    );
    check(
        "a.mjs",
        "function zero() {}\n// covers: T-01 T-02\nexport async function one() {\n",
        &["T-01 a.mjs::one", "T-02 a.mjs::one"],
    );
    check(
        "a.js",
        "// covers: T-01\nawait run();\nfunction later() {}\n",
        &["T-01 a.js"],
    );
    check("a.py", "# covers: T-01\n\ndef later():\n", &["T-01 a.py"]);
    check("a.mjs", "function one() {\n  covers!(\"T-01\")\n}", &[]);
}
