//! Writes every page in every state to a directory, in English and in the right-to-left pseudo-language, to be looked at:
//! `cargo run -p grantor-web --example sample_pages -- <directory>`.
use grantor_web::{assets, pages, text};
use std::path::Path;

#[path = "../src/pages/samples.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("give a directory")?;
    let directory = Path::new(&directory);
    for name in ["grantor.css", "favicon.svg"] {
        let path = assets::href(name);
        let asset = assets::find(&path).ok_or("an asset is missing")?;
        std::fs::create_dir_all(directory.join("assets"))?;
        std::fs::write(directory.join(path.trim_start_matches('/')), asset.bytes)?;
    }
    for text in [text::Text::default(), text::Text::pseudo_rtl()] {
        for (name, page) in samples::pages(&text, &samples::Words::ordinary()) {
            std::fs::write(directory.join(format!("{name}.{}.html", text.lang())), page?)?;
        }
    }
    Ok(())
}
