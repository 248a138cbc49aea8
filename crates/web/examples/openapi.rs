//! Prints the OpenAPI document of the Configuration API: `cargo run -p grantor-web --example openapi > docs/openapi.json`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

fn main() {
    let document = grantor_web::openapi("");
    println!("{}", serde_json::to_string_pretty(&document).unwrap_or_default());
}
