//! As much of HTML as it takes to use our own pages: title, first form, and where the page sends the browser on to.
//!
//! Our templates quote every attribute and escape what stands in it (O-201), so a tag ends at the first `>` outside of quotes.

/// A page.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) form: Option<Form>,
    /// Target of `<meta http-equiv="refresh">`.
    pub(super) onward: Option<String>,
    html: String,
}

/// Its first form.
pub(super) struct Form {
    pub(super) action: String,
    /// Names and values of inputs.
    pub(super) fields: Vec<(String, String)>,
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl Page {
    pub(super) fn read(html: &str) -> Self {
        let tags = tags(html);
        let title = html
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"));
        let refresh = tags.iter().find(|t| t.attribute("http-equiv") == Some("refresh"));
        let onward = refresh.and_then(|t| t.attribute("content")?.split_once("url="));
        let form = tags.iter().find(|t| t.name == "form").map(|form| Form {
            action: form.attribute("action").unwrap_or_default().to_owned(),
            fields: tags.iter().filter(|t| t.name == "input").filter_map(field).collect(),
        });
        Self {
            title: title.map(|(title, _)| unescape(title)).unwrap_or_default(),
            form,
            onward: onward.map(|(_, url)| url.to_owned()),
            html: html.to_owned(),
        }
    }

    /// Whether the page says this to the person.
    pub(super) fn says(&self, text: &str) -> bool {
        unescape(&self.html).contains(&format!(">{text}<"))
    }

    /// Names of the fields that a person fills in, or of what a button says.
    pub(super) fn asks_for(&self) -> String {
        let of_ours = |name: &str| matches!(name, "tx" | "csrf" | "shown");
        let names = self
            .form
            .iter()
            .flat_map(|form| &form.fields)
            .map(|(name, _)| name.as_str());
        names.filter(|name| !of_ours(name)).collect::<Vec<_>>().join(" and ")
    }
}

fn field(tag: &Tag) -> Option<(String, String)> {
    let value = tag.attribute("value").unwrap_or_default();
    Some((tag.attribute("name")?.to_owned(), value.to_owned()))
}

fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, opened)) = rest.split_once('<') {
        let inside = &opened[..end_of_tag(opened)];
        rest = &opened[inside.len()..];
        let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        tags.push(Tag {
            name: name.to_ascii_lowercase(),
            attributes: attributes_in(attributes),
        });
    }
    tags
}

fn end_of_tag(opened: &str) -> usize {
    let mut quoted = false;
    let end = opened.find(|c| {
        quoted ^= c == '"';
        c == '>' && !quoted
    });
    end.unwrap_or(opened.len())
}

fn attributes_in(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        let name = name.split_whitespace().next_back().unwrap_or_default();
        found.push((name.to_ascii_lowercase(), unescape(value)));
        rest = after;
    }
    found
}

/// The references that askama writes.
fn unescape(text: &str) -> String {
    let references = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    references
        .iter()
        .fold(text.to_owned(), |text, (reference, c)| text.replace(reference, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_hidden_fields_unescaped() {
        let page = Page::read(
            "<!DOCTYPE html><title>Sign in · Grantor</title><p>Hello</p>\
             <form method=\"post\" action=\"/login?a=1&#38;b=2\" novalidate>\
             <input type=\"hidden\" name=\"tx\" value=\"a&#34;&#62;b\">\
             <input id=\"password\" name=\"password\" required><button name=\"decision\">Go</button></form>",
        );
        let form = page.form.as_ref().unwrap();
        assert_eq!(
            (page.title.as_str(), form.action.as_str()),
            ("Sign in · Grantor", "/login?a=1&b=2")
        );
        let fields = [("tx", "a\">b"), ("password", "")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(form.fields, fields);
        assert_eq!(page.asks_for(), "password");
        assert!(page.says("Hello") && !page.says("Hell"));
    }

    #[test]
    fn a_page_without_a_form_may_send_on() {
        let page = Page::read("<meta http-equiv=\"refresh\" content=\"0;url=http://x.test/cb?code=1&#38;state=2\">");
        assert_eq!(page.onward.as_deref(), Some("http://x.test/cb?code=1&state=2"));
        assert!(page.form.is_none() && page.title.is_empty());
        assert!(Page::read("<").form.is_none());
    }
}
