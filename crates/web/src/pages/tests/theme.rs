//! The style sheet's colours have the contrast people need, in both themes (WCAG 2.2 sections 1.4.3 and 1.4.11).
use super::*;
use std::collections::BTreeMap;

/// Text on its ground, at least 4.5 to 1.
const TEXT: [(&str, &str); 19] = [
    ("ink", "canvas"),
    ("ink", "glow"),
    ("ink", "surface"),
    ("ink", "inset"),
    ("ink", "danger-soft"),
    ("quiet", "canvas"),
    ("quiet", "glow"),
    ("quiet", "surface"),
    ("quiet", "inset"),
    ("link", "surface"),
    ("link", "inset"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent", "surface"),
    ("accent", "good-soft"),
    ("danger", "surface"),
    ("danger", "danger-soft"),
    ("caution", "caution-soft"),
    ("caution", "canvas"),
];
/// Borders of fields and the focus ring, at least 3 to 1.
const OUTLINES: [(&str, &str); 5] = [
    ("edge", "surface"),
    ("edge", "inset"),
    ("focus", "surface"),
    ("focus", "inset"),
    ("focus", "canvas"),
];

#[test]
fn colours_can_be_read_in_both_themes() {
    let css = String::from_utf8(assets::find(&assets::href("grantor.css")).unwrap().bytes.into_owned()).unwrap();
    let themes: Vec<_> = css.split(":root {").skip(1).map(colours).collect();
    let [light, dark] = themes.as_slice() else {
        panic!("a light and a dark theme")
    };
    for theme in [light, dark] {
        for (pairs, least) in [(TEXT.as_slice(), 4.5), (OUTLINES.as_slice(), 3.0)] {
            for (front, ground) in pairs {
                let ratio = contrast(theme[*front], theme[*ground]);
                assert!(ratio >= least, "{front} on {ground}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn contrast_is_measured_as_wcag_does() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.01);
    assert!((contrast([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
}

/// The tokens of a block that are plain colours.
fn colours(block: &str) -> BTreeMap<&str, [u8; 3]> {
    let lines = block.split('}').next().unwrap().lines();
    let tokens = lines.filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"));
    let channel = |hex: &str, at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    tokens
        .map(|(name, hex)| (name, [0, 2, 4].map(|at| channel(hex, at))))
        .collect()
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [r, g, b] = colour.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
