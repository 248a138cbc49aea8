//! What a body may be: JSON, wrapped, partial, strict; and that one that is refused changes nothing.
mod defaults;
mod json;
mod partial;
mod words;
mod wrapped;

use crate::app::REALM;

fn applications() -> String {
    format!("{REALM}/applications")
}
