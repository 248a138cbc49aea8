//! What a document changed, or would, in lines to read.
use grantor_flows::apply::Applied;
use grantor_flows::management::change::Told;
use serde_json::Value;

/// One change: what happened to which record, and of its members what they were and became.
pub(super) fn line(told: &Told) -> String {
    let target = &told.target;
    let mut text = format!("{} {} {:?}", told.kind, target.id, target.name);
    match (&told.before, &told.after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names = before.keys().chain(after.keys().filter(|n| !before.contains_key(*n)));
            for name in names {
                let of = |side: &serde_json::Map<String, Value>| {
                    side.get(name).map_or("nothing".to_owned(), Value::to_string)
                };
                text.push_str(&format!("\n    {name}: {} -> {}", of(before), of(after)));
            }
        }
        (None, Some(after)) => text.push_str(&format!("\n    {after}")),
        _ => {}
    }
    text
}

/// How much the document names, and how much of it was different.
pub(super) fn counts(applied: &Applied) -> String {
    let Applied {
        users,
        groups,
        resource_servers,
        roles,
        applications,
        told,
    } = applied;
    format!(
        "{users} users, {groups} groups, {resource_servers} resource servers, {roles} roles, {applications} applications; {} changes",
        told.len()
    )
}
