//! The list of an application's tokens (V-07): what can be asked of it and what it answers.
use super::error::Detail;
use crate::UnixMillis;
use crate::form::Params;
use serde::Serialize;
use utoipa::ToSchema;

/// Whom the tokens speak for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    Any,
    /// The application itself.
    Application,
    Users,
    /// One user, by id.
    User(String),
}

/// What is asked.
#[derive(Debug)]
pub struct TokenListRequest<'a> {
    pub principal: Principal,
    pub page_size: u64,
    pub page_token: Option<&'a str>,
}

/// Where in the list a token stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub issued_at: UnixMillis,
    pub id: String,
}

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    pub tokens: Vec<ListedToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// A token as the list shows it: never its string.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedToken {
    pub id: String,
    pub display_name: String,
    pub scopes: Vec<String>,
    pub token_suffix: String,
    pub token_format: &'static str,
    /// RFC 3339, UTC.
    pub expires: String,
    /// RFC 3339, UTC.
    pub issued_at: String,
    pub token_type: &'static str,
}

/// Reads the query. `application` is the id in the path: no other can be the principal of its tokens.
pub fn parse<'a>(params: &'a Params<'_>, application: &str) -> Result<TokenListRequest<'a>, Detail> {
    let get = |name: &'static str| {
        let value = params.get(name);
        value.map_err(|e| Detail::violation(name, &e.problem.to_string()))
    };
    let id = get("principal_id")?;
    let principal = match (get("principal_type")?, id) {
        (None, None) => Principal::Any,
        (None, Some(_)) => return Err(Detail::violation("principal_type", "is needed beside principal_id")),
        (Some("application"), None) => Principal::Application,
        (Some("application"), Some(id)) if id == application => Principal::Application,
        (Some("application"), Some(_)) => {
            let text = "must be the application in the path when principal_type is application";
            return Err(Detail::violation("principal_id", text));
        }
        (Some("identity"), None) => Principal::Users,
        (Some("identity"), Some(id)) => Principal::User(id.to_owned()),
        (Some(_), _) => return Err(Detail::violation("principal_type", "must be application or identity")),
    };
    Ok(TokenListRequest {
        principal,
        page_size: super::page::size(get("page_size")?)?,
        page_token: get("page_token")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(query: &str) -> Result<(Principal, u64), String> {
        let params = Params::parse(query.as_bytes()).unwrap();
        match parse(&params, "app") {
            Ok(request) => Ok((request.principal, request.page_size)),
            Err(Detail::FieldViolations { field_violations }) => Err(field_violations[0].field.clone()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn queries_are_read_or_refused_by_field() {
        let refused = |field: &str| Err(field.to_owned());
        for (query, expected) in [
            ("", Ok((Principal::Any, 25))),
            ("unknown=1", Ok((Principal::Any, 25))),
            ("page_size=1", Ok((Principal::Any, 1))),
            ("page_size=100", Ok((Principal::Any, 100))),
            ("page_size=007", Ok((Principal::Any, 7))),
            ("page_size=", Ok((Principal::Any, 25))),
            ("principal_type=application", Ok((Principal::Application, 25))),
            (
                "principal_type=application&principal_id=app",
                Ok((Principal::Application, 25)),
            ),
            ("principal_type=identity", Ok((Principal::Users, 25))),
            (
                "principal_type=identity&principal_id=%27%20OR%201",
                Ok((Principal::User("' OR 1".into()), 25)),
            ),
            ("page_size=0", refused("page_size")),
            ("page_size=-1", refused("page_size")),
            ("page_size=101", refused("page_size")),
            ("page_size=2147483648", refused("page_size")),
            ("page_size=9223372036854775808", refused("page_size")),
            ("page_size=18446744073709551617", refused("page_size")),
            ("page_size=abc", refused("page_size")),
            ("page_size=1e1", refused("page_size")),
            ("page_size=%2B5", refused("page_size")),
            ("page_size=5&page_size=5", refused("page_size")),
            ("page_token=a&page_token=b", refused("page_token")),
            ("principal_type=user", refused("principal_type")),
            ("principal_type=Identity", refused("principal_type")),
            ("principal_id=u", refused("principal_type")),
            ("principal_type=application&principal_id=other", refused("principal_id")),
        ] {
            assert_eq!(outcome(query), expected, "{query}");
        }
    }
}
