//! Pages of a list: how many, from where on, and which filters a list has.
use super::error::Detail;
use super::token_list::Position;
use crate::form::Params;
use serde::Serialize;

/// Records on a page when nothing is said, and at most.
const PAGE_SIZE: u64 = 25;
/// See [`PAGE_SIZE`].
pub const MAX_PAGE_SIZE: u64 = 100;

/// What is asked of a list.
#[derive(Debug)]
pub struct PageRequest<'a> {
    pub size: u64,
    pub token: Option<&'a str>,
    /// In the order of the list's filters; `None` where the query does not name it.
    pub filters: Vec<Option<&'a str>>,
}

impl<'a> PageRequest<'a> {
    /// Reads the query of a list that can be narrowed by `filters`. Anything else is refused: a misspelled filter must not
    /// show everything (O-244).
    pub fn parse(params: &'a Params<'_>, filters: &[&'static str]) -> Result<Self, Detail> {
        let known = |name: &str| ["page_size", "page_token"].contains(&name) || filters.contains(&name);
        if let Some(name) = params.names().find(|name| !known(name)) {
            let wanted = ["page_size", "page_token"].iter().chain(filters).copied();
            let wanted: Vec<&str> = wanted.collect();
            let text = format!("no parameter of this list; there are {}", wanted.join(", "));
            return Err(Detail::violation(&shown(name), &text));
        }
        let get = |name: &'static str| {
            let value = params.get(name);
            value.map_err(|e| Detail::violation(name, &e.problem.to_string()))
        };
        let mut values = Vec::with_capacity(filters.len());
        for name in filters {
            values.push(get(name)?);
        }
        Ok(Self {
            size: size(get("page_size")?)?,
            token: get("page_token")?,
            filters: values,
        })
    }

    /// The filters as one text: a page token is for the list narrowed alike.
    pub fn narrowed_to(&self) -> String {
        let part = |value: &Option<&str>| value.map_or_else(|| "-".to_owned(), |v| format!("{}:{v}", v.len()));
        let parts: Vec<String> = self.filters.iter().map(part).collect();
        parts.join("\n")
    }
}

/// What a name that may be anything looks like in an answer.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// A size that is no size is refused rather than bent into one (O-344).
pub fn size(text: Option<&str>) -> Result<u64, Detail> {
    let Some(text) = text else { return Ok(PAGE_SIZE) };
    let digits = text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let size = text.parse().ok().filter(|_| digits);
    size.filter(|size| (1..=MAX_PAGE_SIZE).contains(size))
        .ok_or_else(|| Detail::violation("page_size", "must be a whole number from 1 to 100"))
}

/// `true` or `false`, for a filter.
pub fn flag(name: &str, text: Option<&str>) -> Result<Option<bool>, Detail> {
    match text {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Detail::violation(name, "must be true or false")),
    }
}

/// One page of records, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub records: Vec<T>,
    /// The last record of this page, when there are more.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Cuts what was read, one more than `size`, to the page. `place` says where a record stands.
    pub fn cut(mut records: Vec<T>, size: u64, place: impl Fn(&T) -> Position) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = records.len() > size;
        records.truncate(size);
        let next = records.last().filter(|_| more).map(place);
        Self { records, next }
    }

    /// The same page of something made of its records.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            records: self.records.into_iter().map(make).collect(),
            next: self.next,
        }
    }
}

/// A page as it is sent: the list under its own name.
#[derive(Debug, Serialize)]
pub struct PageBody<T> {
    #[serde(flatten)]
    pub list: std::collections::BTreeMap<&'static str, Vec<T>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_its_own_parameters_and_no_others() {
        for (query, expected) in [
            ("", Ok((25, "-\n-"))),
            ("page_size=7&enabled=true", Ok((7, "-\n4:true"))),
            ("name=a%0Ab", Ok((25, "3:a\nb\n-"))),
            ("nam=a", Err("nam")),
            ("org_id[]=1&org_id[]=2", Err("org_id[]")),
            ("name=a&name=b", Err("name")),
            ("page_size=0", Err("page_size")),
            ("page_size=101", Err("page_size")),
            ("page_size=1e1", Err("page_size")),
        ] {
            let params = Params::parse(query.as_bytes()).unwrap();
            let got = PageRequest::parse(&params, &["name", "enabled"]);
            match (got, expected) {
                (Ok(got), Ok((size, narrowed))) => {
                    assert_eq!((got.size, &*got.narrowed_to()), (size, narrowed), "{query}");
                }
                (Err(Detail::FieldViolations { field_violations }), Err(field)) => {
                    assert_eq!(field_violations[0].field, field, "{query}");
                }
                (got, _) => panic!("{query}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_page_says_whether_there_is_another_one() {
        let place = |n: &i64| Position {
            issued_at: crate::UnixMillis(*n),
            id: n.to_string(),
        };
        let page = Page::cut(vec![3, 2, 1], 2, place);
        assert_eq!(
            (page.records.as_slice(), page.next.unwrap().id),
            (&[3, 2][..], "2".to_owned())
        );
        assert!(Page::cut(vec![3, 2], 2, place).next.is_none());
        assert!(Page::cut(Vec::new(), 2, place).next.is_none());
    }
}
